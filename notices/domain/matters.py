"""What else reminders are about: extensions nobody decided, weekly reports that are missing, directives and letters
without a reply, look-backs that are due, files that expire.

Each rule names the rows that still wait and the day it counts from; the sweep, the check before sending, the preview
and the words all go by that one queryset, so what was done meanwhile is never sent.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, TruncDate

from notices.domain.due import Batch, Paths
from notices.domain.reminder_rules import (
    DIRECTIVE,
    EVIDENCE,
    EXTENSION_HEAD,
    EXTENSION_OFFICE,
    FINDING,
    LETTER,
    LOOK_BACK,
    Ladder,
    Who,
    repeated,
)
from notices.domain.workdays import ZONE
from notices.models import (
    NO_DAY,
    Directive,
    Evidence,
    Extension,
    Finding,
    Letter,
    LookBack,
    LookBackItem,
    Reminder,
)
from notices.terms import OPEN_STATES, ExtensionState, State

_DAY = dt.timedelta(days=1)
_NONE = Value("", output_field=TextField())
_SHOWN = 5  # tasks of a campaign that are named
_PROOF = (*OPEN_STATES, State.SUSTAINED)  # tasks whose files still matter


class Matter(NamedTuple):
    """`waiting`: the rows still open, with `basis`. `ahead`: the first reminder so many days before the basis (after it
    when negative); None: the rule is off. `tell` empty: the judges, of an application in this `state`. `number` and
    `text` say in lists what it is about; `task` the task it belongs to. `done`: why a row is not sent any more.
    """

    rule: str
    waiting: Callable[[], QuerySet[Any]]
    ahead: Callable[[Ladder], int | None]
    tell: Callable[[Ladder], tuple[Who, ...]]
    paths: Paths
    number: str
    text: str
    task: str
    done: str
    state: str = ""


def _extensions(state: ExtensionState) -> QuerySet[Any]:
    rows = Extension.objects.waiting().filter(state=state)
    return rows.annotate(basis=TruncDate("waits_since", tzinfo=ZONE))


def _directives() -> QuerySet[Any]:
    rows = Directive.objects.waiting().filter(reply_by__isnull=False)
    return rows.annotate(basis=F("reply_by"), numbered=Coalesce("task__number", "issue__number"))


def _findings() -> QuerySet[Any]:
    """Handed over and not replied to; whether a reply is late is not asked here."""
    rows = Finding.objects.awaiting_reply(NO_DAY)
    return rows.annotate(basis=F("reply_by"), numbered=Value("督导发现"))


def _letters() -> QuerySet[Any]:
    return Letter.objects.waiting().annotate(basis=F("reply_by"))


def _look_backs() -> QuerySet[Any]:
    """Campaigns with unchecked tasks."""
    left = LookBackItem.objects.filter(look_back=OuterRef("pk"), verdict="")
    return LookBack.objects.filter(Exists(left), closed_at=None).annotate(basis=F("ends_on"))


def _evidence() -> QuerySet[Any]:
    rows = Evidence.objects.filter(removed_at=None, expires_on__isnull=False, task__state__in=_PROOF)
    return rows.annotate(basis=F("expires_on"))


def _after_waiting(ladder: Ladder) -> int | None:
    return -ladder.waiting_after if ladder.waiting_after else None


def _who_reads_letters(ladder: Ladder) -> tuple[Who, ...]:
    """A letter is opened by the unit's head and those above, so nobody else is told its title."""
    return (Who.HEAD, *(who for who in ladder.reply if who not in (Who.WORKER, Who.HEAD)))


_OF_TASK = Paths("task__notice_id", "task__lead_unit_id", "task__contact_id", "task__leader_id", "", "", "")
_ASKED = _OF_TASK._replace(contact="", leader="", applicant="asked_by_id")
_TO_UNIT = Paths("notice_id", "unit_id", "", "", "", "", "")

MATTERS: tuple[Matter, ...] = (
    Matter(
        EXTENSION_HEAD, lambda: _extensions(ExtensionState.ASKED), _after_waiting, lambda _: (), _ASKED,
        "task__number", "reason", "task_id", "延期申请已办理", State.SUBMITTED,
    ),
    Matter(
        EXTENSION_OFFICE, lambda: _extensions(ExtensionState.FORWARDED), _after_waiting, lambda _: (Who.OFFICE,),
        _ASKED, "task__number", "reason", "task_id", "延期申请已办理",
    ),
    Matter(
        DIRECTIVE, _directives, lambda ladder: ladder.reply_ahead if ladder.reply else None, lambda x: x.reply,
        _TO_UNIT._replace(leader="leader_id"), "numbered", "text", "task_id", "批示已回复或办结",
    ),
    Matter(
        LETTER, _letters, lambda ladder: ladder.reply_ahead if ladder.reply else None, _who_reads_letters,
        _TO_UNIT, "", "title", "", "函件已回复或撤回",
    ),
    Matter(
        FINDING, _findings, lambda ladder: ladder.reply_ahead if ladder.reply else None, lambda x: x.reply,
        _TO_UNIT, "numbered", "text", "", "督导发现已回复或办结",
    ),
    Matter(
        LOOK_BACK, _look_backs, lambda ladder: ladder.look_back_ahead if ladder.look_back else None,
        lambda x: x.look_back, Paths("notice_id", "", "by_id", "", "", "", ""), "", "title", "", "回头看已核查完或结束",
    ),
    Matter(
        EVIDENCE, _evidence, lambda ladder: ladder.evidence_ahead if ladder.evidence else None,
        lambda x: x.evidence, _OF_TASK, "task__number", "name", "task_id", "材料已作废、改期，或任务已完成",
    ),
)  # fmt: skip
OF_RULE = {matter.rule: matter for matter in MATTERS}


