"""What the invented county's supervision team did: visits with findings on their way; meetings; results, some of them
still proposals."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from accounts.models import Unit, User
from notices.domain import findings, meetings, outcome_texts, outcomes, supervision
from notices.domain.findings import Found, Verdict
from notices.domain.outcomes import Result
from notices.domain.reporting import StoredFile
from notices.domain.supervision import Held, Visit
from notices.management.demo.cast import HEAD, OFFICE, OFFICE_TWO, STAFF, SUPERVISOR
from notices.management.demo.papers import Paper, make_paper
from notices.models import Finding, Notice, OutcomeEntry, Supervision, Task
from notices.terms import MeetingKind, Metric, Severity, VisitMethod

Ago = Callable[[int, int], dt.datetime]  # days ago, hour
TALK, PAPERS, SITE = VisitMethod.TALK, VisitMethod.PAPERS, VisitMethod.SITE
PURPOSE = "整改任务落实情况、佐证材料真实性、制度执行情况和群众反映。"
FIRST = "督导组与两个单位班子成员座谈，查阅整改台账36份，实地察看项目点4处。整改责任总体落实，个别任务进度滞后，台账更新不及时。"
SECOND = "查阅村级“三资”清查台账和会议记录，抽查合同12份，现场察看水毁工程2处。清查工作推进有序，合同管理不够规范。"
LATE_FILES = "整改台账没有按周更新，3项任务的佐证材料与进展描述不一致。"
UNEVEN = "维修项目监理日志缺页，隐蔽工程验收没有照片留存。"
CONTRACTS = "抽查的12份承包合同中有4份没有经村民代表会议讨论，合同到期后未及时收回。"
ANSWERED = "已由专人负责台账更新，每周五核对佐证材料，3项任务的材料已重新整理上传。"
ANSWERED_CONTRACTS = "4份合同已提交村民代表会议讨论，其中2份已重新签订。"
RETURNED = "请附村民代表会议记录和重新签订的合同，其余2份说明处理时限。"


def photographs(*, today: dt.date) -> list[tuple[str, bytes]]:
    """Name and content of a picture and a report of the second visit."""
    paper = Paper("2026-02", "督导组", "核查水毁工程修复进度", SECOND, today - dt.timedelta(days=9))
    named = {"png": "水毁工程修复进度图.png", "pdf": "现场核查情况.pdf"}
    return [(name, make_paper(paper, ending)[1]) for ending, name in named.items()]


def visit(
    notice: Notice,
    users: Mapping[str, User],
    units: Mapping[str, Unit],
    *,
    photos: Sequence[StoredFile],
    ago: Ago,
) -> None:
    """Two visits carried out, the second with pictures, one planned, one called off; four findings in different
    states."""
    team, office = users[SUPERVISOR], users[OFFICE]
    first = _held(
        notice,
        "第一轮整改专项督导",
        [TALK, PAPERS, SITE],
        [units["jiaoyu"], units["xuejian"]],
        FIRST,
        users,
        ago(20, 9),
        2,
    )
    second = _held(
        notice,
        "农村“三资”管理专项督导",
        [PAPERS, SITE],
        [units["qinghe"], units["shuili"]],
        SECOND,
        users,
        ago(9, 9),
        1,
    )
    files = _found(first, units["jiaoyu"], LATE_FILES, Severity.MINOR, team, ago(20, 17))
    _link(files, team, ago(20, 17))
    _over(files, 7, team, ago(19, 9))
    findings.reply(_now(files), text=ANSWERED, by=users[STAFF["jiaoyu"]], at=ago(14, 10))
    findings.judge(
        _now(files), Verdict(True, "已现场核对。"), by=team, at=ago(13, 9), today=ago(13, 9).date()
    )
    works = _found(first, units["xuejian"], UNEVEN, Severity.MAJOR, team, ago(20, 17))
    _link(works, team, ago(20, 17))
    _over(works, 10, team, ago(19, 9))
    rented = _found(second, units["qinghe"], CONTRACTS, Severity.GRAVE, team, ago(9, 17))
    _over(rented, 4, team, ago(8, 9))
    findings.reply(_now(rented), text=ANSWERED_CONTRACTS, by=users[HEAD["qinghe"]], at=ago(5, 15))
    day = ago(4, 9)
    again = Verdict(False, RETURNED, day.date() + dt.timedelta(days=9))
    findings.judge(_now(rented), again, by=team, at=day, today=day.date())
    supervision.attach(second, photos, by=team, at=ago(9, 17))
    drains = "两处水毁工程修复后没有设置警示标志，巡查记录只有日期没有内容。"
    _found(second, units["shuili"], drains, Severity.MINOR, team, ago(9, 17))
    _not_held(notice, team, office, units, ago)


def _not_held(notice: Notice, team: User, office: User, units: Mapping[str, Unit], ago: Ago) -> None:
    """One planned, one called off."""
    next_week = ago(0, 9).date() + dt.timedelta(days=6)
    plan = Visit(
        "第二轮整改专项督导",
        next_week,
        [TALK, SITE],
        [units["nongye"], units["caizheng"]],
        [team, office],
        purpose=PURPOSE,
    )
    supervision.plan(notice, plan, by=team, at=ago(2, 10))
    wet = Visit("水利工程现场督导", ago(12, 9).date(), [SITE], [units["shuili"]], [team])
    row = supervision.plan(notice, wet, by=team, at=ago(15, 10))
    supervision.call_off(row, why="连续降雨，道路中断，改为与农村“三资”督导一并开展。", by=team, at=ago(12, 8))  # fmt: skip


def _held(
    notice: Notice,
    title: str,
    methods: list[str],
    there: list[Unit],
    summary: str,
    users: Mapping[str, User],
    at: dt.datetime,
    talks: int,
) -> Supervision:
    members = [users[SUPERVISOR], users[OFFICE_TWO]]
    plan = Visit(title, at.date(), methods, there, members, "县审计局业务骨干", PURPOSE)
    row = supervision.plan(notice, plan, by=users[SUPERVISOR], at=at - dt.timedelta(days=3))
    held = Held(at.date(), methods, summary, talks)
    evening = at + dt.timedelta(hours=7)
    return supervision.carry_out(row, held, by=users[SUPERVISOR], at=evening, today=evening.date())


def _found(row: Supervision, unit: Unit, text: str, severity: str, by: User, at: dt.datetime) -> Finding:
    return findings.record(row, Found(unit, text, severity), by=by, at=at)


def _now(row: Finding) -> Finding:
    return Finding.objects.select_related("notice", "supervision", "unit").get(pk=row.pk)


def _link(row: Finding, by: User, at: dt.datetime) -> None:
    tasks = Task.objects.filter(notice=row.notice_id, lead_unit=row.unit_id, is_open=True).in_order()
    findings.link(_now(row), tasks[:1], by=by, at=at)


def _over(row: Finding, days: int, by: User, at: dt.datetime) -> None:
    due = at.date() + dt.timedelta(days=days)
    findings.hand_over(_now(row), reply_by=due, by=by, at=at, today=at.date())


# ── Meetings and results ─────────────────────────────────────────────────────
MEETINGS = (
    (58, MeetingKind.MOBILISATION, "全县巡察整改动员部署会", "县委书记", 186, "印发整改方案，明确牵头单位和完成时限，各单位一周内报送子方案。"),
    (50, MeetingKind.GROUP, "整改工作领导小组第一次会议", "县委书记", 24, "审定问题清单、任务清单、责任清单。"),
    (36, MeetingKind.DEMOCRATIC, "巡察整改专题民主生活会", "县委书记", 18, "班子成员逐一对照检查，列出个人整改事项43条。"),
    (22, MeetingKind.SPECIAL, "农村集体“三资”问题专题会", "县委副书记", 31, "限期完成资产资源清查，收回到期未交的承包金。"),
    (11, MeetingKind.FIELD, "县领导到青禾镇现场督导水利工程修复", "副县长", 12, "修复工程月底前完工，县水利局每周到场一次。"),
    (6, MeetingKind.PROGRESS, "巡察整改工作推进会", "县委副书记", 64, "对超期任务逐项说明原因，两周内销号或申请延期。"),
)  # fmt: skip
RESULTS = (
    (15, "zuzhi", Metric.RULES, "3", "项", "《干部选拔任用纪实办法》\n《年轻干部培养计划》\n《因私出国（境）管理细则》"),
    (12, "caizheng", Metric.RECOVERED, "33.58", "万元", "追缴违规发放津补贴缴款凭证"),
    (12, "caizheng", Metric.RECOVERED, "4600", "元", "退缴超标准接待费收据"),
    (10, "qinghe", Metric.RECOVERED, "12.4", "万元", "收回到期承包金台账"),
    (9, "zuzhi", Metric.REMINDED, "17", "人次", ""),
    (8, "zuzhi", Metric.DISCIPLINED, "2", "人", ""),
    (8, "caizheng", Metric.FILED, "0", "件", ""),
    (7, "jiaoyu", Metric.TRAINED, "260", "人次", "全县中小学财务人员培训签到表"),
)  # fmt: skip


def meet(notice: Notice, users: Mapping[str, User], *, ago: Ago) -> None:
    for days, kind, subject, chair, people, decided in MEETINGS:
        at = ago(days, 17)
        held = meetings.Held(kind, at.date(), subject, chair, people, decided)
        meetings.enter(notice, held, by=users[OFFICE], at=at, today=at.date())


def reckon(notice: Notice, users: Mapping[str, User], units: Mapping[str, Unit], *, ago: Ago) -> None:
    """Results by hand; then what the reports say of results, of which two are confirmed and the rest waits."""
    office = users[OFFICE]
    for days, key, metric, value, measure, papers in RESULTS:
        at = ago(days, 11)
        result = Result(metric, Decimal(value), measure, units[key], at.date(), papers)
        outcomes.enter(notice, result, by=office, at=at, today=at.date())
    at = ago(1, 10)
    outcome_texts.read_texts(notice, by=office, at=at)
    waiting = OutcomeEntry.objects.proposed().filter(notice=notice, progress__isnull=False)
    for entry in waiting.select_related("notice", "unit", "task").order_by("pk")[:2]:
        given = Result(
            entry.metric, entry.value, entry.measure, entry.unit, entry.day, entry.documents, task=entry.task
        )
        outcomes.confirm(entry, given, by=office, at=at, today=at.date())
