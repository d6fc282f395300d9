"""整改动态: drafted from a closed week, put into words by the office, frozen when it is released."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain.delta import KINDS, Delta, delta
from notices.domain.snapshots import Reader, open_snapshot
from notices.domain.statistics import Figures
from notices.domain.weeks import week_words
from notices.errors import Missing, Refused, Stale
from notices.models import Bulletin, Notice, Snapshot, WeekLine, WeekReport
from notices.terms import Stage

TEXTS = ("title", "reported", "problems", "next_steps")
MOST_ITEMS = 60  # lines put into a draft by themselves; the office chooses among them
_LONGEST = 200  # characters of a unit's words taken into the draft
_TOLD = ("completed", "sustained", "overdue", "slipped", "relapsed", "new")


def figures_of(row: Snapshot) -> Figures:
    """The figures of the whole notice as they were frozen."""
    return Figures(**row.head["figures"])


def previous(row: Snapshot) -> Snapshot | None:
    """The snapshot of the last closed week before this one."""
    earlier = Snapshot.objects.filter(notice=row.notice_id, starts_on__lt=row.starts_on)
    return earlier.order_by("-starts_on").first()


@transaction.atomic
def draft(row: Snapshot, *, by: User, at: dt.datetime) -> Bulletin:
    """Begin the issue of a closed week: the next number of its year, figures of the snapshot, the units' words.

    Raises Refused when the week has its issue already.
    """
    notice = Notice.objects.select_for_update().get(pk=row.notice_id)
    _refuse_strangers(notice, by)
    there = Bulletin.objects.filter(snapshot=row).first()
    if there is not None:
        raise Refused(f"这一周的整改动态已经起草（第 {there.number} 期）。")
    year = row.starts_on.year
    last = Bulletin.objects.filter(notice=notice, year=year).aggregate(n=Max("number"))["n"] or 0
    reader = open_snapshot(row)
    before = previous(row)
    changes = delta(open_snapshot(before).tasks(), reader.tasks()) if before else None
    reports = WeekReport.objects.filter(notice=notice, starts_on=row.starts_on).filed()
    issue = Bulletin(
        notice=notice,
        snapshot=row,
        year=year,
        number=last + 1,
        title=f"整改工作进展情况（{week_words(row.starts_on)}）",
        figures=figure_lines(row, changes),
        reported=_reported(reports),
        problems=_problems(row, reader, reports),
        next_steps=_next_steps(reports),
        drafted_at=at,
        drafted_by=by,
    )
    issue.save(force_insert=True)
    _record("bulletin.draft", issue, {"week": row.starts_on.isoformat(), "number": issue.number}, by, at)
    return issue


def figure_lines(row: Snapshot, changes: Delta | None) -> list[list[str]]:
    """[label, value] in printed order; changes against the last closed week where there is one."""
    found = figures_of(row)
    lines = [
        ["任务总数", f"{found.total} 项"],
        ["已完成整改", f"{found.completed} 项"],
        ["阶段性完成并需长期坚持", f"{found.sustained} 项"],
        ["整改完成率（按任务）", _percent(found.completion_rate)],
        ["销号率（按任务）", _percent(found.closing_rate)],
        ["红灯（已超期）", f"{found.red} 项"],
        ["黄灯（临近时限）", f"{found.yellow} 项"],
        ["应报周报单位", f"{row.head.get('due', 0)} 个"],
        ["封存时已报送", f"{row.head.get('filed', 0)} 个"],
    ]
    if changes is not None:
        lines += [[f"较上期：{KINDS[kind]}", f"{changes.counts[kind]} 项"] for kind in _TOLD]
    return lines


def _percent(value: object) -> str:
    return "—" if value is None else f"{value}%"


def _lines(reports: Any) -> list[WeekLine]:
    rows = WeekLine.objects.filter(report__in=reports).select_related("report__unit", "task", "progress")
    return list(rows.order_by("report__unit__position", "report__unit_id", "task__number")[:MOST_ITEMS])


def _reported(reports: Any) -> str:
    """New words unit by unit; what was only said again is left out."""
    said: dict[str, list[str]] = {}
    for line in _lines(reports.filter(lines__progress__isnull=False).distinct()):
        if line.progress is not None and not line.repeated:
            words = f"{_cut(line.progress.text)}（{line.task.number}）"
            said.setdefault(line.report.unit.name, []).append(words)
    return "\n".join(f"{unit}：{'；'.join(words)}。" for unit, words in said.items())


def _problems(row: Snapshot, reader: Reader, reports: Any) -> str:
    lines = []
    absent = [name for _, name in row.head.get("missing", ())]
    if absent:
        lines.append(f"未按时报送周报的单位：{'、'.join(absent)}。")
    red: dict[str, int] = {}
    for task in reader.tasks():
        if task.row.parent is None and task.light == "red":
            lead = str(task.row.values["lead_unit"]) or "未分派"
            red[lead] = red.get(lead, 0) + 1
    if red:
        said = "、".join(f"{lead}{n}项" for lead, n in sorted(red.items(), key=lambda x: (-x[1], x[0])))
        lines.append(f"已超期任务：{said}。")
    idle: dict[str, list[str]] = {}
    for line in _lines(reports):
        unit, number = line.report.unit.name, line.task.number
        if line.progress is None:
            idle.setdefault(unit, []).append(number)
        elif line.progress.blocked:
            lines.append(f"{unit}（{number}）：{_cut(line.progress.blocked)}。")
    lines += [f"{unit}：{len(found)}项任务本周无进展（{'、'.join(found)}）。" for unit, found in idle.items()]
    return "\n".join(lines)


def _next_steps(reports: Any) -> str:
    said: dict[str, None] = {}
    for line in _lines(reports):
        if line.progress is not None and line.progress.next_step:
            said[f"{line.report.unit.name}：{_cut(line.progress.next_step)}。"] = None
    return "\n".join(said)


def _cut(text: str) -> str:
    words = " ".join(text.split()).rstrip("。；;")
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


@transaction.atomic
def edit(issue: Bulletin, values: Mapping[str, str], *, version: int, by: User, at: dt.datetime) -> None:
    """Change the texts of a draft. The figures are the snapshot's and are not edited."""
    _refuse_strangers(issue.notice, by)
    if issue.released_at is not None:
        raise Refused("这一期已经印发，不能再修改。")
    wanted = {name: values[name].strip() for name in TEXTS}
    if not wanted["title"]:
        raise Missing({"title": "请填写标题。"})
    mine = Bulletin.objects.filter(pk=issue.pk, version=version, released_at=None)
    if not mine.update(**wanted, version=version + 1):
        raise Stale("这一期刚刚被他人修改或印发，您填写的内容仍在框中，请核对后再保存。")
    changed = [name for name in TEXTS if getattr(issue, name) != wanted[name]]
    _record("bulletin.edit", issue, {"fields": changed}, by, at)


