"""批示: given by a leader (or by the office in a leader's name) to a unit, read, replied to, ended."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db import transaction

from accounts import audit
from accounts.access import has, people_with, units_with
from accounts.models import Unit, User
from accounts.roles import Can, Role
from notices.domain import inbox
from notices.domain.batch import Batch
from notices.errors import Missing, Refused
from notices.models import Directive, DirectiveReceipt, DirectiveReply, Issue, Task
from notices.terms import LIVE_STAGES, DirectiveEnd, MessageKind, Stage, State

Answer = str | None


@dataclass(frozen=True)
class Words:
    """What is asked. `people`: for whom in the unit; empty for everybody who works there. `leader_name` is only read
    when the office writes in a leader's name."""

    text: str
    reply_by: dt.date | None = None
    leader_name: str = ""
    people: Iterable[int] = field(default_factory=tuple)


def giver(user: User, subject: Task | Issue) -> Answer:
    """May this person give a directive on it? The office, leaders over the party, the subject's leader; on a task
    also leaders over its lead unit."""
    if subject.notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能批示。"
    if isinstance(subject, Task) and subject.state in (State.DRAFT, State.CANCELLED):
        return f"任务处于“{State(subject.state).label}”，分派后才能批示。"
    if has(user, Can.NUDGE, subject.notice.unit_id):
        return None
    if isinstance(subject, Task) and has(user, Can.NUDGE, subject.lead_unit_id):
        return None
    if user.pk == subject.leader_id and units_with(user, Can.NUDGE):
        return None
    return "只有责任领导和整改办可以登记批示。"


def units_of(subject: Task | Issue) -> list[Unit]:
    """Whom a directive may go to: the lead unit of the task, the lead units of the issue's tasks."""
    if isinstance(subject, Task):
        return [subject.lead_unit] if subject.lead_unit else []
    led = subject.tasks.exclude(state__in=(State.DRAFT, State.CANCELLED)).values("lead_unit")
    return list(Unit.objects.without_tree_fields().filter(pk__in=led).by_position())


def people_of(unit: int) -> list[User]:
    """Who works in the unit; when nobody does, its head, also one above."""
    own = [u for r in (Role.STAFF, Role.HEAD) for u in people_with(r, unit, above=False)]
    return list({u.pk: u for u in own or people_with(Role.HEAD, unit)}.values())


@transaction.atomic
def give(
    subject: Task | Issue, words: Words, *, unit: Unit, by: User, at: dt.datetime, today: dt.date
) -> Directive:
    """1. may this person, is it said, is the day to come; 2. rows; 3. messages; 4. the event."""
    why_not = giver(by, subject)
    if why_not:
        raise Refused(why_not)
    if unit.pk not in {u.pk for u in units_of(subject)}:
        raise Missing({"unit": "承办单位应为牵头单位，请从列表中选择。"})
    leader, name = _in_whose_name(by, subject, words)
    if not words.text.strip():
        raise Missing({"text": "请填写批示内容。"})
    if words.reply_by is not None and words.reply_by < today:
        raise Missing({"reply_by": "回复时限不能早于今天。"})
    task = subject if isinstance(subject, Task) else None
    row = Directive(
        notice_id=subject.notice_id,
        task=task,
        issue=subject if isinstance(subject, Issue) else None,
        unit=unit,
        leader=leader,
        leader_name=name,
        text=words.text.strip(),
        reply_by=words.reply_by,
        by=by,
        by_name=by.name,
        unit_name=audit.unit_name_of(by),
        on_behalf=leader is None or leader.pk != by.pk,
        at=at,
    )
    row.save(force_insert=True)
    _address(row, set(words.people), subject.number, at=at)
    act = audit.Act("directive.give", "directive", row.pk, row.notice_id, data=_told(row))
    audit.record(act, by=by, at=at)
    return row


@transaction.atomic
def give_many(
    orders: Iterable[tuple[Task, dt.date | None]], words: Words, *, by: User, at: dt.datetime, today: dt.date
) -> Batch[Directive]:
    """The same words on several tasks, each with its own day to reply by; one refusal does not stop the others."""
    batch: Batch[Directive] = Batch()
    for task, reply_by in orders:
        units = units_of(task)
        try:
            own = replace(words, reply_by=reply_by)
            row = give(task, own, unit=units[0] if units else task.notice.unit, by=by, at=at, today=today)
        except Refused as why:
            batch.left.append((task, why))
        else:
            batch.made.append((task, row))
    return batch


def names_the_leader(user: User, subject: Task | Issue) -> bool:
    """The office writes in a leader's name and has to say whose; a leader gives in the own."""
    return has(user, Can.PLAN, subject.notice.unit_id)


def _told(row: Directive) -> dict[str, object]:
    day = row.reply_by.isoformat() if row.reply_by else None
    return {
        "task": row.task_id,
        "issue": row.issue_id,
        "unit": row.unit_id,
        "text": row.text,
        "reply_by": day,
    }


