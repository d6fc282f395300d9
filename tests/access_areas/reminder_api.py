"""Deliveries: one given up and one sent in each county, and one about a unit's missing week."""

import datetime as dt
from typing import Any

from django.utils import timezone

from notices.models import Notice, Reminder
from tests.access import Thing

LETTERS = {"I": "reminder", "J": "delivery_answer"}
RULES = {"rungs": [[5, ["worker"]]]}
BODIES = {
    "api:reminder-rules-detail": lambda w, t: RULES,
    "api:reminder-rules-preview": lambda w, t: RULES,
}


def build(world: Any) -> None:
    for county in ("a", "b", "c"):
        task = world.task(party=county, lead=f"{county}1", state="active")
        for state in ("failed", "sent"):
            _delivery(world, task, state)
        _delivery(world, task, "failed", week=True)


def _delivery(world: Any, task: Thing, state: str, *, week: bool = False) -> None:
    notice, at = Notice.objects.get(tasks=task.pk), timezone.now()
    unit = world.units[task.lead]
    about = (
        {"notice": notice, "subject": unit.pk, "rule": "week"}
        if week
        else {"task_id": task.pk, "rule": "left_3"}
    )
    receiver = world.users[f"{task.party}_office" if state == "failed" else f"{task.lead}_staff"]
    row = Reminder.objects.create(
        **about, recipient=receiver, channel="email", occurrence_on=at.date() - dt.timedelta(days=3), state=state,
        deadline=at.date() - dt.timedelta(days=200), not_before=at, sent_at=at if state == "sent" else None, tries=7,
        created_at=at,
    )  # fmt: skip
    letter = "J" if state == "failed" else "I"
    Reminder.objects.filter(pk=row.pk).update(note=f"zk{letter}{row.pk}k没有送到")
    for kind in ("reminder", "delivery_answer"):
        world.add(
            Thing(kind=kind, pk=row.pk, party=task.party, stage=task.stage, state=state, lead=task.lead)
        )