# ── What is due ──────────────────────────────────────────────────────────────
def batches(ladder: Ladder, notices: list[int], today: dt.date) -> Iterator[Batch]:
    """For each rule that is on: what comes up ahead of its day, then what has reached it."""
    for matter in MATTERS:
        ahead = matter.ahead(ladder)
        if ahead is None:
            continue
        rows = matter.waiting().filter(**{f"{matter.paths.notice.removesuffix('_id')}__in": notices})
        if ahead > 0:
            coming = rows.filter(basis__gt=today, basis__lte=today + _DAY * ahead)
            yield _batch(matter, ladder, coming.exclude(Exists(_told(matter))), ahead, today)
        late = max(0, -ahead)
        since = today - _DAY * (ladder.every - 1)
        told = _told(matter).filter(occurrence_on__gte=since).filter(occurrence_on__gte=OuterRef("basis"))
        reached = rows.filter(basis__lte=today - _DAY * late)
        yield _batch(matter, ladder, reached.exclude(Exists(told)), ahead, today)


def _told(matter: Matter) -> QuerySet[Reminder]:
    return Reminder.objects.filter(
        notice=OuterRef(matter.paths.notice),
        rule=matter.rule,
        subject=OuterRef("pk"),
        deadline=OuterRef("basis"),
    )


def _batch(matter: Matter, ladder: Ladder, found: QuerySet[Any], ahead: int, today: dt.date) -> Batch:
    def occurrence(basis: dt.date, _: dt.date) -> dt.date:
        if today < basis:
            return basis - _DAY * ahead
        return repeated(basis + _DAY * max(0, -ahead), ladder.every, today=today)

    return Batch(
        matter.rule,
        found,
        matter.tell(ladder),
        ladder.way(matter.rule),
        occurrence,
        basis=F("basis"),
        other=F("basis"),
        state=matter.state,
        paths=matter.paths,
        of_tasks=False,
    )


# ── What stands behind a row ─────────────────────────────────────────────────
class Subject(NamedTuple):
    """A row of a rule as it is now, while it still waits; what is not there is 0 or ""."""

    basis: dt.date
    notice: int
    notice_title: str
    party: int
    unit: int
    unit_name: str
    contact: int
    leader: int
    applicant: int
    task: int
    number: str
    text: str


def waiting_now(rule: str, keys: Iterable[int]) -> dict[int, Subject]:
    """Those of these rows that still wait. One query, two for look-backs."""
    matter, wanted = OF_RULE[rule], set(keys)
    at = matter.paths
    notice, unit = (path.removesuffix("_id") for path in (at.notice, at.unit))

    def key(path: str) -> Any:
        return Coalesce(F(path), Value(0)) if path else Value(0)

    def words(path: str) -> Any:
        return Coalesce(F(path), _NONE, output_field=TextField()) if path else _NONE

    rows = matter.waiting().filter(pk__in=wanted).values_list(
        "pk", "basis", at.notice, f"{notice}__title", f"{notice}__unit_id", key(at.unit),
        words(f"{unit}__name" if unit else ""), key(at.contact), key(at.leader), key(at.applicant), key(matter.task),
        words(matter.number), words(matter.text),
    )  # fmt: skip
    found = {pk: Subject(*rest) for pk, *rest in rows}
    if rule == LETTER:
        return _named_letters(found)
    return _with_tasks_left(found) if rule == LOOK_BACK else found


def _named_letters(found: dict[int, Subject]) -> dict[int, Subject]:
    letters = Letter.objects.filter(pk__in=found).only("kind", "year", "number")
    names = {letter.pk: letter.name for letter in letters}
    return {pk: subject._replace(number=names[pk]) for pk, subject in found.items()}


def _with_tasks_left(found: dict[int, Subject]) -> dict[int, Subject]:
    """The campaign's name and which of its tasks are unchecked."""
    left: dict[int, list[str]] = {}
    rows = LookBackItem.objects.filter(look_back__in=found, verdict="").order_by("position")
    for pk, number in rows.values_list("look_back", "task__number"):
        left.setdefault(pk, []).append(number)
    return {
        pk: subject._replace(number="回头看", text=f"{subject.text}：{_listed(left.get(pk, []))}")
        for pk, subject in found.items()
    }


def _listed(numbers: list[str]) -> str:
    tail = f" 等 {len(numbers)} 项" if len(numbers) > _SHOWN else ""
    return f"任务 {'、'.join(numbers[:_SHOWN])}{tail} 未核查"
