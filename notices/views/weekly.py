"""周报: the desk of a notice's week, a unit's report, reminders, letting in, closing, settings."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import week_desk, weekly, weeks
from notices.domain.bulletins import heading
from notices.domain.once import new_token, only_once
from notices.domain.weeks import Window, monday_of, week_words
from notices.errors import Missing, Refused
from notices.forms.weekly import ReopenForm, WeekReportForm, WeekSettingForm
from notices.models import Bulletin, Notice, Snapshot, WeekLine, WeekReport
from notices.terms import LIVE_STAGES, Stage

WEEK = dt.timedelta(days=7)
RECENT = 12


def week_asked(given: QueryDict) -> dt.date:
    """The Monday of the day in the address; this week without one or with a broken one."""
    try:
        day = dt.date.fromisoformat(given.get("week", ""))
    except ValueError:
        day = timezone.localdate()
    return monday_of(day) if 2000 <= day.year <= 2100 else monday_of(timezone.localdate())


def notice_seen(request: PersonRequest, pk: int) -> Notice:
    seen = Notice.objects.visible_to(request.user).select_related("unit").defer("text")
    return get_object_or_404(seen, pk=pk)


def notice_planned(request: PersonRequest, pk: int) -> Notice:
    """For the office alone; to everybody else the address does not exist."""
    notice = notice_seen(request, pk)
    if not has(request.user, Can.PLAN, notice.unit_id):
        raise Http404
    return notice


def desk_url(notice: Notice, week: dt.date) -> str:
    return f"{reverse('notices:weekly_desk', args=[notice.pk])}?week={week}"


def status_words(found: Window | None, closed: Snapshot | None, *, at: dt.datetime) -> str:
    """Where the week stands."""
    if closed is not None:
        return "已封存"
    if found is None:
        return "本周不报送"
    if at < found.opens_at:
        return "尚未开始"
    return "报送中" if at <= found.closes_at else "已过截止时间"


@login_required
@require_safe
def weekly_list(request: PersonRequest) -> HttpResponse:
    """The running notices with this week's state; straight to the desk when there is one."""
    found = [n for n in chosen_notices(request) if n.stage in LIVE_STAGES]
    if len(found) == 1:
        return redirect("notices:weekly_desk", pk=found[0].pk)
    week = monday_of(timezone.localdate())
    closed = {row.notice_id for row in Snapshot.objects.filter(notice__in=found, starts_on=week)}
    rows = [(notice, notice.pk in closed) for notice in found]
    return render(request, "notices/weekly_list.html", {"rows": rows, "words": week_words(week)})


@dataclass(frozen=True)
class OwnWeek:
    """A unit the person files for, and its report when there is one."""

    unit: Unit
    report: WeekReport | None
    url: str


@login_required
@require_safe
def weekly_desk(request: PersonRequest, pk: int) -> HttpResponse:
    notice, week, at = notice_seen(request, pk), week_asked(request.GET), timezone.now()
    found = weeks.window_of(notice, week)
    snapshots = list(Snapshot.objects.filter(notice=notice).newest_first()[:RECENT])
    closed = Snapshot.objects.filter(notice=notice, starts_on=week).first()
    plans = has(request.user, Can.PLAN, notice.unit_id)
    readable = set(weekly.units_read_by(request.user, notice).values_list("pk", flat=True))
    lines = [line for line in week_desk.unit_weeks(notice, week) if line.unit.pk in readable]
    this = monday_of(timezone.localdate())
    issues = Bulletin.objects.visible_to(request.user).filter(notice=notice).select_related("snapshot")
    context = {
        "notice": notice,
        "week": week,
        "words": week_words(week),
        "window": found,
        "status": status_words(found, closed, at=at),
        "closed": closed,
        "running": weeks.is_running(notice),
        "lines": lines,
        "own": [
            OwnWeek(x.unit, x.report, report_url(notice, x.unit, week))
            for x in lines
            if has(request.user, Can.WORK, x.unit)
        ],
        "absent": [x.unit.label for x in lines if not x.is_filed],
        "plans": plans,
        "closable": plans and closed is None and weeks.is_running(notice) and this - WEEK <= week <= this,
        "previous": desk_url(notice, week - WEEK),
        "next": desk_url(notice, week + WEEK) if week < this else None,
        "snapshots": snapshots,
        "drafted": set(Bulletin.objects.filter(notice=notice).values_list("snapshot_id", flat=True)),
        "issues": [(row, heading(row)) for row in issues.newest_first()[:RECENT]],
        "token": new_token(),
        "reopen": ReopenForm(),
    }
    return render(request, "notices/weekly_desk.html", context)


def report_url(notice: Notice, unit: Unit, week: dt.date) -> str:
    return f"{reverse('notices:weekly_report', args=[notice.pk])}?unit={unit.pk}&week={week}"


