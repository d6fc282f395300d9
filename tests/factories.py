"""Builders without surprises: each makes exactly what its name says, in the transaction of the test."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import tokens
from accounts.models import Membership, Scope, Unit, User
from accounts.roles import Role
from notices.domain import planning, rollup
from notices.domain.requirements import Ask
from notices.models import Aspect, Evidence, Issue, Notice, Progress, Task, TaskUnit
from notices.terms import CLOSED_STATES, Stage, State, UnitRole

TODAY = dt.date(2026, 11, 20)  # a Friday
AT = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
PASSWORD = "Qinghe-Zhen-2026!"


def make_unit(
    name: str, *, parent: Unit | None = None, short: str = "", aliases: list[str] | None = None
) -> Unit:
    return Unit.objects.create(name=name, parent=parent, short_name=short, aliases=aliases or [])


def make_user(username: str, *held: tuple[Role, Unit], name: str = "", email: str = "") -> User:
    """`held` are (role, unit) pairs. The password is PASSWORD."""
    return make_users((username, held, name, email))[0]


def make_users(*people: tuple[str, tuple[tuple[Role, Unit], ...], str, str]) -> list[User]:
    """Several at once: login name, (role, unit) pairs, name, mail. Two statements for all of them."""
    users = [
        User(username=login, name=name or login, email=email, password=_password())
        for login, _, name, email in people
    ]
    User.objects.bulk_create(users)
    posts = zip(users, people, strict=True)
    Membership.objects.bulk_create(
        Membership(user=user, unit=unit, role=role) for user, (_, held, *_) in posts for role, unit in held
    )
    return users


@cache
def _password() -> str:
    """Hashed once: everybody has the same."""
    return make_password(PASSWORD)


def make_token(user: User, *scopes: str, days: int = 30, notice: Notice | None = None) -> str:
    """The key of a new token; every scope unless some are named."""
    today = timezone.localdate()
    wanted = tokens.Wanted(
        "办公系统", scopes or Scope.values, today + dt.timedelta(days=days), notice.pk if notice else None
    )
    return tokens.make(user, wanted, at=timezone.now(), today=today)[1]


def make_notice(
    unit: Unit, *, title: str = "关于巡察整改情况的通报", stage: Stage = Stage.RUNNING, **fields
) -> Notice:
    fields = {"feedback_on": dt.date(2026, 6, 1), "created_at": AT, **fields}
    return Notice.objects.create(unit=unit, title=title, stage=stage, **fields)


def make_issue(notice: Notice, *, title: str = "关于学习不深入的问题", aspect: int = 1, **fields) -> Issue:
    """The aspect is made when it is not there yet."""
    heading, _ = Aspect.objects.get_or_create(
        notice=notice, number=aspect, defaults={"title": f"第{aspect}方面"}
    )
    position = notice.issues.count() + 1
    number = f"W{aspect:02d}-{position:03d}"
    return Issue.objects.create(
        notice=notice,
        aspect=heading,
        number=number,
        path=[aspect, position],
        position=position,
        title=title,
        **fields,
    )


def make_task(
    issue: Issue,
    *,
    lead: Unit | None = None,
    state: State = State.ACTIVE,
    supporting: tuple[Unit, ...] = (),
    text: str = "修订学习制度",
    **fields,
) -> Task:
    """A task in any state, with scope and counters right. Without a lead it is a draft unless closed."""
    if lead is None and state not in (*CLOSED_STATES, State.CANCELLED):
        state = State.DRAFT
    if state in CLOSED_STATES:
        fields.setdefault("closed_on", TODAY)
        fields.setdefault("finished_on", TODAY)
    if state in (State.SUBMITTED, State.VERIFYING):
        fields.setdefault("finished_on", TODAY)
        fields.setdefault("claim", "completed")
    position = issue.tasks.count() + 1
    with rollup.kept() as kept:
        task = Task.objects.create(
            notice=issue.notice,
            issue=issue,
            number=planning.next_number(issue, issue.tasks.values_list("number", flat=True)),
            position=position,
            text=text,
            lead_unit=lead,
            state=state,
            **fields,
        )
        parts = [(lead, UnitRole.LEAD)] if lead else []
        parts += [(unit, UnitRole.SUPPORTING) for unit in supporting]
        TaskUnit.objects.bulk_create(
            [
                TaskUnit(task=task, unit=unit, unit_text=unit.name, role=role, position=i)
                for i, (unit, role) in enumerate(parts)
            ]
        )
        kept.add(task.pk)
    return Task.objects.get(pk=task.pk)


def make_progress(
    task: Task, *, unit: Unit | None = None, by: User | None = None, at=AT, **fields
) -> Progress:
    """A report by the task's lead unit unless another is named."""
    unit = unit or task.lead_unit
    fields = {"text": "已召开专题会议研究部署", **fields}
    return Progress.objects.create(
        task=task, unit=unit, by=by, by_name=by.name if by else "安经办", at=at, **fields
    )


