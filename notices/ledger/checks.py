"""Cross-checks of the three lists, over the rows as they are or as a plan would leave them. Pure.

One finding per check, with the numbers it concerns: a ledger of ten thousand rows gives ten sentences, not ten thousand.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from notices.ledger.cells import fold
from notices.ledger.collector import paused
from notices.ledger.compare import wanted_state
from notices.records import Campaign, LedgerValue, Plan, StoredIssue, StoredTask
from notices.terms import CLOSED_STATES, State

SHOWN = 8  # numbers named in a sentence
_CONTRADICTS = re.compile(
    r"正在推进|有序推进|持续推进|正在整改|正在办理|尚未完成|还未完成|未完成整改|没有完成|尚未启动|下一步将完成"
)
_VAGUE = re.compile(
    r"(?:(?:进一步|切实|不断|持续|着力)*(?:加强|加大|强化|提高|提升|增强|重视|完善|做好)[^,，。;；、《]{0,14}[,，。;；、]?)+"
)
_CONCRETE = re.compile(r"\d|《|制定|制订|修订|印发|建立|清退|追缴|完成|召开|每[月季周年]|台账|通报")
LONGEST_VAGUE = 40  # characters; longer measures say something


@dataclass(frozen=True)
class Finding:
    """One check that found something: `numbers` are the printed numbers (or file rows) concerned."""

    code: str
    message: str
    numbers: tuple[str, ...]


class Item(NamedTuple):
    """An issue or task as the checks see it; `label` is its number, or its place in the file when it is new."""

    label: str
    issue: int
    values: dict[str, LedgerValue]
    state: str = State.DRAFT
    part: bool = False


def check_rows(
    issues: dict[int, StoredIssue], tasks: Iterable[StoredTask], *, campaign: Campaign
) -> list[Finding]:
    """The checks over what is stored; for the notice's page."""
    heads = {pk: Item(i.number, pk, i.values) for pk, i in issues.items()}
    rows = [Item(t.number, t.issue, t.values, t.state, t.parent is not None) for t in tasks]
    return _findings(heads, rows, campaign)


@paused()
def check_plan(
    plan: Plan, issues: dict[int, StoredIssue], tasks: dict[int, StoredTask], *, campaign: Campaign
) -> list[Finding]:
    """The checks over what would be stored once the plan was applied."""
    heads = {pk: Item(i.number, pk, i.values) for pk, i in issues.items()}
    rows = {pk: Item(t.number, t.issue, t.values, t.state, t.parent is not None) for pk, t in tasks.items()}
    new: list[Item] = []
    for place, row in enumerate(plan.rows):
        label = f"{row.sheet}第{row.row}行"
        if row.kind == "add" and row.of == "issue":
            heads[-place - 1] = Item(label, -place - 1, row.values)
        elif row.kind == "add" and row.issue is not None:
            new.append(Item(label, row.issue, row.values))
        elif row.kind in ("change", "conflict") and row.pk is not None:
            _amend(heads if row.of == "issue" else rows, row.pk, {c.key: c.new for c in row.fields})
    return _findings(heads, [*rows.values(), *new], campaign)


def _amend(items: dict[int, Item], pk: int, new: dict[str, LedgerValue]) -> None:
    old = items[pk]
    state = wanted_state(new["state"]) if new.get("state") else None
    items[pk] = Item(old.label, old.issue, {**old.values, **new}, state or old.state, old.part)


def _findings(issues: dict[int, Item], tasks: list[Item], campaign: Campaign) -> list[Finding]:
    live = [t for t in tasks if t.state != State.CANCELLED]
    return [f for f in _run(issues, live, campaign) if f.numbers]


def _run(issues: dict[int, Item], tasks: list[Item], campaign: Campaign) -> Iterator[Finding]:
    with_tasks = {t.issue for t in tasks}
    open_tasks = [t for t in tasks if t.state not in CLOSED_STATES and not t.part]
    yield _finding(
        "issue_without_task",
        "个问题没有整改任务",
        [i.label for pk, i in issues.items() if pk not in with_tasks],
    )
    yield _finding("no_lead", "项任务没有牵头单位", _lacking(open_tasks, issues, "lead_unit"))
    yield _finding("no_leader", "项任务没有责任领导", _lacking(open_tasks, issues, "leader"))
    yield _finding("no_deadline", "项任务没有完成时限", _lacking(open_tasks, issues, "deadline"))
    yield _finding("number_twice", "个编号重复", _twice(issues, tasks))
    yield _finding("measure_twice", "项任务与同一问题下的另一项措施完全相同", _same_measures(tasks))
    since = campaign.feedback_on
    early = [
        t.label for t in tasks if since and isinstance(d := t.values.get("deadline"), dt.date) and d < since
    ]
    yield _finding("deadline_before_feedback", f"项任务的完成时限早于反馈日期（{since}）", early)
    yield _finding("later_than_issue", "项任务的完成时限晚于所属问题的整改时限", _later(issues, tasks))
    done = (State.COMPLETED.value, State.SUBMITTED.value, State.VERIFYING.value)
    odd = [
        t.label for t in tasks if t.state in done and _CONTRADICTS.search(str(t.values.get("progress", "")))
    ]
    yield _finding("state_contradicts", "项任务的状态与整改进展的说法矛盾（如已完成却写着“正在推进”）", odd)
    yield _finding(
        "vague_measure", "项措施只有“加强”“进一步”一类的话，没有具体做法", _where(tasks, _is_vague)
    )


def _finding(code: str, what: str, numbers: list[str]) -> Finding:
    shown = "、".join(numbers[:SHOWN]) + ("等" if len(numbers) > SHOWN else "")
    return Finding(code, f"有 {len(numbers)} {what}：{shown}。", tuple(numbers))


def _lacking(tasks: list[Item], issues: dict[int, Item], key: str) -> list[str]:
    """The issue's own value is its tasks' default."""
    found = []
    for task in tasks:
        if task.values.get(key) or (
            key == "deadline" and (task.values.get("keep_up") or task.values.get("deadline_text"))
        ):
            continue
        head = issues.get(task.issue)
        if head is None or not head.values.get(key):
            found.append(task.label)
    return found


def _twice(issues: dict[int, Item], tasks: list[Item]) -> list[str]:
    counts = Counter(item.label for item in (*issues.values(), *tasks) if "第" not in item.label)
    return [label for label, n in counts.items() if n > 1]


def _same_measures(tasks: list[Item]) -> list[str]:
    seen: set[tuple[int, LedgerValue]] = set()
    found = []
    for task in tasks:
        key = (task.issue, task.values.get("measure", ""))
        if key in seen and not task.part:
            found.append(task.label)
        seen.add(key)
    return found


def _later(issues: dict[int, Item], tasks: list[Item]) -> list[str]:
    limits = {
        pk: day for pk, head in issues.items() if isinstance(day := head.values.get("deadline"), dt.date)
    }
    bound = [(t, limits[t.issue]) for t in tasks if t.issue in limits] if limits else []
    return [t.label for t, limit in bound if isinstance(d := t.values.get("deadline"), dt.date) and d > limit]


def _where(tasks: list[Item], holds: Callable[[Item], bool]) -> list[str]:
    return [t.label for t in tasks if holds(t)]


def _is_vague(task: Item) -> bool:
    text = str(task.values.get("measure", ""))
    if len(text) > LONGEST_VAGUE or _CONCRETE.search(text):
        return False
    return bool(_VAGUE.fullmatch(fold(text)))
