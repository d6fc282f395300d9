"""The figures a 通报 may name, from the data of one notice: counted where the other pages count, by their Chinese names."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from notices.domain.meetings import notice_meetings
from notices.domain.statistics import figures, percent
from notices.domain.statistics_outcomes import notice_outcomes
from notices.domain.statistics_visits import notice_visits
from notices.models import (
    Bulletin,
    Directive,
    Issue,
    Letter,
    LookBackItem,
    Notice,
    Nudge,
    Snapshot,
    Task,
)
from notices.report.document import chinese_day
from notices.terms import LookBackVerdict, Metric, PrintedProgress, State

# Name → what it counts; the order is that of the list people choose from.
NAMES: dict[str, str] = {
    "问题总数": "本通报逐条列出的问题",
    "已完成问题数": "其中印出“已完成整改”的",
    "阶段性完成问题数": "其中印出“阶段性完成并需长期坚持”的",
    "正在整改问题数": "其中尚未销号的",
    "整改情况小结": "各类问题数连成一句，没有的类不写",
    "整改完成率": "已完成问题数 ÷ 问题总数",
    "销号率": "（已完成＋阶段性完成）÷ 问题总数",
    "反馈问题总数": "台账中的全部问题，含不公开的",
    "任务总数": "整改措施，不含已撤销的",
    "已完成任务数": "已完成整改的措施",
    "阶段性完成任务数": "阶段性完成并需长期坚持的措施",
    "在办任务数": "尚未销号的措施",
    "任务完成率": "已完成任务数 ÷ 任务总数",
    "超期任务数": "红灯的措施",
    "牵头单位数": "牵头整改措施的单位",
    "责任领导数": "措施的责任领导",
    "佐证材料件数": "各项措施已上传的材料",
    "台账周报期数": "已封存的周报",
    "整改动态期数": "已印发的《整改动态》",
    "催办次数": "对各单位的催办",
    "批示件数": "领导批示",
    "函件件数": "已签发、未撤回的函件",
    "约谈次数": "约谈，不含作废的",
    "督导次数": "已开展的督导检查",
    "督导单位数": "受督导的单位",
    "督导会议场数": "督导中召开的会议",
    "督导发现数": "督导发现的问题，不含作废的",
    "会议次数": "领导小组会议和行动，不含作废的",
    "建章立制成效": "已确认的成效，按计量单位分列",
    "追缴清退成效": "已确认的成效，元与万元分列",
    "问责成效": "已确认的成效，人与人次分列",
    "回头看任务数": "已核查的“回头看”任务",
    "反弹任务数": "“回头看”认定反弹的任务",
    "截至日期": "今天；印发后固定为印发日",
}


@dataclass(frozen=True)
class Standing:
    """How far each issue of a notice is, and every figure; both of one day."""

    progress: Mapping[int, PrintedProgress]
    figures: Mapping[str, str]


def standing(notice: Notice, *, hidden: Collection[int], today: dt.date) -> Standing:
    """`hidden` are ids of issues that are not printed. Two dozen small queries, whatever the size."""
    rows = Issue.objects.filter(notice=notice).with_progress().values_list("pk", "progress")  # type: ignore[misc]
    progress = {pk: PrintedProgress(code) for pk, code in rows}
    shown = Counter(code for pk, code in progress.items() if pk not in set(hidden))
    found = (
        _issues(shown)
        | {"反馈问题总数": str(len(progress))}
        | _tasks(notice, today)
        | _work(notice)
        | _visits(notice, today)
        | _meetings(notice)
        | _outcomes(notice)
    )
    found["截至日期"] = chinese_day(today)
    return Standing(progress, {name: found[name] for name in NAMES if name in found})


def _issues(counts: Mapping[PrintedProgress, int]) -> dict[str, str]:
    total = sum(counts.values())
    done, kept = counts.get(PrintedProgress.COMPLETED, 0), counts.get(PrintedProgress.SUSTAINED, 0)
    going = total - done - kept
    said = [
        f"{label}{number}个"
        for label, number in (("已完成整改", done), ("阶段性完成并需长期坚持", kept), ("正在整改", going))
        if number
    ]
    return {
        "问题总数": str(total),
        "已完成问题数": str(done),
        "阶段性完成问题数": str(kept),
        "正在整改问题数": str(going),
        "整改情况小结": "、".join(said) or "尚无销号的问题",
        "整改完成率": rate(percent(done, total)),
        "销号率": rate(percent(done + kept, total)),
    }


def _tasks(notice: Notice, today: dt.date) -> dict[str, str]:
    counted = figures([notice.pk], unit=None, today=today)
    live = Task.objects.filter(notice=notice).exclude(state=State.CANCELLED)
    found = live.aggregate(
        leads=Count("lead_unit", distinct=True),
        leaders=Count("leader_text", distinct=True, filter=~Q(leader_text="")),
        files=Sum("evidence_count"),
    )
    return {
        "任务总数": str(counted.total),
        "已完成任务数": str(counted.completed),
        "阶段性完成任务数": str(counted.sustained),
        "在办任务数": str(counted.open),
        "任务完成率": rate(counted.completion_rate),
        "超期任务数": str(counted.red),
        "牵头单位数": str(found["leads"]),
        "责任领导数": str(found["leaders"]),
        "佐证材料件数": str(found["files"] or 0),
    }


def _work(notice: Notice) -> dict[str, str]:
    judged = LookBackItem.objects.filter(look_back__notice=notice).exclude(verdict="")
    looked = judged.aggregate(n=Count("pk"), back=Count("pk", filter=Q(verdict=LookBackVerdict.RELAPSED)))
    return {
        "台账周报期数": str(Snapshot.objects.filter(notice=notice).count()),
        "整改动态期数": str(Bulletin.objects.filter(notice=notice, released_at__isnull=False).count()),
        "催办次数": str(Nudge.objects.filter(task__notice=notice).count()),
        "批示件数": str(Directive.objects.filter(notice=notice).count()),
        "函件件数": str(Letter.objects.in_force().filter(notice=notice).count()),
        "回头看任务数": str(looked["n"]),
        "反弹任务数": str(looked["back"]),
    }


def _visits(notice: Notice, today: dt.date) -> dict[str, str]:
    counted = notice_visits(notice.pk, today=today)
    return {
        "督导次数": str(counted.visits),
        "督导单位数": str(counted.units),
        "督导会议场数": str(counted.meetings),
        "督导发现数": str(counted.findings),
    }


def _meetings(notice: Notice) -> dict[str, str]:
    counted = notice_meetings(notice.pk)
    return {"会议次数": str(counted.total), "约谈次数": str(counted.talks)}


_OUTCOMES = {
    Metric.RULES: "建章立制成效",
    Metric.RECOVERED: "追缴清退成效",
    Metric.ACCOUNTABLE: "问责成效",
}


def _outcomes(notice: Notice) -> dict[str, str]:
    """Sums by unit of measure, never converted: 12项, 33.58万元、500元; 0 when there is none."""
    found: dict[str, list[str]] = {name: [] for name in _OUTCOMES.values()}
    for line in notice_outcomes(notice.pk):
        name = _OUTCOMES.get(Metric(line.metric))
        if name and line.total:
            found[name].append(f"{line.total.normalize():f}{line.measure}")
    return {name: "、".join(said) or "0" for name, said in found.items()}


def rate(value: Decimal | None) -> str:
    """98.71%, 100%; 0% when there is nothing."""
    if value is None:
        return "0%"
    return f"{value.normalize():f}%"
