"""Directives, letters in every state, a template, a talk with its file, and the feed of somebody who sees nothing."""

import datetime as dt
import hashlib
from typing import Any

from django.utils import timezone

from notices.domain.evidence import store_path
from notices.domain.feeds import hashed
from notices.models import (
    CalendarFeed,
    Directive,
    DirectiveReply,
    Letter,
    LetterFile,
    LetterReply,
    Notice,
    PaperTemplate,
    Rebuke,
    Task,
)
from notices.report.document import Document, Paragraph
from notices.report.word import write
from tests.access import Thing

LETTERS = {"q": "letter", "y": "directive", "h": "rebuke", "g": "template"}
SAID = {"text": "已经研究落实", "why": "内容有误", "title": "改过的标题", "signature": "某县整改办"}


def _direct(world: Any, thing: Thing) -> dict[str, Any]:
    lead = thing.lead or next((t.lead for t in thing.tasks if t.state not in ("draft", "cancelled")), "")
    unit = world.units[lead].pk if lead else ""
    return {"text": "请抓紧办理", "leader_name": "某领导", "unit": unit}


BODIES = {
    "notices:task_direct": _direct,
    "notices:issue_direct": _direct,
    "notices:directive_step": lambda w, t: SAID,
    "notices:letter_step": lambda w, t: {**SAID, "version": Letter.objects.get(pk=t.pk).version},
    "notices:rebuke_void": lambda w, t: {"why": "登记有误"},
    "api:directive-end": lambda w, t: {"how": "finished"},
    "api:rebuke-void": lambda w, t: {"why": "登记有误"},
    "api:directive-reply": lambda w, t: {"text": "已经研究落实"},
    "api:letter-detail": lambda w, t: {"title": "改过的标题"},
    "api:letter-withdraw": lambda w, t: {"why": "内容有误"},
    "api:letter-reply": lambda w, t: {"text": "已经研究落实"},
}


def word(kind: str, pk: int) -> str:
    return f"zk{kind}{pk}k"


def build(world: Any) -> None:
    """About the first active task of each county, one of an archived notice and one of a unit without accounts."""
    CalendarFeed.objects.create(
        user=world.users["nobody"], token_hash=hashed("access-world-feed"), created_at=timezone.now()
    )
    for county in ("a", "b", "c"):
        task = world.task(party=county, lead=f"{county}1", state="active")
        _directive(world, task, owner=f"{county}_office")
        _letters(world, task)
        _rebuke(world, task)
        _template(world, county)
    task = world.task(party="a", lead="a1", state="active")
    _directive(world, task, owner="a1_leader", ended=True)
    _directive(world, task, owner="a_office", issue=True)
    alone = world.task(party="a", lead="ah", state="active")
    _directive(world, alone, owner="a_leader")
    _letter(world, alone, "issued", "reminder", unstaffed=True)
    old = next(t for t in world.things["task"] if t.stage == "archived" and t.state == "active")
    _directive(world, old, owner="a_office")
    _letter(world, old, "issued", "order")


def _directive(world: Any, task: Thing, *, owner: str, ended: bool = False, issue: bool = False) -> None:
    row, by, at = Task.objects.get(pk=task.pk), world.users[owner], timezone.now()
    made = Directive.objects.create(
        notice=row.notice, task=None if issue else row, issue=row.issue if issue else None, unit=world.units[task.lead],
        leader=by, leader_name=by.name, text="待填", by=by, by_name=by.name, at=at,
        reply_by=timezone.localdate() - dt.timedelta(days=1), ended_at=at if ended else None,
        ended_how="finished" if ended else "",
    )  # fmt: skip
    told = word("y", made.pk)
    Directive.objects.filter(pk=made.pk).update(text=f"{told}批示", ended_why=f"{told}办结")
    DirectiveReply.objects.create(directive=made, text=f"{told}回复", by=by, by_name=by.name, at=at)
    inside = next(i for i in world.things["issue"] if i.pk == row.issue_id).tasks if issue else (task,)
    world.add(
        Thing(
            kind="directive", pk=made.pk, party=task.party, stage=task.stage, lead=task.lead, owner=owner,
            confirmed=ended, unstaffed=task.unstaffed, tasks=tuple(inside),
        )
    )  # fmt: skip


