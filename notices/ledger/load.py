"""Database → the rows of the ledger, as they are printed and compared.

A few queries whatever the size; values come as plain tuples, not objects. Lists stream in chunks.
"""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db.models import IntegerField, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.access import has, subtree, units_with
from accounts.models import User
from accounts.roles import Can
from notices.domain import workflow
from notices.ledger.collector import paused
from notices.ledger.compare import Rights
from notices.ledger.own import Stored
from notices.ledger.packing import unpack
from notices.ledger.schema import YES
from notices.models import Evidence, Issue, LedgerBase, LedgerExport, Notice, Task, TaskUnit
from notices.records import LedgerValue, StoredIssue, StoredTask
from notices.terms import MeasureKind, State, UnitRole

CHUNK = 2000
JOINT = "并列牵头"
_STATES = {s.value: s.label for s in State}
_KINDS = {k.value: k.label for k in MeasureKind}
# As text and number, read here: most rows have no other columns, many share a day, and turning each cell of ten thousand
# rows on its own into a dictionary, a day, a truth costs as much as fetching them.
_EXTRA = {"printed_extra": Cast("extra", TextField())}
_PLAIN = {
    **_EXTRA,
    "printed_deadline": Cast("deadline", TextField()),
    "printed_finish": Cast("finished_on", TextField()),
    "printed_keep_up": Cast("keep_up", IntegerField()),
}
_OF_ISSUE = {
    **_EXTRA,
    "path_text": Cast("path", TextField()),
    "printed_deadline": _PLAIN["printed_deadline"],
}
_day = lru_cache(maxsize=4096)(dt.date.fromisoformat)
_ISSUE_COLUMNS = (
    "pk",
    "version",
    "number",
    "path_text",
    "aspect__title",
    "title",
    "detail",
    "source",
    "leader_text",
    "leader__name",
    "lead_text",
    "lead_unit__name",
    "responsible_text",
    "target",
    "printed_deadline",
    "deadline_text",
    "printed_extra",
)
_TASK_COLUMNS = (
    "pk",
    "version",
    "number",
    "issue_id",
    "parent_id",
    "state",
    "heading",
    "text",
    "kind",
    "leader_text",
    "leader__name",
    "contact_text",
    "contact__name",
    "contact_phone",
    "printed_deadline",
    "deadline_text",
    "printed_keep_up",
    "review_days",
    "latest_text",
    "latest_next",
    "latest_blocked",
    "printed_finish",
    "remark",
    "printed_extra",
    "lead_unit_id",
    "position",
)


def rights_of(user: User | None, notice: Notice, *, take_over: bool = False) -> Rights:
    """What this person may do with the notice's ledger; None is the system account with the office's rights."""
    if user is None or has(user, Can.PLAN, notice.unit_id):
        handled = workflow.handled(notice) if take_over else frozenset()
        return Rights(office=True, take_over=take_over, handled=handled)
    return Rights(office=False, units=frozenset(subtree(units_with(user, Can.WORK))))


def visible_tasks(notice: Notice, user: User | None) -> QuerySet[Task]:
    """The tasks of the notice this person may see, in ledger order."""
    tasks = Task.objects.filter(notice=notice)
    return (tasks if user is None else tasks.visible_to(user)).in_order()


@paused()
def load_stored(notice: Notice, user: User | None) -> Stored:
    """Everything of the notice this person sees, keyed for the plan."""
    tasks = visible_tasks(notice, user).order_by()
    whole = rights_of(user, notice).office
    parts = TaskUnit.objects.filter(task__notice=notice)
    units = _grouped(parts if whole else parts.filter(task__in=tasks.values("pk")))
    issues = {i.pk: i for i in stream_issues(Issue.objects.filter(notice=notice).in_order())}
    # Put in order here: a sort of rows that hold all their texts costs the database twice as much.
    rank = {pk: place for place, pk in enumerate(issues)}
    rows = sorted(_rows(tasks), key=lambda row: (rank[row[3]], row[25], row[0]))
    found = {row[0]: _task(row, units.get(row[0], ())) for row in rows}
    if not whole:
        wanted = {task.issue for task in found.values()}
        issues = {pk: issue for pk, issue in issues.items() if pk in wanted}
    return Stored(issues, found, Duties(notice, found), notice.pk)


