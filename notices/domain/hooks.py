"""What subscribers are to be told: found in the chained events, written as rows; hook_sending.py sends them.

The chain numbers every event once it is committed, without gap and never in between, so one number says up to where
the events have been dealt with. Nothing is lost between two runs, and two runs tell nothing twice.
"""

import datetime as dt
from collections.abc import Iterator, Mapping

from django.db import transaction

from accounts.access import on_day
from accounts.models import Event
from notices.domain.workflow import STEPS
from notices.models import Delivery, HookMark, Subscription, Task
from notices.terms import OPEN_STATES, DeliveryState, HookEvent

KEPT = dt.timedelta(days=30)
_PAGE = 2000  # events dealt with in one transaction
# Action of an event → what subscribers are told of.
TOLD: Mapping[str, HookEvent] = {
    **{f"task.{step}": HookEvent.STATE for step in STEPS},
    "task.take_over": HookEvent.STATE,
    "task.add": HookEvent.TASK,
    "task.edit": HookEvent.TASK,
    "task.units": HookEvent.TASK,
    "task.import": HookEvent.TASK,
    "task.import_undo": HookEvent.TASK,
    "task.deadline": HookEvent.DEADLINE,
    "task.report": HookEvent.PROGRESS,
    "task.attach": HookEvent.EVIDENCE,
    "extension.ask": HookEvent.EXTENSION,
    "extension.forward": HookEvent.EXTENSION,
    "extension.refuse": HookEvent.EXTENSION,
    "extension.approve": HookEvent.EXTENSION,
    "extension.withdraw": HookEvent.EXTENSION,
    "letter.issue": HookEvent.LETTER,
    "letter.withdraw": HookEvent.LETTER,
    "letter.receive": HookEvent.LETTER,
    "letter.reply": HookEvent.LETTER,
    "directive.give": HookEvent.DIRECTIVE,
    "directive.reply": HookEvent.DIRECTIVE,
    "directive.end": HookEvent.DIRECTIVE,
}


def gather(*, at: dt.datetime, today: dt.date) -> int:
    """Write what is to be told and not written yet. Returns how many rows. Safe beside another run."""
    made = 0
    while (found := _gather_page(at)) is not None:
        made += found
    for row in Subscription.objects.on().filter(told_on__lt=today).select_related("owner"):
        if HookEvent.OVERDUE in row.events:
            made += _gather_overdue(row, at=at, today=today)
    return made


@transaction.atomic
def _gather_page(at: dt.datetime) -> int | None:
    """The next events of the chain; None when there are none."""
    HookMark.objects.get_or_create(pk=1)
    mark = HookMark.objects.select_for_update().get(pk=1)
    events = list(Event.objects.filter(seq__gt=mark.seq).order_by("seq")[:_PAGE])
    if not events:
        return None
    wanting = list(Subscription.objects.on())
    rows = [row for event in events for row in _of_event(event, wanting, at)] if wanting else []
    Delivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    HookMark.objects.filter(pk=1).update(seq=events[-1].seq or mark.seq)
    return len(rows)


def _of_event(event: Event, wanting: list[Subscription], at: dt.datetime) -> Iterator[Delivery]:
    kinds = kinds_of(event)
    if not kinds or not event.ok or event.subject_id is None:
        return
    for each in wanting:
        if event.at < each.made_at or each.notice_id not in (None, event.notice_id):
            continue
        for kind in kinds:
            if kind in each.events:
                yield Delivery(
                    subscription=each,
                    key=f"{event.pk}.{kind}"[:60],
                    event=kind,
                    action=event.action,
                    subject_type=event.subject_type,
                    subject_id=event.subject_id,
                    at=event.at,
                    not_before=at,
                )


def kinds_of(event: Event) -> list[HookEvent]:
    """Usually one; an edit that moves the deadline, or a step that sets one, is told as both."""
    kind = TOLD.get(event.action)
    if kind is None:
        return []
    moved = "deadline" in event.data and kind in (HookEvent.STATE, HookEvent.TASK)
    return [kind, HookEvent.DEADLINE] if moved else [kind]


@transaction.atomic
def _gather_overdue(row: Subscription, *, at: dt.datetime, today: dt.date) -> int:
    """Tasks whose last day has passed since they were told last. The owner's sight is asked again when they are sent."""
    late = Task.objects.visible_to(on_day(row.owner, today)).filter(
        is_open=True, state__in=OPEN_STATES, deadline__gte=row.told_on, deadline__lt=today
    )
    if row.notice_id:
        late = late.filter(notice=row.notice_id)
    told = [
        Delivery(
            subscription=row,
            key=f"over.{pk}.{deadline}",
            event=HookEvent.OVERDUE,
            action=HookEvent.OVERDUE,
            subject_type="task",
            subject_id=pk,
            at=at,
            not_before=at,
        )
        for pk, deadline in late.values_list("pk", "deadline").order_by("pk")
    ]
    Delivery.objects.bulk_create(told, ignore_conflicts=True, batch_size=500)
    Subscription.objects.filter(pk=row.pk).update(told_on=today)
    return len(told)


def tidy(at: dt.datetime) -> int:
    """The log is kept for a month."""
    old = Delivery.objects.filter(at__lt=at - KEPT).exclude(state=DeliveryState.DUE)
    return old.delete()[0]
