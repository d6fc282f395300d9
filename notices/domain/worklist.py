"""What waits for a person, as narrowed lists of tasks; and what that person may do with each row of a list.

A list of the home page and the list behind its "all" link are the same queryset, so their numbers agree.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Q, Subquery

from accounts.access import holds, reach, same_person
from accounts.models import Membership, User
from accounts.roles import Can, Role
from notices.domain import extensions, permissions
from notices.models import Task, TaskQuerySet, TaskUnit, Transition
from notices.terms import LIVE_STAGES, Light, Stage, State

Narrow = Callable[[TaskQuerySet, User, dt.date], TaskQuerySet]


@dataclass(frozen=True)
class Todo:
    """One kind of waiting work. `act` is the word on its button, `can` the capability it takes (None: anybody)."""

    label: str
    hint: str
    act: str
    narrow: Narrow
    can: Can | None = None
    tone: str = ""


def monday(today: dt.date) -> dt.date:
    return today - dt.timedelta(days=today.weekday())


def _led(user: User, can: Can) -> Q:
    return Q(lead_unit__in=reach(user, can))


def _to_accept(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    return tasks.filter(_led(user, Can.WORK), state=State.PENDING)


def _returned(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    """Active tasks whose newest step is a return."""
    return (
        _with_last_step(tasks).filter(_led(user, Can.WORK), state=State.ACTIVE).filter(Q(last_step="return"))
    )


def _to_update(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    """Active tasks of the person's units without a report since Monday."""
    silent = Q(latest_at=None) | Q(latest_at__date__lt=monday(today))
    return tasks.filter(silent, state=State.ACTIVE).under(sorted(reach(user, Can.WORK)))