def _letters(world: Any, task: Thing) -> None:
    for state, kind in (("draft", "reminder"), ("draft", "admonition"), ("issued", "order")):
        _letter(world, task, state, kind)
    if task.party == "a":
        _letter(world, task, "withdrawn", "reminder")


def _letter(world: Any, task: Thing, state: str, kind: str, *, unstaffed: bool = False) -> None:
    notice, by = Notice.objects.get(tasks=task.pk), world.users[f"{task.party}_office"]
    at = timezone.now()
    sent = {}
    if state in ("issued", "withdrawn"):
        number = Letter.objects.filter(party=notice.unit, kind=kind, number__isnull=False).count() + 1000
        sent = {"year": at.year, "number": number, "issued_by": by, "issued_name": by.name, "issued_at": at}
    if state == "withdrawn":
        sent |= {"withdrawn_at": at, "withdrawn_why": "待填", "withdrawn_name": by.name}
    made = Letter.objects.create(
        notice=notice, party=notice.unit, kind=kind, state=state, unit=world.units[task.lead], title="待填", text="待填",
        signature="整改办", reply_by=timezone.localdate() + dt.timedelta(days=3), drafted_by=by, drafted_name=by.name,
        drafted_at=at, **sent,
    )  # fmt: skip
    made.tasks.add(task.pk)
    told = word("q", made.pk)
    Letter.objects.filter(pk=made.pk).update(title=f"{told}标题", text=f"{told}正文", signature=f"{told}署名")
    LetterReply.objects.create(letter=made, text=f"{told}回复", by=by, by_name=by.name, at=at)
    if sent:
        content = write(Document(f"{told}标题", (Paragraph(f"{told}正文"),)))
        LetterFile.objects.create(letter=made, content=content, sha256=hashlib.sha256(content).hexdigest())
    world.add(
        Thing(
            kind="letter", pk=made.pk, party=task.party, stage=task.stage, state=state, lead=task.lead,
            applicant=f"{task.party}_office" if kind == "admonition" else "", unstaffed=unstaffed, tasks=(task,),
        )
    )  # fmt: skip


def _template(world: Any, county: str) -> None:
    content = write(Document("〔标题〕"))
    made = PaperTemplate.objects.create(
        unit=world.units[county], kind="closing", name="待填", content=content, sha256="0" * 64, by_name="某人",
        at=timezone.now(),
    )  # fmt: skip
    PaperTemplate.objects.filter(pk=made.pk).update(name=f"{word('g', made.pk)}.docx")
    world.add(Thing(kind="template", pk=made.pk, party=county))


def _rebuke(world: Any, task: Thing) -> None:
    notice, by = Notice.objects.get(tasks=task.pk), world.users[f"{task.party}_office"]
    made = Rebuke.objects.create(
        notice=notice, kind="talk", held_on=timezone.localdate(), unit=world.units[task.lead], held_by="待填",
        reason="待填", by=by, by_name=by.name, at=timezone.now(),
    )  # fmt: skip
    made.tasks.add(task.pk)
    told, content = word("h", made.pk), f"{word('h', made.pk)}记录".encode()
    stored_as = f"access-rebuke-{made.pk}.txt"
    (store_path() / stored_as).write_bytes(content)
    Rebuke.objects.filter(pk=made.pk).update(
        person=f"{told}对象", held_by=f"{told}实施人", reason=f"{told}事由", outcome=f"{told}结果",
        file_name=f"{told}.txt", stored_as=stored_as, file_kind="txt", sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    world.add(
        Thing(kind="rebuke", pk=made.pk, party=task.party, stage=task.stage, lead=task.lead, tasks=(task,))
    )
