"""Which letter comes next: proposed to the office from deadlines, letters in force and their replies; never issued.

江津: 提醒函 at 20 days left, 督办单 at 10, 告诫书 when overdue. Elsewhere a 提醒函 when overdue. After a letter that
was not answered in time, or that helped nothing within PATIENCE days, the next kind.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.timezone import localtime

from notices.models import Letter, Notice, Task
from notices.terms import LIVE_STAGES, LetterKind, LetterState, Preset, State

CLIMB = tuple(LetterKind)
PATIENCE = 10  # days a letter is given before the next kind, while the task stays overdue
FIRST: dict[str, tuple[tuple[int, LetterKind], ...]] = {
    Preset.JIANGJIN: ((-1, LetterKind.ADMONITION), (10, LetterKind.ORDER), (20, LetterKind.REMINDER)),
}
OTHERWISE: tuple[tuple[int, LetterKind], ...] = ((-1, LetterKind.REMINDER),)


@dataclass(frozen=True)
class Past:
    """A letter in force or a draft, as far as it decides."""

    kind: LetterKind
    draft: bool
    issued_on: dt.date | None = None
    reply_by: dt.date | None = None
    replied: bool = False


@dataclass(frozen=True)
class Suggestion:
    """One letter to one unit about these tasks; `why` in words."""

    notice: Notice
    unit_id: int
    unit: str
    kind: LetterKind
    tasks: tuple[Task, ...]
    why: str


def next_kind(
    preset: str, *, left: int, past: Iterable[Past], today: dt.date
) -> tuple[LetterKind, str] | None:
    """The kind that is due for one task with `left` days to its deadline, and why; None when nothing is."""
    rows = list(past)
    first = next((kind for most, kind in FIRST.get(preset, OTHERWISE) if left <= most), None)
    timing = f"超期 {-left} 天" if left < 0 else f"距时限 {left} 天"
    issued = [p for p in rows if not p.draft]
    wanted, why = first, timing
    if issued:
        last = max(issued, key=lambda p: (CLIMB.index(p.kind), p.issued_on or dt.date.min))
        wanted, why = _after(last, first, left=left, timing=timing, today=today)
    if wanted is None or any(p.draft and CLIMB.index(p.kind) >= CLIMB.index(wanted) for p in rows):
        return None
    return wanted, why


def _after(
    last: Past, first: LetterKind | None, *, left: int, timing: str, today: dt.date
) -> tuple[LetterKind | None, str]:
    """What follows the weightiest letter in force: a higher one by time left, else the next when it did not help."""
    rank = CLIMB.index(last.kind)
    if first is not None and CLIMB.index(first) > rank:
        return first, timing
    above = CLIMB[rank + 1] if rank + 1 < len(CLIMB) else None
    if not last.replied and last.reply_by is not None and last.reply_by < today:
        return above, f"{last.kind.label}逾期 {(today - last.reply_by).days} 天未回复"
    waited = (today - last.issued_on).days if last.issued_on else 0
    if left < 0 and waited >= PATIENCE:
        return above, f"{last.kind.label}签发 {waited} 天后任务仍{timing}"
    return None, ""


def suggestions(notices: Iterable[Notice], *, today: dt.date) -> list[Suggestion]:
    """One for each notice, unit and kind, weightiest first. Three queries."""
    live = {n.pk: n for n in notices if n.stage in LIVE_STAGES}
    tasks = (
        Task.objects.filter(notice__in=live, state__in=(State.PENDING, State.ACTIVE), lead_unit__isnull=False)
        .filter(deadline__lte=today + dt.timedelta(days=20))
        .select_related("lead_unit")
        .only("pk", "number", "text", "deadline", "notice_id", "lead_unit__name", "lead_unit__short_name")
        .in_order()
    )
    past = _past(live)
    groups: dict[tuple[int, int, LetterKind], list[tuple[Task, str]]] = {}
    for task in tasks:
        assert task.deadline is not None
        left = (task.deadline - today).days
        found = next_kind(live[task.notice_id].preset, left=left, past=past.get(task.pk, ()), today=today)
        if found is not None:
            groups.setdefault((task.notice_id, task.lead_unit_id or 0, found[0]), []).append((task, found[1]))
    made = [_grouped(live[notice], kind, rows) for (notice, _, kind), rows in groups.items()]
    return sorted(made, key=lambda s: (-CLIMB.index(s.kind), s.notice.pk, s.unit_id))


def _grouped(notice: Notice, kind: LetterKind, rows: list[tuple[Task, str]]) -> Suggestion:
    unit = rows[0][0].lead_unit
    assert unit is not None
    why = "；".join(f"{task.number}：{said}" for task, said in rows[:3])
    return Suggestion(notice, unit.pk, unit.label, kind, tuple(task for task, _ in rows), why)


def _past(notices: Iterable[int]) -> dict[int, list[Past]]:
    """Letters in force and drafts by task."""
    found: dict[int, list[Past]] = {}
    rows = Letter.objects.filter(notice__in=notices, state__in=(LetterState.DRAFT, LetterState.ISSUED))
    columns = ("tasks", "kind", "state", "issued_at", "reply_by", "replied_at")
    for task, kind, state, issued, reply_by, replied in rows.values_list(*columns):
        day = localtime(issued).date() if issued else None
        past = Past(LetterKind(kind), state == LetterState.DRAFT, day, reply_by, replied is not None)
        found.setdefault(task, []).append(past)
    return found
