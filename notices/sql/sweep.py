"""Due reminders set-wise: the tasks of a rule, their people, and one INSERT … SELECT over both.

A hundred thousand rows never pass through Python: the due tasks are written to a temporary table, Python says for each
combination of units and people who is told, and the database joins the two. Temporary tables belong to the
connection, so two sweeps do not meet here; they meet in the unique constraint of the reminder. Works on SQLite and
PostgreSQL, which share these words.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from notices.models import Reminder, Task

_KEYS = ("notice_id", "lead_id", "contact_id", "leader_id", "applicant_id", "approver_id", "above_id")
_TABLES = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS due_task (task_id bigint PRIMARY KEY, notice_id bigint, lead_id bigint, "
    "contact_id bigint, leader_id bigint, applicant_id bigint, approver_id bigint, above_id bigint, "
    "basis date, other date)",
    "CREATE TEMPORARY TABLE IF NOT EXISTS due_audience (notice_id bigint, lead_id bigint, contact_id bigint, "
    "leader_id bigint, applicant_id bigint, approver_id bigint, above_id bigint, position int, "
    "recipient_id bigint, outlet_id bigint, channel varchar(10), not_before {instant})",
    "CREATE INDEX IF NOT EXISTS due_audience_of ON due_audience (lead_id, notice_id, contact_id, leader_id)",
    "CREATE TEMPORARY TABLE IF NOT EXISTS due_day (basis date, other date, occurrence_on date)",
)
_JOIN = (
    "FROM due_task t JOIN due_audience a ON "
    + " AND ".join(f"a.{key} = t.{key}" for key in _KEYS)
    + " JOIN due_day d ON d.basis = t.basis AND d.other = t.other"
)


class Key(NamedTuple):
    """What decides who is told; 0 stands for nobody, and for what the rule does not ask."""

    notice: int
    lead: int
    contact: int
    leader: int
    applicant: int
    approver: int
    above: int


class Listed(NamedTuple):
    """One reminder as it would be written; `task` is the key of another subject where the batch has others."""

    task: int
    notice: int
    recipient: int | None
    outlet: int | None
    channel: str
    basis: dt.date
    other: dt.date
    occurrence_on: dt.date


Receiver = tuple[int | None, int | None, str, dt.datetime]  # person, outlet, channel, not before


def prepare() -> None:
    """The tables, empty: once before any batch."""
    instant = connection.data_types["DateTimeField"]
    with connection.cursor() as cursor:
        for words in _TABLES:
            cursor.execute(words.format(instant=instant))
    clear()


def clear() -> None:
    """After a batch that held anything."""
    with connection.cursor() as cursor:
        for table in ("due_task", "due_audience", "due_day"):
            cursor.execute(f"DELETE FROM {table}")


def collect(tasks: QuerySet[Any, tuple[Any, ...]]) -> int:
    """Keep the tasks (or other subjects) of a batch, as rows of domain/due.py; returns how many."""
    statement, params = tasks.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO due_task {statement}", params)
        return int(cursor.rowcount)


def keys() -> list[Key]:
    """The combinations among the kept tasks."""
    return [
        Key(*row) for row in _rows(f"SELECT DISTINCT {', '.join(_KEYS)} FROM due_task ORDER BY 1, 2, 3, 4")
    ]


def days() -> list[tuple[dt.date, dt.date]]:
    """(basis, other) among the kept tasks."""
    return [(_day(a), _day(b)) for a, b in _rows("SELECT DISTINCT basis, other FROM due_task")]


def tell(audience: Iterable[tuple[Key, Sequence[Receiver]]]) -> None:
    """For each combination, in this order, who is told and how."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [
        (*key, position, person, outlet, str(channel), adapt(not_before))
        for key, receivers in audience
        for position, (person, outlet, channel, not_before) in enumerate(receivers)
    ]
    marks = ", ".join(["%s"] * (len(_KEYS) + 5))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO due_audience VALUES ({marks})", rows)


def occur(rows: Iterable[tuple[dt.date, dt.date, dt.date]]) -> None:
    """(basis, other) → the day on which the rule was reached."""
    plain = [tuple(day.isoformat() for day in row) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO due_day VALUES (%s, %s, %s)", plain)


def write(rule: str, *, at: dt.datetime, of_tasks: bool = True) -> int:
    """One row for each kept task (or other subject) and receiver; what another sweep wrote first stays. Returns how
    many are new."""
    nobody = "CAST(NULL AS bigint)"
    about = f"t.task_id, {nobody}, 0" if of_tasks else f"{nobody}, t.notice_id, t.task_id"
    table = connection.ops.quote_name(Reminder._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (rule, task_id, notice_id, subject, recipient_id, outlet_id, channel, occurrence_on, deadline, state, "
            "not_before, tries, note, created_at) "
            f"SELECT %s, {about}, a.recipient_id, a.outlet_id, a.channel, d.occurrence_on, t.basis, 'due', "
            f"a.not_before, 0, '', %s {_JOIN} WHERE t.task_id > 0 ORDER BY t.task_id, a.position "
            "ON CONFLICT DO NOTHING",
            [rule, connection.ops.adapt_datetimefield_value(at)],
        )
        return int(cursor.rowcount)


def counted() -> list[tuple[int, str, int]]:
    """(person, channel, reminders) of the kept tasks, written or not."""
    words = f"SELECT a.recipient_id, a.channel, COUNT(*) {_JOIN} WHERE a.recipient_id > 0 GROUP BY 1, 2"
    return [(person, channel, count) for person, channel, count in _rows(words)]


def listed() -> list[Listed]:
    """Every reminder of the kept tasks."""
    words = (
        "SELECT t.task_id, t.notice_id, a.recipient_id, a.outlet_id, a.channel, t.basis, t.other, d.occurrence_on "
        f"{_JOIN} ORDER BY t.task_id, a.position"
    )
    return [
        Listed(a, b, c, d, e, _day(basis), _day(other), _day(on))
        for a, b, c, d, e, basis, other, on in _rows(words)
    ]


def nameless(*, contact: bool, leader: bool) -> list[tuple[str, str, str]]:
    """(number, 责任人, 责任领导) of kept tasks that name one of them without an account; "" where not asked or matched."""
    table = connection.ops.quote_name(Task._meta.db_table)
    who = [name for name, wanted in (("contact", contact), ("leader", leader)) if wanted]
    if not who:
        return []
    cells = ", ".join(
        f"CASE WHEN k.{n}_id IS NULL THEN k.{n}_text ELSE '' END" if n in who else "''"
        for n in ("contact", "leader")
    )
    where = " OR ".join(f"(k.{n}_id IS NULL AND k.{n}_text <> '')" for n in who)
    words = f"SELECT k.number, {cells} FROM due_task t JOIN {table} k ON k.id = t.task_id WHERE {where}"
    return [tuple(row) for row in _rows(f"{words} ORDER BY t.task_id")]


def _rows(words: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(words)
        return list(cursor.fetchall())


def _day(value: Any) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
