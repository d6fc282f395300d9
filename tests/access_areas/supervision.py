"""Visits in every state with findings on their way; outcomes, proposed and confirmed; meetings."""

import datetime as dt
import hashlib
import io
from dataclasses import replace
from typing import Any

from django.utils import timezone
from PIL import Image

from notices.domain.evidence import store_path
from notices.models import Finding, FindingReply, Issue, Supervision, SupervisionFile, Task
from tests.access import Thing

LETTERS = {"r": "supervision", "z": "finding", "E": "visit_file", "Q": "visit_picture"}
DAY = dt.timedelta(days=1)


def word(kind: str, pk: int) -> str:
    return f"zk{kind}{pk}k"


def _version(thing: Thing) -> int:
    return Finding.objects.get(pk=thing.pk).version


def _visit(world: Any, party: str) -> dict[str, Any]:
    plain = {"title": "新的督导", "planned_on": "2026-12-01", "methods": ["talk"], "others": "甲某"}
    return {**plain, "units": [world.units[f"{party}1"].pk], "summary": "总体较好"}


def _issue(thing: Thing) -> int:
    return Issue.objects.filter(notice__findings=thing.pk).order_by("pk").first().pk


STEP = {
    "held_on": "2026-01-05", "methods": ["talk"], "summary": "总体较好", "why": "另有安排", "text": "已经整改",
    "severity": "minor", "reply_by": "2099-12-31", "verdict": "accept",
}  # fmt: skip
BODIES = {
    "notices:supervision_new": lambda w, t: _visit(w, t.party),
    "notices:supervision_edit": lambda w, t: {
        **_visit(w, t.party),
        "units": [w.units[unit].pk for unit in t.parts],
    },
    "notices:supervision_step": lambda w, t: {**STEP, "unit": w.units[t.lead].pk},
    "notices:finding_step": lambda w, t: STEP,
    "notices:finding_task": lambda w, t: {"text": "建立制度", "issue": _issue(t)},
    "api:supervision-carry-out": lambda w, t: STEP,
    "api:supervision-call-off": lambda w, t: STEP,
    "api:finding-hand": lambda w, t: STEP,
    "api:finding-reply": lambda w, t: STEP,
    "api:finding-judge": lambda w, t: {"accepted": True},
    "api:finding-link": lambda w, t: {"tasks": []},
    "api:finding-task": lambda w, t: {"text": "建立制度", "issue": _issue(t)},
    "api:finding-void": lambda w, t: STEP,
}


def build(world: Any) -> None:
    for county in ("a", "b", "c"):
        notice = next(n for n in world.things["notice"] if (n.party, n.stage) == (county, "running"))
        done = _visit_of(world, notice, f"{county}1", "done")
        _visit_of(world, notice, f"{county}1", "planned")
        for state in ("recorded", "handed", "replied", "accepted"):
            _finding(world, done, state)
    _finding(world, done := _visit_of(world, notice_of(world, "a"), "ah", "done"), "handed", unstaffed=True)
    _finding(world, done, "replied", unstaffed=True, applicant="a_office2")
    _visit_of(world, notice_of(world, "a"), "a2", "called_off")
    old = next(n for n in world.things["notice"] if n.stage == "archived")
    past = _visit_of(world, old, "a1", "done")
    _finding(world, past, "handed")


def notice_of(world: Any, county: str) -> Thing:
    return next(n for n in world.things["notice"] if (n.party, n.stage) == (county, "running"))


