"""Outcomes in each state with a file, and meetings with theirs."""

import hashlib
from dataclasses import replace
from typing import Any

from django.utils import timezone

from notices.domain.evidence import store_path
from notices.models import Meeting, MeetingFile, OutcomeEntry, OutcomeFile, Task
from tests.access import Thing

LETTERS = {"F": "outcome", "G": "meeting"}


def word(kind: str, pk: int) -> str:
    return f"zk{kind}{pk}k"


def _result(world: Any, thing: Thing) -> dict[str, Any]:
    unit = world.units[thing.lead].pk
    return {
        "metric": "reminded",
        "value": "3",
        "measure": "人次",
        "unit": unit,
        "day": "2026-01-05",
        "why": "有误",
    }


BODIES = {
    "notices:outcome_decide": lambda w, t: {
        "act": "confirm",
        **{f"o{t.pk}-{name}": value for name, value in _result(w, t).items()},
    },
    "notices:outcome_void": lambda w, t: {"why": "登记有误"},
    "notices:meeting_void": lambda w, t: {"why": "登记有误"},
    "api:outcome-confirm": _result,
    "api:outcome-void": _result,
    "api:meeting-void": lambda w, t: {"why": "登记有误"},
}


def build(world: Any) -> None:
    for county in ("a", "b", "c"):
        notices = [n for n in world.things["notice"] if n.party == county]
        running = next(n for n in notices if n.stage == "running")
        for state in ("confirmed", "proposed", "rejected"):
            _outcome(world, running, f"{county}1", state)
        _meeting(world, running, voided=False)
        if county == "a":
            _outcome(world, running, "a2", "confirmed")
            _meeting(world, running, voided=True)
            old = next(n for n in notices if n.stage == "archived")
            _outcome(world, old, "a1", "confirmed")
            _meeting(world, old, voided=False)


def _stored(name: str) -> dict[str, Any]:
    content = name.encode()
    (store_path() / f"access-{name}.txt").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return {"stored_as": f"access-{name}.txt", "kind": "txt", "size": len(content), "sha256": digest}


def _outcome(world: Any, notice: Thing, unit: str, state: str) -> None:
    by, at = world.users[f"{notice.party}_office"], timezone.now()
    row = OutcomeEntry.objects.create(
        notice_id=notice.pk, metric="reminded", value=5, measure="人次", unit=world.units[unit], day=at.date(),
        state=state, source="entered" if state == "confirmed" else "progress", sentence="待填", fingerprint=f"{unit}{state}",
        by=by, by_name=by.name, at=at, task=Task.objects.filter(notice=notice.pk, lead_unit=world.units[unit]).first(),
    )  # fmt: skip
    told = word("F", row.pk)
    kept = {"documents": f"{told}文件", "remark": f"{told}说明", "sentence": f"{told}原文", "mark_end": 3}
    OutcomeEntry.objects.filter(pk=row.pk).update(**kept)
    thing = Thing(kind="outcome", pk=row.pk, party=notice.party, stage=notice.stage, state=state, lead=unit)
    world.add(thing)
    file = OutcomeFile.objects.create(
        outcome=row, name=f"{told}.txt", by=by, by_name=by.name, at=at, **_stored(f"outcome-{row.pk}")
    )
    world.add(replace(thing, kind="outcome_file", pk=file.pk))


def _meeting(world: Any, notice: Thing, *, voided: bool) -> None:
    by, at = world.users[f"{notice.party}_office"], timezone.now()
    row = Meeting.objects.create(
        notice_id=notice.pk, kind="special", held_on=at.date(), subject="待填", chair="待填", by=by, by_name=by.name,
        at=at, voided_at=at if voided else None, voided_why="待填" if voided else "",
    )  # fmt: skip
    told = word("G", row.pk)
    Meeting.objects.filter(pk=row.pk).update(
        subject=f"{told}主题", chair=f"{told}主持", decisions=f"{told}议定"
    )
    row.tasks.set(Task.objects.filter(notice=notice.pk)[:1])
    thing = Thing(kind="meeting", pk=row.pk, party=notice.party, stage=notice.stage, confirmed=voided)
    world.add(thing)
    file = MeetingFile.objects.create(
        meeting=row, name=f"{told}.txt", by=by, by_name=by.name, at=at, **_stored(f"meeting-{row.pk}")
    )
    world.add(replace(thing, kind="meeting_file", pk=file.pk))
