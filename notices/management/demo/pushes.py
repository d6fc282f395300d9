"""How the invented county pushes on: a directive with its reply, letters in several states, one talk."""

import datetime as dt
from collections.abc import Callable, Mapping

from accounts.models import Unit, User
from notices.domain import directives, letters, rebukes
from notices.domain.directives import Words
from notices.domain.rebukes import Held
from notices.management.demo.cast import HEAD, OFFICE, OFFICE_TWO, STAFF
from notices.models import Letter, Notice, Task
from notices.terms import LetterKind, RebukeKind, State

Ago = Callable[[int, int], dt.datetime]  # days ago, hour
ASKED = "该事项关系群众切身利益，请主要负责同志牵头研究，列出时间表，一周内书面报告。"
ANSWERED = "已由主要负责同志召开专题会议，明确三个时间节点：本月底前完成方案报审，下月中旬前组织实施，下月底前完成验收。"
ISSUE_ASKED = "请各牵头单位举一反三，梳理同类问题，形成清单后一并整改。"
REPLIED = "收到提醒函后，局党组专题研究，已明确分管领导和经办科室，每周调度一次，确保尽快完成。"
REASON = "牵头任务超期，经提醒、督办后进展仍不明显，约谈主要负责人，要求说明原因并作出整改承诺。"
OUTCOME = "被约谈人表态立即整改，提交书面整改承诺和倒排工期表。"


def push_on(notice: Notice, users: Mapping[str, User], *, ago: Ago, today: dt.date) -> None:
    """Everything through the domain, at past instants."""
    office = users[OFFICE]
    late = Task.objects.filter(notice=notice, state=State.ACTIVE, deadline__lt=today, parent=None)
    by_unit: dict[int, list[Task]] = {}
    for task in late.select_related("notice", "issue", "lead_unit", "leader").order_by("deadline", "pk"):
        by_unit.setdefault(task.lead_unit_id or 0, []).append(task)
    groups = sorted(by_unit.values(), key=len, reverse=True)
    _direct(groups[0][0], users, ago=ago)
    first = _letter(notice, groups[0], LetterKind.REMINDER, office, at=ago(12, 10))
    head = users[_key_of(HEAD, users, groups[0][0])]
    letters.reply(first, text=REPLIED, by=head, at=ago(9, 15))
    if len(groups) > 1:
        _letter(notice, groups[1], LetterKind.REMINDER, office, at=ago(11, 10))
        letters.begin(
            notice, LetterKind.ORDER, unit=_unit(groups[1]), tasks=groups[1], by=users[OFFICE_TWO],
            at=ago(1, 16), today=today,
        )  # fmt: skip
    _talk(notice, groups[-1], office, at=ago(4, 16))


def _unit(tasks: list[Task]) -> Unit:
    unit = tasks[0].lead_unit
    assert unit is not None
    return unit


def _key_of(posts: Mapping[str, str], users: Mapping[str, User], task: Task) -> str:
    """The login of whoever holds the post in the task's lead unit."""
    held = {login: [m.unit_id for m in users[login].memberships.all()] for login in posts.values()}
    return next(login for login, units in held.items() if task.lead_unit_id in units)


def _direct(task: Task, users: Mapping[str, User], *, ago: Ago) -> None:
    unit = _unit([task])
    leader = task.leader or users[OFFICE]
    at = ago(10, 9)
    words = Words(ASKED, at.date() + dt.timedelta(days=7))
    row = directives.give(task, words, unit=unit, by=leader, at=at, today=at.date())
    staff = users[_key_of(STAFF, users, task)]
    directives.mark_read(row, by=staff, at=ago(10, 14))
    directives.reply(row, text=ANSWERED, by=staff, at=ago(5, 16))
    at = ago(3, 10)
    words = Words(ISSUE_ASKED, at.date() + dt.timedelta(days=10), leader_name=leader.name)
    directives.give(task.issue, words, unit=unit, by=users[OFFICE], at=at, today=at.date())


def _letter(notice: Notice, tasks: list[Task], kind: LetterKind, by: User, *, at: dt.datetime) -> Letter:
    """About those of the tasks that were late on that day."""
    late = [t for t in tasks if t.deadline and t.deadline < at.date()] or tasks[:1]
    row = letters.begin(notice, kind, unit=_unit(tasks), tasks=late, by=by, at=at, today=at.date())
    return letters.issue(row, by=by, at=at + dt.timedelta(minutes=40), today=at.date())


def _talk(notice: Notice, tasks: list[Task], by: User, *, at: dt.datetime) -> None:
    held = Held(
        RebukeKind.TALK, at.date(), "县委巡察整改办", REASON, person="单位主要负责人", outcome=OUTCOME
    )
    rebukes.enter(notice, held, unit=_unit(tasks), tasks=tasks[:1], by=by, at=at, today=at.date())
