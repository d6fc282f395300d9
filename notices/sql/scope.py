"""Scope rows and counters of new tasks, made from the tasks and their units inside the database.

Ten thousand new tasks have sixty thousand scope rows; handing each over as parameters costs more than the database's
own work. What the rows must be is said in domain/rollup.py, whose recount (`check_rollup`) holds both equal. Portable
SQL, but for how a list of keys is handed over. Call inside a transaction.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from accounts.models import Unit
from accounts.sql import MANY
from notices.models import NO_DAY, Notice, Rollup, Task, TaskScope, TaskUnit
from notices.terms import CLOSED_STATES, WAITING_STATES, State


def _words(states: Sequence[State]) -> str:
    return ", ".join(f"'{state.value}'" for state in states)


_NAMES = {m.__name__.lower(): m._meta.db_table for m in (Notice, Rollup, Task, TaskScope, TaskUnit, Unit)}
_NAMES |= {"no_day": f"'{NO_DAY}'", "draft": f"'{State.DRAFT.value}'"}
_NAMES |= {"closed": _words(CLOSED_STATES), "waiting": _words(WAITING_STATES)}
# Every unit with itself and all units above it. (UNION, not UNION ALL: a ring in the tree must not go on for ever.)
_LINES = """WITH RECURSIVE line(unit, above) AS (
  SELECT id, id FROM {unit}
  UNION SELECT line.unit, u.parent_id FROM line JOIN {unit} u ON u.id = line.above WHERE u.parent_id IS NOT NULL)"""
_SCOPE = """INSERT INTO {taskscope} (task_id, notice_id, unit_id, via, is_open, deadline)
{lines}
SELECT DISTINCT t.id, t.notice_id, line.above, 'part', t.is_open, COALESCE(t.deadline, {no_day})
FROM {task} t JOIN {taskunit} u ON u.task_id = t.id JOIN line ON line.unit = u.unit_id
WHERE t.id IN {keys} AND t.state <> {draft}
UNION ALL
SELECT t.id, t.notice_id, line.above, 'lead', t.is_open, COALESCE(t.deadline, {no_day})
FROM {task} t JOIN line ON line.unit = t.lead_unit_id WHERE t.id IN {keys}"""
# First by lead unit, then by every unit above: the tasks are far more than their leads, days and states.
_COUNTERS = """INSERT INTO {rollup} (unit_id, notice_id, state, deadline, judged_on, late, "count")
{lines}, own(lead, notice, state, due, judged, late, many) AS (
  SELECT t.lead_unit_id, t.notice_id, t.state,
    CASE WHEN t.state IN ({closed}) AND t.finished_on IS NULL THEN {no_day} ELSE COALESCE(t.deadline, {no_day}) END,
    CASE WHEN t.state IN ({waiting}) THEN COALESCE(t.finished_on, {no_day}) ELSE {no_day} END,
    CASE WHEN t.state IN ({closed}) AND t.finished_on > t.deadline THEN TRUE ELSE FALSE END,
    COUNT(*)
  FROM {task} t WHERE t.id IN {keys} AND t.parent_id IS NULL GROUP BY 1, 2, 3, 4, 5, 6),
counted(unit, lead, notice, state, due, judged, late, many) AS (
  SELECT line.above, own.* FROM own JOIN line ON line.unit = own.lead
  UNION SELECT n.unit_id, own.* FROM own JOIN {notice} n ON n.id = own.notice)
SELECT unit, notice, state, due, judged, late, SUM(many) FROM counted
WHERE TRUE GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1
ON CONFLICT (unit_id, notice_id, state, deadline, judged_on, late)
DO UPDATE SET "count" = {rollup}."count" + excluded."count\""""


def insert_of_new(ids: Sequence[int]) -> None:
    """Scope rows of these tasks, which have none yet and no task above them, and their part of the counters.

    Counters are written in ascending order of units, so that two writers never wait for each other in a ring.
    """
    given: list[int] | str
    if connection.vendor == "postgresql":
        keys, given = "(SELECT unnest(%s::bigint[]))", list(ids)
    else:
        keys, given = "(SELECT value FROM json_each(%s))", json.dumps(ids)
    names = {**_NAMES, "keys": keys}
    names["lines"] = _LINES.format(**names)
    with connection.cursor() as cursor, _many_rows(cursor, len(ids)):
        cursor.execute(_SCOPE.format(**names), [given, given])
        cursor.execute(_COUNTERS.format(**names), [given])


@contextmanager
def _many_rows(cursor: Any, count: int) -> Iterator[None]:
    """The rows were written a moment ago in this transaction, so the server's statistics know nothing of them: it takes the
    tables for empty and goes through them once per row. Joins by hash cost the same whatever it believes."""
    misled = connection.vendor == "postgresql" and count >= MANY
    if misled:
        cursor.execute("SET LOCAL enable_nestloop = off")
    yield
    if misled:
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")
