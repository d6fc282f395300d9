"""函件: drafted from figures, reviewed, issued with a number, signed for, answered, withdrawn.

告诫书 and 问责建议 take two persons: whoever wrote the words in force does not issue them. A number is given in the
transaction of the issue from a locked counter row, so there is no gap and no double.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.access import has, people_with
from accounts.models import Unit, User
from accounts.roles import Can, Role
from notices.domain import inbox
from notices.domain.papers import figures_of, letter_bytes
from notices.errors import Missing, Refused, Stale
from notices.models import Letter, LetterCounter, LetterFile, LetterReply, Notice, Task
from notices.report import letter as words
from notices.report.letter import Draft
from notices.terms import LIVE_STAGES, LetterKind, LetterState, MessageKind, Stage, State

TWO_STEP = (LetterKind.ADMONITION, LetterKind.ACCOUNTABILITY)
REPLY_DAYS = {"reminder": 7, "order": 5, "admonition": 3, "accountability": 10}  # proposed, calendar days
Answer = str | None


@dataclass(frozen=True)
class Content:
    """What the office may change while a letter is a draft."""

    title: str
    text: str
    signature: str
    reply_by: dt.date | None


def office(user: User, notice: Notice) -> Answer:
    if notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能办理函件。"
    return None if has(user, Can.PLAN, notice.unit_id) else "只有整改办可以办理函件。"


def issuer(user: User, letter: Letter) -> Answer:
    """May this person issue the draft? Not its writer, when two persons are needed."""
    why_not = office(user, letter.notice)
    if why_not or letter.state != LetterState.DRAFT:
        return why_not or "这份函件不是待签发的拟稿。"
    if letter.kind in TWO_STEP and user.pk == letter.drafted_by_id:
        label = LetterKind(letter.kind).label
        return f"{label}须由两人办理：拟稿人不能签发自己写的{label}，请整改办其他人员签发。"
    return None


def answerer(user: User, letter: Letter) -> Answer:
    """May this person sign for the letter and reply? A head over the unit; the office where the unit has none."""
    if letter.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if letter.state != LetterState.ISSUED:
        return "这份函件没有签发或已经撤回，不用签收和回复。"
    if has(user, Can.APPROVE, letter.unit_id):
        return None
    if has(user, Can.PLAN, letter.notice.unit_id) and not people_with(Role.HEAD, letter.unit_id):
        return None
    return "只有主送单位的负责人可以签收和回复。"


def addressable(notice: Notice) -> list[Unit]:
    """Units that lead a task of the notice."""
    led = Task.objects.filter(notice=notice, lead_unit__isnull=False).exclude(state=State.CANCELLED)
    units = Unit.objects.without_tree_fields().filter(pk__in=led.order_by().values("lead_unit"))
    return list(units.by_position())


def propose(
    notice: Notice, kind: LetterKind, tasks: list[Task], *, reply_by: dt.date, today: dt.date
) -> Draft:
    """The words of the template with the figures of these tasks (issues joined)."""
    figures = [figures_of(t, today=today) for t in tasks]
    return words.draft(kind, notice.title, figures, reply_by=reply_by)


def signature_of(notice: Notice) -> str:
    return f"{notice.unit.name}整改办"


@transaction.atomic
def begin(
    notice: Notice,
    kind: LetterKind,
    *,
    unit: Unit,
    tasks: Iterable[Task],
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> Letter:
    """A draft with proposed words about tasks the unit leads. Nothing is sent."""
    why_not = office(by, notice)
    if why_not:
        raise Refused(why_not)
    ids = {t.pk for t in tasks}
    own = notice.tasks.filter(pk__in=ids, lead_unit=unit).exclude(state__in=(State.DRAFT, State.CANCELLED))
    found = list(own.select_related("issue").in_order())
    if not found or len(found) != len(ids):
        raise Missing({"tasks": f"请勾选由{unit.name}牵头的任务，至少一项。"})
    reply_by = today + dt.timedelta(days=REPLY_DAYS[kind])
    proposed = propose(notice, kind, found, reply_by=reply_by, today=today)
    row = Letter(
        notice=notice,
        party_id=notice.unit_id,
        kind=kind,
        unit=unit,
        title=proposed.title,
        text=proposed.text,
        signature=signature_of(notice),
        reply_by=reply_by,
        drafted_by=by,
        drafted_name=by.name,
        drafted_at=at,
    )
    row.save(force_insert=True)
    row.tasks.set(found)
    data = {"kind": kind.value, "unit": unit.pk, "tasks": [t.number for t in found]}
    audit.record(audit.Act("letter.draft", "letter", row.pk, notice.pk, data=data), by=by, at=at)
    return row


def _locked(letter: Letter) -> Letter:
    rows = Letter.objects.select_for_update(of=("self",)).select_related("notice__unit", "unit")
    return rows.get(pk=letter.pk)


def _same(letter: Letter, row: Letter) -> None:
    if row.version != letter.version:
        raise Stale("这份函件已被他人修改，请刷新页面，核对后再操作。您填写的内容仍保留在下面。")


@transaction.atomic
def revise(letter: Letter, content: Content, *, by: User, at: dt.datetime, today: dt.date) -> None:
    """Change a draft; whoever does becomes its writer. `letter.version` is that of the page."""
    row = _locked(letter)
    why_not = office(by, row.notice)
    if why_not:
        raise Refused(why_not)
    if row.state != LetterState.DRAFT:
        raise Refused("函件已经签发，内容不能再改。确有错误的，请撤回后另行拟稿。")
    _same(letter, row)
    _check(content, today=today)
    values = {
        "title": content.title.strip(),
        "text": content.text.strip(),
        "signature": content.signature.strip(),
        "reply_by": content.reply_by,
    }
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not changed:
        return
    before = {name: str(getattr(row, name) or "") for name in changed}
    after = {name: str(value or "") for name, value in changed.items()}
    writer = {"drafted_by": by, "drafted_name": by.name, "drafted_at": at}
    Letter.objects.filter(pk=row.pk).update(**changed, **writer, version=F("version") + 1)
    act = audit.Act("letter.revise", "letter", row.pk, row.notice_id, data={"old": before, "new": after})
    audit.record(act, by=by, at=at)


def _check(content: Content, *, today: dt.date) -> None:
    lacking = {
        "title": "请填写标题。" if not content.title.strip() else "",
        "text": "请填写正文。" if not content.text.strip() else "",
        "signature": "请填写署名。" if not content.signature.strip() else "",
        "reply_by": "回复时限不能早于今天。" if content.reply_by and content.reply_by < today else "",
    }
    if any(lacking.values()):
        raise Missing({name: sentence for name, sentence in lacking.items() if sentence})


@transaction.atomic
def drop(letter: Letter, *, by: User, at: dt.datetime) -> None:
    """Give a draft up; it never had a number."""
    row = _locked(letter)
    why_not = office(by, row.notice)
    if why_not or row.state != LetterState.DRAFT:
        raise Refused(why_not or "只有拟稿可以弃稿；已签发的请撤回。")
    Letter.objects.filter(pk=row.pk).update(state=LetterState.DROPPED, version=F("version") + 1)
    audit.record(audit.Act("letter.drop", "letter", row.pk, row.notice_id), by=by, at=at)


@transaction.atomic
def issue(letter: Letter, *, by: User, at: dt.datetime, today: dt.date) -> Letter:
    """1. lock, rights, version; 2. the words once more; 3. the number; 4. the file frozen; 5. messages; 6. the event."""
    row = _locked(letter)
    why_not = issuer(by, row)
    if why_not:
        raise Refused(why_not)
    _same(letter, row)
    _check(Content(row.title, row.text, row.signature, row.reply_by), today=today)
    row.year, row.number = today.year, _next_number(row.party_id, row.kind, today.year)
    tasks = list(Task.objects.filter(letters=row).select_related("issue").in_order())
    content = letter_bytes(row, tasks, number=row.name, today=today)
    digest = hashlib.sha256(content).hexdigest()
    Letter.objects.filter(pk=row.pk).update(
        state=LetterState.ISSUED, year=row.year, number=row.number, issued_by=by, issued_name=by.name, issued_at=at,
        version=F("version") + 1,
    )  # fmt: skip
    LetterFile(letter=row, content=content, sha256=digest).save(force_insert=True)
    until = f"请于 {row.reply_by:%Y-%m-%d} 前回复。" if row.reply_by else ""
    body = f"{row.title}\n请在“函件”中签收。{until}"
    people = people_with(Role.HEAD, row.unit_id)
    inbox.tell(people, MessageKind.LETTER, f"收到{row.name}", body=body, task=tasks[0], at=at)
    data = {"name": row.name, "unit": row.unit_id, "sha256": digest, "drafted_by": row.drafted_by_id}
    audit.record(audit.Act("letter.issue", "letter", row.pk, row.notice_id, data=data), by=by, at=at)
    return Letter.objects.get(pk=row.pk)


def _next_number(party: int, kind: str, year: int) -> int:
    """The counter row is locked until the issue is committed or taken back."""
    LetterCounter.objects.get_or_create(party_id=party, kind=kind, year=year)
    counter = LetterCounter.objects.select_for_update().get(party_id=party, kind=kind, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


@transaction.atomic
def withdraw(letter: Letter, *, why: str, by: User, at: dt.datetime) -> None:
    """Take an issued letter back, with a reason; its number stays used."""
    row = _locked(letter)
    why_not = office(by, row.notice)
    if why_not or row.state != LetterState.ISSUED:
        raise Refused(why_not or "只有已签发的函件可以撤回。")
    if not why.strip():
        raise Missing({"why": "请写明撤回的原因。"})
    kept = {"withdrawn_at": at, "withdrawn_why": why.strip()[:300], "withdrawn_name": by.name}
    Letter.objects.filter(pk=row.pk).update(state=LetterState.WITHDRAWN, version=F("version") + 1, **kept)
    people = people_with(Role.HEAD, row.unit_id)
    body = f"原因：{why.strip()}"
    inbox.tell(people, MessageKind.LETTER, f"{row.name}已撤回", body=body, task=row.tasks.first(), at=at)
    act = audit.Act("letter.withdraw", "letter", row.pk, row.notice_id, data={"why": why.strip()})
    audit.record(act, by=by, at=at)


@transaction.atomic
def receive(letter: Letter, *, by: User, at: dt.datetime) -> bool:
    """签收. False when it was signed for before."""
    row = _locked(letter)
    why_not = answerer(by, row)
    if why_not:
        raise Refused(why_not)
    if not _sign(row, by=by, at=at):
        return False
    audit.record(audit.Act("letter.receive", "letter", row.pk, row.notice_id), by=by, at=at)
    return True


def _sign(row: Letter, *, by: User, at: dt.datetime) -> bool:
    signed = {"received_at": at, "received_name": by.name}
    return bool(Letter.objects.filter(pk=row.pk, received_at=None).update(**signed))


@transaction.atomic
def reply(letter: Letter, *, text: str, by: User, at: dt.datetime) -> LetterReply:
    """The unit's answer; the first one stops the clock. Who replies has signed for it."""
    row = _locked(letter)
    why_not = answerer(by, row)
    if why_not:
        raise Refused(why_not)
    if not text.strip():
        raise Missing({"text": "请填写回复内容。"})
    made = LetterReply(
        letter=row,
        text=text.strip(),
        by=by,
        by_name=by.name,
        unit_name=audit.unit_name_of(by),
        on_behalf=not has(by, Can.APPROVE, row.unit_id),
        at=at,
    )
    made.save(force_insert=True)
    _sign(row, by=by, at=at)
    Letter.objects.filter(pk=row.pk, replied_at=None).update(replied_at=at)
    office_people = people_with(Role.OFFICE, row.party_id)
    title = f"{row.unit.label}已回复{row.name}"
    inbox.tell(office_people, MessageKind.LETTER, title, body=made.text, task=row.tasks.first(), at=at)
    act = audit.Act("letter.reply", "letter", row.pk, row.notice_id, data={"text": made.text})
    audit.record(act, by=by, at=at)
    return made