def make_evidence(task: Task, *, by: User | None = None, at=AT, name: str = "会议纪要.pdf") -> Evidence:
    """A row only: no file lies in the store."""
    count = task.evidence.count() + 1
    row = Evidence.objects.create(
        task=task,
        name=name,
        stored_as=f"{task.pk}-{count}",
        kind="pdf",
        size=1024,
        sha256="0" * 64,
        by=by,
        by_name=by.name if by else "安经办",
        at=at,
    )
    Task.objects.filter(pk=task.pk).update(evidence_count=count)
    task.evidence_count = count
    return row


def ask(by: User | None, **fields) -> Ask:
    return Ask(by=by, at=fields.pop("at", AT), today=fields.pop("today", TODAY), **fields)


@dataclass
class World:
    """A county with its office, a bureau with a sub-office, a town; somebody in every role; one notice, one issue."""

    county: Unit
    bureau: Unit
    section: Unit
    town: Unit
    staff: User  # of the bureau
    head: User  # of the bureau
    section_staff: User
    town_staff: User
    town_head: User
    leader: User  # over the county's units
    office: User
    office_two: User
    supervisor: User
    admin: User
    notice: Notice
    issue: Issue


def make_world() -> World:
    county = make_unit("云岭县", short="县")
    bureau = make_unit("云岭县教育局", parent=county, short="教育局", aliases=["县教育局"])
    section = make_unit("云岭县教育局基建办", parent=bureau, short="基建办")
    town = make_unit("青禾镇", parent=county)
    notice = make_notice(county)
    staff, head, section_staff, town_staff, town_head, leader, office, office_two, supervisor, admin = (
        make_users(
            ("staff", ((Role.STAFF, bureau),), "安经办", "staff@example.cn"),
            ("head", ((Role.HEAD, bureau),), "卜局长", "head@example.cn"),
            ("section", ((Role.STAFF, section),), "岑科员", ""),
            ("town", ((Role.STAFF, town),), "邓镇办", ""),
            ("townhead", ((Role.HEAD, town),), "鄂镇长", ""),
            ("leader", ((Role.LEADER, county),), "樊领导", "leader@example.cn"),
            ("office", ((Role.OFFICE, county),), "葛主任", "office@example.cn"),
            ("office2", ((Role.OFFICE, county),), "霍干事", ""),
            ("supervisor", ((Role.SUPERVISOR, county),), "纪组长", ""),
            ("admin", ((Role.ADMIN, county),), "康管理", ""),
        )
    )
    return World(
        county=county,
        bureau=bureau,
        section=section,
        town=town,
        staff=staff,
        head=head,
        section_staff=section_staff,
        town_staff=town_staff,
        town_head=town_head,
        leader=leader,
        office=office,
        office_two=office_two,
        supervisor=supervisor,
        admin=admin,
        notice=notice,
        issue=make_issue(notice),
    )