def _visit_of(world: Any, notice: Thing, unit: str, state: str) -> Thing:
    by, at, today = (
        world.users[f"{notice.party}_supervisor" if notice.party != "c" else "c_office"],
        timezone.now(),
        timezone.localdate(),
    )
    row = Supervision.objects.create(
        notice_id=notice.pk, title="待填", state=state, planned_on=today, held_on=today if state == "done" else None,
        methods="talk,site", team="待填", called_off_why="待填" if state == "called_off" else "", by=by, by_name=by.name,
        at=at,
    )  # fmt: skip
    row.units.set([world.units[unit]])
    told = word("r", row.pk)
    kept = {name: f"{told}{name}" for name in ("title", "team", "purpose")}
    thing = Thing(
        kind="supervision", pk=row.pk, party=notice.party, state=state, stage=notice.stage, lead=unit,
        parts=frozenset({unit}),
    )  # fmt: skip
    world.add(thing)
    if state == "called_off":
        kept["called_off_why"] = told
    Supervision.objects.filter(pk=row.pk).update(**kept)
    if state == "done":
        file = _file(row, by, None)
        secret = word("E", file.pk)
        SupervisionFile.objects.filter(pk=file.pk).update(name=f"{secret}.txt")
        Supervision.objects.filter(pk=row.pk).update(summary=f"{secret}情况")
        world.add(replace(thing, kind="visit_file", pk=file.pk, state="visit"))
        _picture(world, thing, row, by, None)
    return thing


def _file(row: Supervision, by: Any, finding: Finding | None) -> SupervisionFile:
    content = b"access"
    stored_as = f"access-visit-{row.pk}-{finding.pk if finding else 0}.txt"
    (store_path() / stored_as).write_bytes(content)
    return SupervisionFile.objects.create(
        supervision=row, finding=finding, name="待填.txt", stored_as=stored_as, kind="txt", size=6,
        sha256=hashlib.sha256(content).hexdigest(), by=by, by_name=by.name, at=timezone.now(),
    )  # fmt: skip


def _picture(world: Any, thing: Thing, row: Supervision, by: Any, finding: Finding | None) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, "PNG")
    content, stored_as = drawn.getvalue(), "access-visit-picture.png"
    (store_path() / stored_as).write_bytes(content)
    file = SupervisionFile.objects.create(
        supervision=row, finding=finding, name="待填.png", stored_as=stored_as, kind="png", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), by=by, by_name=by.name, at=timezone.now(),
    )  # fmt: skip
    SupervisionFile.objects.filter(pk=file.pk).update(name=f"{word('Q', file.pk)}.png")
    world.add(replace(thing, kind="visit_picture", pk=file.pk, state="finding" if finding else "visit"))


def _finding(world: Any, visit: Thing, state: str, *, unstaffed: bool = False, applicant: str = "") -> Thing:
    row = Supervision.objects.get(pk=visit.pk)
    by, at = row.by, timezone.now()
    handed = {"handed_at": at, "handed_name": by.name, "reply_by": timezone.localdate() - DAY}
    made = Finding.objects.create(
        supervision=row, notice_id=row.notice_id, position=row.findings.count() + 1, unit=world.units[visit.lead],
        text="待填", state=state, by=by, by_name=by.name, at=at, **(handed if state != "recorded" else {}),
    )  # fmt: skip
    told = word("z", made.pk)
    Finding.objects.filter(pk=made.pk).update(text=f"{told}发现")
    task = Task.objects.filter(notice=row.notice_id, lead_unit=world.units[visit.lead]).first()
    made.tasks.set([task] if task else [])
    if state in ("replied", "accepted"):
        author = world.users[applicant] if applicant else world.users.get(f"{visit.lead}_staff", by)
        FindingReply.objects.create(
            finding=made, text=f"{told}回复", by=author, by_name=author.name, at=at,
            accepted=True if state == "accepted" else None, judged_at=at if state == "accepted" else None,
        )  # fmt: skip
    thing = replace(visit, kind="finding", pk=made.pk, state=state, unstaffed=unstaffed, applicant=applicant)
    world.add(thing)
    if state == "handed":
        file = _file(row, by, made)
        SupervisionFile.objects.filter(pk=file.pk).update(name=f"{word('E', file.pk)}.txt")
        world.add(replace(thing, kind="visit_file", pk=file.pk, state="finding"))
        _picture(world, thing, row, by, made)
    return thing