class Duties(Mapping[int, tuple[int, str]]):
    """Id of a duty row → (task, role), of the tasks in view; read when first asked, for only our own lists print it."""

    def __init__(self, notice: Notice, tasks: Container[int]) -> None:
        self.notice, self.tasks = notice, tasks
        self.rows: dict[int, tuple[int, str]] | None = None

    def load(self) -> dict[int, tuple[int, str]]:
        if self.rows is None:
            parts = TaskUnit.objects.filter(task__notice=self.notice).exclude(role=UnitRole.FORMER)
            listed = parts.values_list("pk", "task_id", "role")
            self.rows = {pk: (task, role) for pk, task, role in listed if task in self.tasks}
        return self.rows

    def __getitem__(self, pk: int) -> tuple[int, str]:
        return self.load()[pk]

    def __iter__(self) -> Iterator[int]:
        return iter(self.load())

    def __len__(self) -> int:
        return len(self.load())


def stream_issues(issues: QuerySet[Issue]) -> Iterator[StoredIssue]:
    """Issues in the order of the queryset."""
    for row in issues.annotate(**_OF_ISSUE).values_list(*_ISSUE_COLUMNS).iterator(chunk_size=CHUNK):
        yield _issue(row)


def _issue(row: tuple[Any, ...]) -> StoredIssue:
    (pk, version, number, path, aspect, title, detail, source, leader, leader_name, lead, lead_name) = row[
        :12
    ]
    responsible, target, deadline, words, extra = row[12:]
    values: dict[str, LedgerValue] = {
        "aspect": aspect or "",
        "issue": title,
        "detail": detail,
        "source": source,
        "leader": leader or leader_name or "",
        "lead_unit": lead or lead_name or "",
        "responsible": responsible,
        "target": target,
        "deadline": _day(deadline) if deadline else words,
    }
    steps = path[1:-1].replace(" ", "").replace(",", ".")  # [3, 1] → 3.1
    return StoredIssue(pk, version, number, steps, values, _extra(extra))


def _extra(words: str) -> dict[str, str]:
    """Other columns of a row; most have none."""
    return json.loads(words) if words not in ("{}", "", None) else {}


def stream_tasks(tasks: QuerySet[Task]) -> Iterator[StoredTask]:
    """Tasks in the order of the queryset, chunk by chunk, each chunk with its units in one query."""
    rows = _rows(tasks)
    while chunk := list(islice(rows, CHUNK)):
        units = _units([row[0] for row in chunk])
        for row in chunk:
            yield _task(row, units.get(row[0], ()))


def _rows(tasks: QuerySet[Task]) -> Iterator[tuple[Any, ...]]:
    return tasks.annotate(**_PLAIN).values_list(*_TASK_COLUMNS).iterator(chunk_size=CHUNK)


Part = tuple[int, int, int, str, str, int | None, str]  # task, position, key, role, name, unit id, note


def _units(ids: list[int]) -> dict[int, list[Part]]:
    return _grouped(TaskUnit.objects.filter(task__in=ids))


def _grouped(parts: QuerySet[TaskUnit]) -> dict[int, list[Part]]:
    """Task → its parts in force, in their order. One query; they come nearly in order, so sorting them here is cheaper."""
    found: dict[int, list[Part]] = defaultdict(list)
    rows = parts.exclude(role=UnitRole.FORMER)
    for part in sorted(rows.values_list("task_id", "position", "pk", "role", "unit_text", "unit_id", "note")):
        found[part[0]].append(part)
    return found


def load_units(ids: list[int]) -> dict[int, dict[str, str]]:
    """Task → its unit cells as the ledger prints them."""
    return {pk: _unit_cells(parts)[0] for pk, parts in _units(ids).items()}