def _in_whose_name(by: User, subject: Task | Issue, words: Words) -> tuple[User | None, str]:
    """The leader's account when there is one, and the name; the office must name somebody."""
    if not names_the_leader(by, subject):
        return by, by.name
    name = words.leader_name.strip()
    if not name:
        raise Missing({"leader_name": "请填写作出批示的领导姓名。"})
    line = [u.pk for u in units_of(subject)] + [subject.notice.unit_id]
    leaders = {u.pk: u for unit in line for u in people_with(Role.LEADER, unit) if u.name == name}
    return (next(iter(leaders.values())) if len(leaders) == 1 else None), name


def _address(row: Directive, chosen: set[int], number: str, *, at: dt.datetime) -> None:
    everybody = people_of(row.unit_id)
    people = [u for u in everybody if u.pk in chosen] or everybody
    DirectiveReceipt.objects.bulk_create(
        [DirectiveReceipt(directive=row, user=u, name=u.name) for u in people]
    )
    until = f"请于 {row.reply_by:%Y-%m-%d} 前回复。" if row.reply_by else "请阅办。"
    body = f"{row.leader_name}批示：{row.text}\n{until}"
    inbox.tell(people, MessageKind.DIRECTIVE, f"{number} 有新的批示", body=body, task=row.task, at=at)


def replier(user: User, row: Directive) -> Answer:
    """May this person reply now, or sign as having read it? The unit; the office for a unit without accounts."""
    if row.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if row.ended_at is not None:
        return "该批示已经办结或撤回，不再回复。"
    if has(user, Can.WORK, row.unit_id):
        return None
    if has(user, Can.PLAN, row.notice.unit_id) and not people_of_itself(row.unit_id):
        return None
    return "只有承办单位的经办人、负责人可以回复批示。"


def people_of_itself(unit: int) -> list[User]:
    """Who works in the unit itself."""
    return [u for r in (Role.STAFF, Role.HEAD) for u in people_with(r, unit, above=False)]


@transaction.atomic
def reply(row: Directive, *, text: str, by: User, at: dt.datetime) -> DirectiveReply:
    """A reply; the first one stops the clock. Who replies has read it."""
    locked = Directive.objects.select_for_update(of=("self",)).select_related("notice").get(pk=row.pk)
    why_not = replier(by, locked)
    if why_not:
        raise Refused(why_not)
    if not text.strip():
        raise Missing({"text": "请填写回复内容。"})
    made = DirectiveReply(
        directive=locked, text=text.strip(), by=by, by_name=by.name, unit_name=audit.unit_name_of(by), at=at
    )
    made.save(force_insert=True)
    Directive.objects.filter(pk=row.pk, replied_at=None).update(replied_at=at)
    _sign(locked, by=by, at=at)
    people = [u for u in (locked.leader, locked.by) if u is not None and u.is_active and u.pk != by.pk]
    title = f"{made.unit_name}已回复批示"
    inbox.tell(people, MessageKind.DIRECTIVE, title, body=made.text, task=locked.task, at=at)
    audit.record(
        audit.Act("directive.reply", "directive", row.pk, row.notice_id, data={"text": made.text}),
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def mark_read(row: Directive, *, by: User, at: dt.datetime) -> bool:
    """已阅. False when it was signed before."""
    locked = Directive.objects.select_for_update(of=("self",)).select_related("notice").get(pk=row.pk)
    why_not = replier(by, locked)
    if why_not:
        raise Refused(why_not)
    if not _sign(locked, by=by, at=at):
        return False
    audit.record(audit.Act("directive.read", "directive", row.pk, row.notice_id), by=by, at=at)
    return True


def _sign(row: Directive, *, by: User, at: dt.datetime) -> bool:
    receipt, _ = DirectiveReceipt.objects.get_or_create(directive=row, user=by, defaults={"name": by.name})
    return bool(DirectiveReceipt.objects.filter(pk=receipt.pk, read_at=None).update(read_at=at))


def ender(user: User, row: Directive) -> Answer:
    if row.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if row.ended_at is not None:
        return "该批示已经办结或撤回。"
    if user.pk in (row.leader_id, row.by_id) or has(user, Can.PLAN, row.notice.unit_id):
        return None
    return "只有作出批示的领导和整改办可以办结或撤回批示。"


@transaction.atomic
def end(row: Directive, how: DirectiveEnd, *, why: str, by: User, at: dt.datetime) -> None:
    """Finish it, or stop it with a reason; both tell the unit."""
    locked = Directive.objects.select_for_update(of=("self",)).select_related("notice").get(pk=row.pk)
    why_not = ender(by, locked)
    if why_not:
        raise Refused(why_not)
    if how == DirectiveEnd.STOPPED and not why.strip():
        raise Missing({"why": "请写明撤回批示的原因。"})
    kept = {"ended_at": at, "ended_how": how, "ended_why": why.strip(), "ended_name": by.name}
    Directive.objects.filter(pk=row.pk).update(**kept)
    people = [r.user for r in locked.receipts.select_related("user") if r.user.is_active]
    title = f"批示已{how.label}"
    body = f"{locked.text[:120]}\n{why.strip()}".strip()
    inbox.tell(people, MessageKind.DIRECTIVE, title, body=body, task=locked.task, at=at)
    act = audit.Act(
        "directive.end", "directive", row.pk, row.notice_id, data={"how": how.value, "why": why.strip()}
    )
    audit.record(act, by=by, at=at)
