"""What is due as of a day, from the data alone: for each rule the tasks for which no row stands yet.

Nothing here asks when the last sweep ran. A task lies in one window of its ladder; when no row stands for that window
yet, its people are told, once: after missed days, a switch-on or a ledger taken over, only the latest rung is sent. A
threshold is announced to those who answer for the task on that day; who comes later hears of the next one.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import DateField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate

from notices.domain import reminder_rules
from notices.domain.reminder_rules import IDLE, REVIEW, WAITING, Ladder, Way, Who, Window, repeated
from notices.domain.workdays import ZONE, Calendar
from notices.models import NO_DAY, Reminder, Task, TaskQuerySet, Transition
from notices.models.task import REVIEW_DAYS
from notices.terms import State

UNDER_WAY = (State.PENDING, State.ACTIVE)
_DAY = dt.timedelta(days=1)
_NOBODY = Value(0)


class Paths(NamedTuple):
    """Where a row keeps what decides who is told; "" for what it has not."""

    notice: str = "notice_id"
    unit: str = "lead_unit_id"
    contact: str = "contact_id"
    leader: str = "leader_id"
    applicant: str = "applicant_id"
    approver: str = "approver_id"
    above: str = "parent__lead_unit_id"


class Batch(NamedTuple):
    """Tasks (or, see matters.py, other subjects) of one rule and ladder whose people are to be told.

    `tell`: the ranks; empty: those who judge an application in this `state`. `basis`: the day the rule counts from,
    `other`: another day the occurrence depends on; both expressions over the rows. `occurrence` answers for the two.
    """

    rule: str
    found: QuerySet[Any]
    tell: tuple[Who, ...]
    way: Way
    occurrence: Callable[[dt.date, dt.date], dt.date]
    basis: Any = F("deadline")
    other: Any = F("deadline")
    state: str = ""
    paths: Paths = Paths()
    of_tasks: bool = True

    def rows(self) -> QuerySet[Any, tuple[Any, ...]]:
        """(key, notice, lead unit, contact, leader, applicant, approver, lead of the parent, basis, other); what does
        not decide who is told is 0, so that tasks with the same people are alike."""

        def key(name: str, decides: bool = True) -> Any:
            return Coalesce(F(name), _NOBODY) if name and decides else _NOBODY

        judged, at = not self.tell, self.paths
        return self.found.order_by("pk").values_list(
            "pk",
            F(at.notice),
            key(at.unit),
            key(at.contact, Who.WORKER in self.tell),
            key(at.leader, Who.LEADER in self.tell),
            key(at.applicant, judged),
            key(at.approver, judged),
            key(at.above, judged),
            self.basis,
            self.other,
        )


def batches(today: dt.date, ladders: dict[int, Ladder], calendar: Calendar) -> Iterator[Batch]:
    """Every rule of every ladder, the nearest deadlines first. The tasks are read when the batch is used."""
    for ladder, notices in by_ladder(ladders).items():
        for window in reminder_rules.windows(ladder, today=today, calendar=calendar):
            yield _in_window(window, ladder, notices, today, calendar)
        if ladder.waiting_after:
            for state in WAITING:
                yield _waiting(state, ladder, notices, today)
        if ladder.idle_after and ladder.idle:
            yield _idle(ladder, notices, today)
        if ladder.review:
            yield from _reviews(ladder, notices, today)


def by_ladder(ladders: dict[int, Ladder]) -> dict[Ladder, list[int]]:
    """Notices that go by the same rules."""
    groups: dict[Ladder, list[int]] = {}
    for notice, ladder in sorted(ladders.items()):
        groups.setdefault(ladder, []).append(notice)
    return groups


def _in_window(
    window: Window, ladder: Ladder, notices: list[int], today: dt.date, calendar: Calendar
) -> Batch:
    """Tasks being worked on whose deadline lies in the window and for which no row stands."""
    told = Reminder.objects.filter(
        task=OuterRef("pk"), deadline=OuterRef("deadline"), rule__in=window.told_by
    )
    if window.since is not None:
        told = told.filter(occurrence_on__gte=window.since)
    found = Task.objects.filter(
        notice__in=notices, is_open=True, state__in=UNDER_WAY, deadline__lte=window.last
    )
    if window.first is not None:
        found = found.filter(deadline__gte=window.first)

    def occurrence(deadline: dt.date, _: dt.date) -> dt.date:
        return reminder_rules.occurrence_day(ladder, window.rule, deadline, today=today, calendar=calendar)

    return Batch(window.rule, found.exclude(Exists(told)), window.tell, ladder.way(window.rule), occurrence)


def _waiting(state: str, ladder: Ladder, notices: list[int], today: dt.date) -> Batch:
    """Applications that wait long enough with the judge who has them now, or whose deadline came meanwhile."""
    rule = WAITING[state]
    basis = Coalesce(OuterRef("finished_on"), Value(NO_DAY), output_field=DateField())
    rows = Reminder.objects.filter(task=OuterRef("pk"), rule=rule, deadline=basis)
    arrived = Transition.objects.filter(
        task=OuterRef("pk"),
        target=state,
        at__gte=dt.datetime.combine(today - _DAY * (ladder.waiting_after - 1), dt.time(), ZONE),
    )
    week = today - _DAY * (ladder.every - 1)
    long = Q(finished_on__lte=today - _DAY * ladder.waiting_after) | Q(finished_on=None)
    reached = Q(finished_on__lt=F("deadline"), deadline__range=(week, today))
    found = Task.objects.filter(notice__in=notices, is_open=True, state=state).filter(
        (long & ~Exists(arrived) & ~Exists(rows.filter(occurrence_on__gte=week)))
        | (reached & ~Exists(rows.filter(occurrence_on__gte=OuterRef("deadline"))))
    )

    def occurrence(finished_on: dt.date, deadline: dt.date) -> dt.date:
        return reminder_rules.waiting_occurrence(
            ladder,
            None if finished_on == NO_DAY else finished_on,
            None if deadline == NO_DAY else deadline,
            today=today,
        )

    return Batch(
        rule,
        found,
        (),
        ladder.way(rule),
        occurrence,
        basis=_day("finished_on"),
        other=_day("deadline"),
        state=state,
    )


def _day(name: str) -> Any:
    return Coalesce(F(name), Value(NO_DAY), output_field=DateField())


def with_idle_since(tasks: TaskQuerySet) -> TaskQuerySet:
    """`idle_since`: the civil day of the last report, else of the last step, else of the notice's first day."""
    last = Transition.objects.filter(task=OuterRef("pk")).order_by().values("task")
    since = Coalesce(
        F("latest_at"), Subquery(last.annotate(last=Max("at")).values("last")), F("notice__created_at")
    )
    return tasks.annotate(idle_since=TruncDate(since, tzinfo=ZONE))