def unit_asked(request: PersonRequest, notice: Notice) -> Unit:
    """The unit of the address among those whose reports the person may read; the first one the person works in
    without an address."""
    readable = weekly.units_read_by(request.user, notice)
    wanted = (request.POST if request.method == "POST" else request.GET).get("unit", "")
    if wanted:
        return get_object_or_404(readable, pk=wanted if wanted.isdecimal() and len(wanted) < 19 else 0)
    units = list(readable)
    own = [unit for unit in units if has(request.user, Can.WORK, unit)]
    if not units:
        raise Http404
    return (own or units)[0]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def weekly_report(request: PersonRequest, pk: int) -> HttpResponse:
    """One page with all of a unit's tasks, filed once; what is filed is shown."""
    notice = notice_seen(request, pk)
    unit = unit_asked(request, notice)
    week = week_asked(request.POST if request.method == "POST" else request.GET)
    why_not = weekly.filer(request.user, notice, unit)
    if request.method == "POST" and why_not:
        raise Http404
    row = WeekReport.objects.filter(notice=notice, unit=unit, starts_on=week).first()
    lines = weekly.lines_of(notice, unit, week)
    given = request.POST if request.method == "POST" else None
    form = WeekReportForm(lines, given, initial={"token": new_token()})
    if form.is_valid() and filed(request, notice, unit, week, form):
        return redirect(report_url(notice, unit, week))
    may = why_not is None and (row is None or row.filed_at is None or row.is_reopened or form.is_bound)
    found = weeks.window_of(notice, week)
    context = {
        "notice": notice,
        "unit": unit,
        "week": week,
        "words": week_words(week),
        "window": found,
        "late": bool(found and timezone.now() > found.closes_at),
        "row": row,
        "kept": lines_kept(row),
        "form": form if may else None,
        "why_not": why_not,
        "desk": desk_url(notice, week),
    }
    return render(request, "notices/weekly_report.html", context, status=422 if form.is_bound else 200)


def lines_kept(row: WeekReport | None) -> list[WeekLine]:
    if row is None or row.filed_at is None:
        return []
    kept = WeekLine.objects.filter(report=row).select_related("task", "progress")
    return list(kept.order_by("task__issue__position", "task__position", "task_id"))


def filed(request: PersonRequest, notice: Notice, unit: Unit, week: dt.date, form: WeekReportForm) -> bool:
    """File what the form holds; a refusal is put into it."""
    at = timezone.now()

    def act() -> WeekReport:
        return weekly.file_report(notice, unit, week, form.entries(), by=request.user, at=at)

    try:
        row = only_once(form.cleaned_data["token"], act, by=request.user, at=at)
    except Missing as lacking:
        form.refuse(lacking.fields)
    except Refused as why:
        form.add_error(None, str(why))
    else:
        messages.success(
            request, f"{unit.label}{week_words(week)}的周报已报送{'（迟报）' if row.late else ''}。"
        )
    return form.is_valid()


# ── The office ───────────────────────────────────────────────────────────────
@login_required
@require_POST
def weekly_remind(request: PersonRequest, pk: int) -> HttpResponse:
    notice, week = notice_planned(request, pk), week_asked(request.POST)
    try:
        told = week_desk.remind(notice, week, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect(desk_url(notice, week))
    if told.done:
        messages.success(request, f"已提醒 {len(told.done)} 个单位：{'、'.join(told.done)}。")
    if told.refused:
        said = "\n".join(f"{unit}：{why}" for unit, why in told.refused.items())
        messages.warning(request, f"以下单位没有提醒：\n{said}")
    if not told.done and not told.refused:
        messages.success(request, "各单位均已报送，无需提醒。")
    return redirect(desk_url(notice, week))


@login_required
@require_POST
def weekly_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    notice, week, form = notice_planned(request, pk), week_asked(request.POST), ReopenForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect(desk_url(notice, week))
    unit = get_object_or_404(weekly.units_read_by(request.user, notice), pk=form.cleaned_data["unit"])
    try:
        why = form.cleaned_data["why"]
        week_desk.reopen(notice, unit, week, why=why, by=request.user, at=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已准予{unit.label}补报{week_words(week)}的周报。")
    return redirect(desk_url(notice, week))


@login_required
@require_POST
def weekly_close(request: PersonRequest, pk: int) -> HttpResponse:
    notice, week = notice_planned(request, pk), week_asked(request.POST)
    at, today = timezone.now(), timezone.localdate()
    try:
        row = week_desk.close_week(notice, week, by=request.user, at=at, today=today)
    except Refused as why:
        messages.error(request, str(why))
        return redirect(desk_url(notice, week))
    messages.success(
        request, f"{week_words(week)}已封存：问题 {row.counts['issue']} 个，任务 {row.counts['task']} 项。"
    )
    return redirect(desk_url(notice, week))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def weekly_settings(request: PersonRequest, pk: int) -> HttpResponse:
    notice = notice_planned(request, pk)
    setting = weeks.setting_of(notice)
    given = request.POST if request.method == "POST" else None
    form = WeekSettingForm(given, instance=setting, initial={"version": setting.version})
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in weeks.SETTING_FIELDS}
        version = form.cleaned_data["version"]
        try:
            weeks.change_setting(notice, values, version=version, by=request.user, at=timezone.now())
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, "周报设置已保存。")
            return redirect("notices:weekly_desk", pk=pk)
    context = {"notice": notice, "form": form, "archived": notice.stage == Stage.ARCHIVED}
    return render(request, "notices/weekly_settings.html", context, status=422 if form.is_bound else 200)