@transaction.atomic
def release(issue: Bulletin, *, version: int, by: User, at: dt.datetime) -> None:
    """From now on everybody who sees the notice reads it, and nobody changes it."""
    _refuse_strangers(issue.notice, by)
    if issue.released_at is not None:
        raise Refused("这一期已经印发。")
    open_snapshot(issue.snapshot)
    mine = Bulletin.objects.filter(pk=issue.pk, version=version, released_at=None)
    if not mine.update(released_at=at, released_by=by, version=version + 1):
        raise Stale("这一期刚刚被他人修改，请核对后再印发。")
    _record("bulletin.release", issue, {"number": issue.number}, by, at)


def _refuse_strangers(notice: Notice, by: User) -> None:
    if not has(by, Can.PLAN, notice.unit_id):
        raise Refused("只有整改办可以编发整改动态。")
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")


def _record(action: str, issue: Bulletin, data: dict[str, Any], by: User, at: dt.datetime) -> None:
    audit.record(audit.Act(action, "bulletin", issue.pk, issue.notice_id, data=data), by=by, at=at)


def heading(issue: Bulletin) -> str:
    """2026年第3期（2026年11月16日至22日）."""
    return f"{issue.year}年第{issue.number}期（{week_words(issue.snapshot.starts_on)}）"