def _idle(ladder: Ladder, notices: list[int], today: dt.date) -> Batch:
    """Tasks being worked on of which nothing was heard for so many days."""
    since = today - _DAY * (ladder.every - 1)
    told = Reminder.objects.filter(
        task=OuterRef("pk"), rule=IDLE, deadline=OuterRef("idle_since"), occurrence_on__gte=since
    )
    quiet = dt.datetime.combine(today - _DAY * (ladder.idle_after - 1), dt.time(), ZONE)
    under_way = Task.objects.filter(notice__in=notices, is_open=True, state__in=UNDER_WAY)
    under_way = under_way.filter(Q(latest_at=None) | Q(latest_at__lt=quiet))
    found = with_idle_since(under_way).filter(Q(idle_since__lte=today - _DAY * ladder.idle_after))

    def occurrence(basis: dt.date, _: dt.date) -> dt.date:
        return repeated(basis + _DAY * ladder.idle_after, ladder.every, today=today)

    tasks = found.exclude(Exists(told))
    return Batch(
        IDLE, tasks, ladder.idle, ladder.way(IDLE), occurrence, basis=F("idle_since"), other=F("idle_since")
    )


def _reviews(ladder: Ladder, notices: list[int], today: dt.date) -> Iterator[Batch]:
    """Sustained tasks whose review interval has run out since closing or the last review; a batch an interval."""
    kept = Task.objects.filter(state=State.SUSTAINED, closed_on__isnull=False, notice__in=notices)
    since = today - _DAY * (ladder.every - 1)
    told = Reminder.objects.filter(
        task=OuterRef("pk"), rule=REVIEW, deadline=OuterRef("checked_on"), occurrence_on__gte=since
    )
    intervals = kept.order_by("review_days").values_list("review_days", flat=True).distinct()
    for kept_days in intervals:
        days = kept_days or REVIEW_DAYS
        found = kept.filter(review_days=kept_days).with_checked_on()
        found = found.filter(Q(checked_on__lte=today - _DAY * days)).exclude(Exists(told))
        yield _review_batch(found, days, ladder, today)


def _review_batch(found: TaskQuerySet, days: int, ladder: Ladder, today: dt.date) -> Batch:
    def occurrence(basis: dt.date, _: dt.date) -> dt.date:
        return repeated(basis + _DAY * days, ladder.every, today=today)

    return Batch(
        REVIEW,
        found,
        ladder.review,
        ladder.way(REVIEW),
        occurrence,
        basis=F("checked_on"),
        other=F("checked_on"),
    )