def _unit_cells(parts: Iterable[Part]) -> tuple[dict[str, str], tuple[int, ...]]:
    """The three unit cells, and the ids of the units."""
    lead: list[str] = []
    responsible: list[str] = []
    supporting: list[str] = []
    ids: list[int] = []
    for _, _, _, role, name, unit, note in parts:
        place = (
            lead if role == "lead" or note == JOINT else responsible if role == "responsible" else supporting
        )
        place.append(name)
        if unit is not None:
            ids.append(unit)
    cells = {
        "lead_unit": "、".join(lead),
        "responsible": "、".join(responsible),
        "supporting": "、".join(supporting),
    }
    return cells, tuple(ids)


def _task(row: tuple[Any, ...], units: Iterable[Part]) -> StoredTask:
    (pk, version, number, issue, parent, state, heading, text, kind, leader, leader_name, contact) = row[:12]
    contact_name, phone, deadline, words, keep_up, review, latest, following, blocked, finished = row[12:22]
    cells, ids = _unit_cells(units)
    values: dict[str, LedgerValue] = {
        "measure": f"{heading}\n{text}" if heading and heading != text else text,
        "kind": _KINDS.get(kind, ""),
        "leader": leader or leader_name or "",
        **cells,
        "contact": contact or contact_name or "",
        "phone": phone,
        "deadline": _day(deadline) if deadline else words,
        "keep_up": YES if keep_up else "",
        "review_days": f"{review}天" if review else "",
        "state": _STATES[state],
        "progress": latest,
        "next_step": following,
        "finished_on": _day(finished) if finished else "",
        "blocked": blocked,
        "remark": row[22],
    }
    lead = row[24]
    return StoredTask(pk, version, number, issue, state, values, ids, parent, _extra(row[23]), lead)


def stream_duties(notice: Notice) -> Iterator[tuple[int, int, str, str]]:
    """(key, task, name of the unit, role), a unit's tasks together: chunks of tasks cannot be sorted by unit, so the
    rows of the join are."""
    parts = (
        TaskUnit.objects.filter(task__notice=notice)
        .exclude(role=UnitRole.FORMER)
        .order_by("unit__position", "unit_id", "unit_text", "task__issue__position", "task__position", "pk")
    )
    return parts.values_list("pk", "task_id", "unit_text", "role").iterator(chunk_size=CHUNK)


def evidence_names(ids: list[int]) -> dict[int, str]:
    """Names of the files in force per task, joined by 、."""
    found: dict[int, list[str]] = {}
    rows = Evidence.objects.filter(task__in=ids, removed_at=None).order_by("task_id", "pk")
    for task, name in rows.values_list("task_id", "name"):
        found.setdefault(task, []).append(name)
    return {task: "、".join(names) for task, names in found.items()}


# --- the base: what an export said ---------------------------------------------------------------------------


class ExportBase(Mapping[tuple[str, int], dict[str, LedgerValue]]):
    """(of, pk) → what the export printed for that row; read when first asked, for an unchanged upload asks nothing."""

    def __init__(self, export: LedgerExport) -> None:
        self.export = export
        self.rows: dict[tuple[str, int], dict[str, LedgerValue]] | None = None

    def load(self) -> dict[tuple[str, int], dict[str, LedgerValue]]:
        if self.rows is None:
            self.rows = {}
            slices = LedgerBase.objects.filter(export=self.export).order_by("of", "part")
            for of, data in slices.values_list("of", "rows"):
                for pk, _, values, extra in unpack(bytes(data)):
                    found = {f"extra:{k}": v for k, v in extra.items()}
                    self.rows[of, pk] = {**values, **found} if extra else values
        return self.rows

    def __getitem__(self, place: tuple[str, int]) -> dict[str, LedgerValue]:
        return self.load()[place]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self.load())

    def __len__(self) -> int:
        return len(self.load())
