"""整改情况报告 to the inspecting body: who may take it, and the whole of a notice as it stands on a day.

Nothing is withheld: what the public 通报 leaves out stands here, so only the office and the heads of the inspected party
take it, and each taking is recorded. Its figures are those of the statistics and of the 通报.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Prefetch

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain.countdown import countdown
from notices.domain.publication_draft import campaign_of
from notices.domain.publication_figures import rate, standing
from notices.domain.statistics import IssueFigures, figures, issues_by_aspect, sum_of_issues
from notices.errors import Refused
from notices.lights import days_left
from notices.models import Aspect, Issue, Notice, Task, TaskUnit, Transition
from notices.models.task import REVIEW_DAYS
from notices.report import public_draft
from notices.report.document import Document
from notices.report.inspection_report import Group, Item, Measure, Report, document, figures_of
from notices.report.tokens import fill
from notices.report.word import write
from notices.terms import OPEN_STATES, WAITING_STATES, PrintedProgress, State, UnitRole

# Which of the figures of the 通报 the second part prints.
_PRINTED = (
    "任务总数", "已完成任务数", "阶段性完成任务数", "在办任务数", "超期任务数", "任务完成率", "牵头单位数", "责任领导数",
    "佐证材料件数", "台账周报期数", "督导次数", "督导发现数", "催办次数", "批示件数", "函件件数", "约谈次数",
    "建章立制成效", "追缴清退成效", "问责成效", "回头看任务数", "反弹任务数",
)  # fmt: skip


def reporter(user: User, notice: Notice) -> str | None:
    """Why this person may not have the report; None when they may."""
    if has(user, Can.PLAN, notice.unit_id) or has(user, Can.APPROVE, notice.unit_id):
        return None
    return "整改情况报告含不公开的内容，只有整改办和被巡视巡察单位的负责人可以查看。"


def report_of(notice: Notice, *, today: dt.date) -> Document:
    """`notice` with its unit joined. The same number of queries for one issue and for many."""
    return document(_report(notice, today))


def take(notice: Notice, *, by: User, at: dt.datetime, today: dt.date) -> bytes:
    """The report as Word, and the event that it was taken."""
    why_not = reporter(by, notice)
    if why_not:
        raise Refused(why_not)
    content = write(report_of(notice, today=today))
    act = audit.Act("notice.report", "notice", notice.pk, notice.pk, data={"day": today.isoformat()})
    audit.record(act, by=by, at=at)
    return content


def _report(notice: Notice, today: dt.date) -> Report:
    about, named = campaign_of(notice), standing(notice, hidden=(), today=today).figures
    counted = figures([notice.pk], unit=None, today=today)
    issues = Issue.objects.filter(notice=notice)
    by_aspect = {aspect: found for (_, aspect), found in issues_by_aspect(issues).items()}
    told = figures_of([*named.items(), ("按期率", rate(counted.on_time_rate))], (*_PRINTED, "按期率"))
    following = public_draft.next_of(about).replace("三、", "六、", 1)
    return Report(
        about=about,
        opening=_opening(notice, about),
        front=fill(public_draft.front_of(about, named), named),
        total=_group("合计", sum_of_issues(by_aspect.values()), ()),
        groups=_groups(notice, by_aspect, today),
        figures=told,
        next_steps=fill(following, named),
        signature=notice.signed_by or notice.unit.name,
        day=today,
    )


def _opening(notice: Notice, about: public_draft.Campaign) -> str:
    words = public_draft.feedback_of(about)
    return f"{words}现将{notice.unit.name}整改情况报告如下。"


def _group(title: str, counted: IssueFigures, items: tuple[Item, ...]) -> Group:
    numbers = (counted.total, counted.completed, counted.sustained, counted.in_progress, counted.not_started)
    return Group(title, numbers, rate(counted.completion_rate), items)


def _groups(
    notice: Notice, by_aspect: Mapping[int | None, IssueFigures], today: dt.date
) -> tuple[Group, ...]:
    """Aspects in printed order, issues under none at the end."""
    items: dict[int | None, list[Item]] = defaultdict(list)
    tasks = _tasks(notice)
    why = _why_cancelled(notice)
    for issue in Issue.objects.filter(notice=notice).with_progress().select_related("lead_unit").in_order():
        items[issue.aspect_id].append(_item(issue, tasks[issue.pk], why, today))
    titles: list[tuple[int | None, str]] = [
        (a.pk, a.title) for a in Aspect.objects.filter(notice=notice).order_by("number", "pk")
    ]
    return tuple(
        _group(title, by_aspect[pk], tuple(items[pk])) for pk, title in [*titles, (None, "")] if items[pk]
    )


def _tasks(notice: Notice) -> dict[int, list[Task]]:
    """Top-level tasks by issue, with their units and parts."""
    units = Prefetch("task_units", TaskUnit.objects.order_by("position", "pk"))
    parts = Prefetch("parts", Task.objects.select_related("lead_unit").order_by("position", "pk"))
    rows = Task.objects.filter(notice=notice).top_level().select_related("lead_unit")
    found: dict[int, list[Task]] = defaultdict(list)
    for task in rows.prefetch_related(units, parts).in_order():
        found[task.issue_id].append(task)
    return found


def _why_cancelled(notice: Notice) -> dict[int, str]:
    rows = Transition.objects.filter(task__notice=notice, target=State.CANCELLED).order_by("at", "pk")
    return dict(rows.values_list("task", "reason"))


def _item(issue: Issue, tasks: list[Task], why: Mapping[int, str], today: dt.date) -> Item:
    live = [t for t in tasks if t.state != State.CANCELLED]
    leaders = issue.leader_text or "、".join(dict.fromkeys(t.leader_text for t in live if t.leader_text))
    lead = issue.lead_unit.name if issue.lead_unit else issue.lead_text
    leads = lead or "、".join(dict.fromkeys(t.lead_unit.name for t in live if t.lead_unit))
    return Item(
        number=issue.number,
        title=issue.title,
        detail=issue.detail,
        leader=leaders,
        lead=leads,
        progress=str(PrintedProgress(issue.progress).label),  # type: ignore[attr-defined]
        measures=tuple(_measure(task, today) for task in live),
        cancelled=tuple((t.number, t.text, why.get(t.pk, "")) for t in tasks if t.state == State.CANCELLED),
    )


def _why_open(task: Task, today: dt.date) -> str:
    """What the unit gave as the reason, else what the ledger knows of it."""
    if task.latest_blocked or task.state not in OPEN_STATES:
        return task.latest_blocked
    if task.state == State.DRAFT:
        return "尚未明确牵头单位"
    if task.state in WAITING_STATES:
        return "已申请销号，正在审核验收"
    left = days_left(task.deadline, today=today)
    return "（已超期，单位未填报原因）" if left is not None and left < 0 else "时限未到"


def _measure(task: Task, today: dt.date) -> Measure:
    roles = (UnitRole.RESPONSIBLE, UnitRole.SUPPORTING)
    counts = ((task.extension_count, "延期"), (task.relapse_count, "反弹"))
    sustained = task.state == State.SUSTAINED
    return Measure(
        number=task.number,
        text=task.text,
        lead=task.lead_unit.name if task.lead_unit else "未分派",
        others="、".join(u.unit_text for u in task.task_units.all() if u.role in roles),
        leader=task.leader_text,
        due=task.deadline.isoformat() if task.deadline else task.deadline_text,
        finished=task.finished_on.isoformat() if task.finished_on else "",
        state=str(State(task.state).label),
        open=task.state in OPEN_STATES,
        sustained=sustained,
        report=task.latest_text,
        next_step=task.latest_next,
        why=_why_open(task, today),
        left="，".join(filter(None, [countdown(task, today=today), *(f"{w} {n} 次" for n, w in counts if n)])),
        review=f"每 {task.review_days or REVIEW_DAYS} 天复查一次" if sustained else "",
        parts=tuple(
            (part.lead_unit.name if part.lead_unit else "未分派", part.text, str(State(part.state).label), part.latest_text)
            for part in task.parts.all()
        ),
    )  # fmt: skip