def _to_approve(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    """Submitted tasks, without the person's own claims unless nobody else works in that unit (单人单位)."""
    waiting = tasks.filter(_led(user, Can.APPROVE), state=State.SUBMITTED)
    own = [
        t.pk
        for t in waiting.filter(applicant__in=same_person(user))
        if not permissions.is_one_person_unit(t, user)
    ]
    return waiting.exclude(pk__in=own)


def _to_verify(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    mine = Q(notice__unit__in=reach(user, Can.VERIFY)) | Q(parent__lead_unit__in=reach(user, Can.APPROVE))
    same = same_person(user)
    waiting = tasks.filter(mine, state=State.VERIFYING)
    return waiting.exclude(applicant__in=same).exclude(approver__in=same)


def _to_extend(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    """Tasks with a request for more time this person decides on."""
    return tasks.filter(pk__in=extensions.to_decide(user).values("task"))


def _to_review(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    """Sustained tasks whose review day has come."""
    return tasks.filter(notice__unit__in=reach(user, Can.VERIFY), notice__stage__in=LIVE_STAGES).review_due(
        today=today
    )


def _to_assign(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    return tasks.filter(notice__unit__in=reach(user, Can.PLAN), state=State.DRAFT)


def _overdue(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    return tasks.with_light(today=today).filter(Q(light=Light.RED), is_open=True)


def _due_soon(tasks: TaskQuerySet, user: User, today: dt.date) -> TaskQuerySet:
    return tasks.with_light(today=today).filter(Q(light=Light.YELLOW), is_open=True)


TODOS: Mapping[str, Todo] = {
    "accept": Todo("待签收", "已分派到本单位，尚未签收", "签收", _to_accept, Can.WORK),
    "returned": Todo("被退回", "销号申请被退回，须继续整改", "继续填报", _returned, Can.WORK, "red"),
    "overdue": Todo("已超期", "超过完成时限，尚未销号", "查看", _overdue, None, "red"),
    "due": Todo("将到期", "亮黄灯，临近完成时限", "查看", _due_soon, None, "yellow"),
    "update": Todo("待更新", "本周尚未填报进展", "填报", _to_update, Can.WORK),
    "approve": Todo("待我审核", "本单位已申请销号，等待负责人审核", "审核", _to_approve, Can.APPROVE),
    "verify": Todo("待我验收", "单位已审核通过，等待验收销号", "验收", _to_verify),
    "extension": Todo("待审延期", "单位申请延期，等待您审批", "审批", _to_extend),
    "review": Todo("待复查", "长期坚持的任务到了复查日期", "复查", _to_review, Can.VERIFY),
    "assign": Todo("未分派", "没有牵头单位或被退签，等待分派", "分派", _to_assign, Can.PLAN),
}
# What a role sees first. Every role sees all that applies to it, in this order.
_FIRST: Mapping[str, tuple[str, ...]] = {
    Role.LEADER: ("overdue", "due"),
    Role.HEAD: ("approve", "extension", "accept", "returned"),
    Role.OFFICE: ("assign", "verify", "extension", "overdue", "due"),
    Role.SUPERVISOR: ("verify", "review", "overdue", "due"),
}


def todos_of(user: User, role: str) -> list[str]:
    """Codes of what may wait for this person, what matters most to the role in force first."""
    first = _FIRST.get(role, ())
    codes = [*first, *(code for code in TODOS if code not in first)]
    return [code for code in codes if _applies(user, code)]


def _applies(user: User, code: str) -> bool:
    can = TODOS[code].can
    if code == "verify":
        return holds(user, Can.VERIFY) or holds(user, Can.APPROVE)
    if code == "extension":
        return holds(user, Can.PLAN) or holds(user, Can.APPROVE)
    return sees_tasks(user) if can is None else holds(user, can)


def sees_tasks(user: User) -> bool:
    """Administrators of the system, of security and of the audit see no ledger content by right of that role."""
    return holds(user, Can.SEE_OWN) or holds(user, Can.SEE_NOTICE)


def narrowed(tasks: TaskQuerySet, code: str, *, user: User, today: dt.date) -> TaskQuerySet:
    """The tasks of that kind of waiting work; an unknown code, or one not for this person, narrows nothing."""
    if code not in TODOS or not _applies(user, code):
        return tasks
    return TODOS[code].narrow(tasks, user, today)


def _with_last_step(tasks: TaskQuerySet) -> TaskQuerySet:
    steps = Transition.objects.filter(task=OuterRef("pk")).order_by("-at", "-pk")
    return tasks.annotate(last_step=Subquery(steps.values("step")[:1]))


def reportable(tasks: Iterable[Task], user: User) -> set[int]:
    """Of these tasks (units prefetched, notice joined) those the person may report on now: permissions.reporter, set-wise."""
    working = reach(user, Can.WORK)
    planning = reach(user, Can.PLAN)
    candidates = [
        t
        for t in tasks
        if t.notice.stage != Stage.ARCHIVED
        and t.state in (State.ACTIVE, State.SUSTAINED, State.SUBMITTED, State.VERIFYING)
    ]
    own = {t.pk for t in candidates if any(_carries(p, working) for p in t.task_units.all())}
    others = [t for t in candidates if t.pk not in own and t.notice.unit_id in planning]
    if not others:
        return own
    led = {t.lead_unit_id for t in others if t.lead_unit_id}
    staffed = set(
        Membership.objects.filter(
            unit__in=led, role__in=(Role.STAFF, Role.HEAD), user__is_active=True
        ).values_list("unit_id", flat=True)
    )
    return own | {t.pk for t in others if t.lead_unit_id not in staffed}


def _carries(part: TaskUnit, working: set[int]) -> bool:
    return part.unit_id in working and part.role != "former"


def pushable(tasks: Iterable[Task], user: User) -> set[int]:
    """Of these tasks those the person may push: permissions.nudger, set-wise; pause and hours are asked at the push."""
    return {t.pk for t in _pressed(tasks, user) if t.state in (State.PENDING, State.ACTIVE)}


def directable(tasks: Iterable[Task], user: User) -> set[int]:
    """Of these tasks those the person may give a directive on: directives.giver, set-wise."""
    return {t.pk for t in _pressed(tasks, user) if t.state not in (State.DRAFT, State.CANCELLED)}


def _pressed(tasks: Iterable[Task], user: User) -> list[Task]:
    """Those of running notices for which the person may press the lead unit."""
    over = reach(user, Can.NUDGE)
    if not over:
        return []
    return [
        t
        for t in tasks
        if t.notice.stage in LIVE_STAGES
        and (t.notice.unit_id in over or t.lead_unit_id in over or t.leader_id == user.pk)
    ]
