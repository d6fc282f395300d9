"""What a ledger that is not ours has been found to mean so far, and the row that says nothing new. Pure."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from notices.ledger import cells
from notices.ledger.compare import Rights
from notices.ledger.schema import BY_KEY, TASK_KEYS
from notices.records import CellProblem, LedgerRow, LedgerTable, PlanRow, StoredIssue, StoredTask
from notices.terms import State

EXTRA_KEYS = frozenset(k for k in TASK_KEYS if BY_KEY[k].kind == "extra")
COMPARED_KEYS = tuple(k for k in TASK_KEYS if k not in EXTRA_KEYS)


@dataclass
class Match:
    """What has been found so far: stored issues and tasks, by words and number, and those already taken.

    `places` says which stored tasks a row of the file means: by the table's place among the tables, as two may stand
    side by side, and the row. `at` is the table that is read now.
    """

    issues: dict[int, StoredIssue]
    tasks: dict[int, StoredTask]
    rights: Rights
    bad: Mapping[tuple[str, str], str]
    before: int = 0
    at: int = 0
    by_title: dict[str, int] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    task_number: dict[str, int] = field(default_factory=dict)
    of_issue: dict[int, list[StoredTask]] = field(default_factory=lambda: defaultdict(list))
    taken: set[int] = field(default_factory=set)
    rows: list[PlanRow] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    kept: int = 0
    new_issues: dict[str, int] = field(default_factory=dict)
    places: dict[tuple[int, int], list[int]] = field(default_factory=dict)


class Usual:
    """The usual row of a ledger that comes again: it stands where its task stands and says what is stored, or nothing.

    Only a shorter way to what comparing cell by cell would say; whatever is not alike to the letter is left to that.
    """

    def __init__(self, match: Match, table: LedgerTable) -> None:
        self.match, self.sheet = match, table.sheet
        self.keys = [k for k in COMPARED_KEYS if k in table.fields]
        self.picks = [table.fields.index(k) for k in self.keys]
        self.measure = table.fields.index("measure") if "measure" in table.fields else -1
        self.number = table.fields.index("task_number") if "task_number" in table.fields else -1
        self.told_apart = self.measure >= 0 and EXTRA_KEYS.isdisjoint(table.fields)

    def holds(self, row: LedgerRow, issue: int) -> bool:
        """Whether the row is one of these; it is then taken for its task and counted as kept."""
        task = self._next(row, issue) if self.told_apart else None
        if task is None:
            return False
        given, now = [row.values[i] for i in self.picks], task.values
        stored = [now.get(k, "") for k in self.keys]
        if given != stored and any([g and g != s for g, s in zip(given, stored, strict=True)]):
            return False
        if row.extra and any([text != task.extra.get(header) for header, text in row.extra.items()]):
            return False
        self.match.taken.add(task.pk)
        self.match.places.setdefault((self.match.at, row.row), []).append(task.pk)
        self.match.kept += 1
        return True

    def _next(self, row: LedgerRow, issue: int) -> StoredTask | None:
        """The first task of the issue that no row has meant yet, if its measure is this row's; numbers rank before."""
        measure = row.values[self.measure]
        if not measure or self._numbered(row):
            return None
        for task in self.match.of_issue.get(issue, ()):
            if task.pk not in self.match.taken and task.state != State.CANCELLED:
                return task if task.values.get("measure") == measure else None
        return None

    def _numbered(self, row: LedgerRow) -> bool:
        said = row.values[self.number] if self.number >= 0 else ""
        return bool(said) and cells.fold(str(said)) in self.match.task_number
