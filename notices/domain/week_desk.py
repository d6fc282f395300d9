"""The office's side of the week: who has filed, who is reminded, who is let in again, and the closing."""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from accounts import audit
from accounts.access import has, people_with
from accounts.models import Unit, User
from accounts.roles import Can, Role
from notices.domain import inbox, snapshots
from notices.domain.weekly import due_units, missing
from notices.domain.weeks import due_week, is_running, monday_of, week_words, window_of
from notices.domain.workdays import ZONE, load_calendar
from notices.errors import Missing, Refused
from notices.models import Notice, Snapshot, WeekReport, WeekSetting
from notices.terms import LIVE_STAGES, MessageKind

PAUSE = dt.timedelta(hours=20)  # one reminder a unit in this time
_WEEK = dt.timedelta(days=7)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnitWeek:
    """One unit's line on the desk. `report` None: nothing is there. `idle`, `repeated`: tasks of its report."""

    unit: Unit
    report: WeekReport | None
    tasks: int = 0
    idle: int = 0
    repeated: int = 0

    @property
    def is_filed(self) -> bool:
        return self.report is not None and self.report.filed_at is not None


@dataclass(frozen=True)
class Reminded:
    """Names of the units told, and name → why not for the rest."""

    done: list[str]
    refused: dict[str, str]


def unit_weeks(notice: Notice, week: dt.date) -> list[UnitWeek]:
    """Units that had to file and those that did, missing ones first. Four queries."""
    absent = {unit.pk for unit in missing(notice, week)}
    reports = {
        row.unit_id: row
        for row in WeekReport.objects.filter(notice=notice, starts_on=week).annotate(
            n_tasks=Count("lines"),
            n_idle=Count("lines", filter=Q(lines__progress=None)),
            n_repeated=Count("lines", filter=Q(lines__repeated=True)),
        )
    }
    filed = {pk for pk, row in reports.items() if row.filed_at is not None}
    units = Unit.objects.without_tree_fields().filter(pk__in=absent | filed).order_by("position", "pk")
    lines = [_unit_week(unit, reports.get(unit.pk)) for unit in units]
    return sorted(lines, key=lambda line: line.is_filed)


def _unit_week(unit: Unit, row: Any) -> UnitWeek:
    if row is None:
        return UnitWeek(unit, None)
    return UnitWeek(unit, row, row.n_tasks, row.n_idle, row.n_repeated)


def _refuse_strangers(notice: Notice, by: User) -> None:
    if not has(by, Can.PLAN, notice.unit_id):
        raise Refused("只有整改办可以办理。")
    if not is_running(notice):
        raise Refused("该批次尚未启动或已归档，不报送周报。")


@transaction.atomic
def remind(notice: Notice, week: dt.date, *, by: User, at: dt.datetime) -> Reminded:
    """Tell the people of every unit that has not filed; a unit that was told lately is left alone."""
    _refuse_strangers(notice, by)
    found = window_of(notice, week)
    if found is None:
        raise Refused(f"{week_words(week)}不报送周报，无需提醒。")
    done: list[str] = []
    refused: dict[str, str] = {}
    for unit in missing(notice, week):
        row, _ = WeekReport.objects.select_for_update().get_or_create(
            notice=notice, unit=unit, starts_on=week
        )
        people = people_with(Role.STAFF, unit.pk, above=False) or people_with(Role.HEAD, unit.pk)
        if row.reminded_at is not None and at - row.reminded_at < PAUSE:
            refused[unit.label] = f"已于{row.reminded_at.astimezone(ZONE):%m月%d日 %H:%M}提醒过。"
        elif not people:
            refused[unit.label] = "没有可接收提醒的账号，请线下联系。"
        else:
            body = (
                f"《{notice.title}》{week_words(week)}的周报应于{found.closes_at:%m月%d日 %H:%M}前报送，"
                "尚未收到，请到“周报”页面填报。"
            )
            title = f"周报未报送：{unit.label}"
            inbox.tell(people, MessageKind.REMINDER, title, body=body, task=None, at=at)
            WeekReport.objects.filter(pk=row.pk).update(reminded_at=at)
            done.append(unit.label)
    data = {"week": week.isoformat(), "units": done}
    audit.record(audit.Act("week.remind", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
    return Reminded(done, refused)


@transaction.atomic
def reopen(notice: Notice, unit: Unit, week: dt.date, *, why: str, by: User, at: dt.datetime) -> WeekReport:
    """Let a unit file once more: after the week was closed, or to put right what it filed."""
    _refuse_strangers(notice, by)
    if not why.strip():
        raise Missing({"why": "请写明准予补报的原因。"})
    closed = Snapshot.objects.filter(notice=notice, starts_on=week).exists()
    row, _ = WeekReport.objects.select_for_update().get_or_create(notice=notice, unit=unit, starts_on=week)
    if row.is_reopened:
        raise Refused(f"已准予{unit.label}补报，等待该单位报送。")
    last_week = monday_of(at.astimezone(ZONE).date()) - _WEEK
    if row.filed_at is None and not closed and week >= last_week:
        raise Refused(f"{unit.label}尚未报送，这一周也没有封存，该单位可以直接报送。")
    values = {"is_reopened": True, "reopened_why": why.strip()[:200], "version": row.version + 1}
    WeekReport.objects.filter(pk=row.pk).update(**values)
    people = people_with(Role.STAFF, unit.pk, above=False) or people_with(Role.HEAD, unit.pk)
    body = f"《{notice.title}》{week_words(week)}的周报可以补报。原因：{why.strip()}"
    inbox.tell(people, MessageKind.REMINDER, f"准予补报周报：{unit.label}", body=body, task=None, at=at)
    data = {"unit": unit.pk, "week": week.isoformat(), "why": why.strip()}
    audit.record(audit.Act("week.reopen", "week_report", row.pk, notice.pk, data=data), by=by, at=at)
    return WeekReport.objects.get(pk=row.pk)


# ── Closing ──────────────────────────────────────────────────────────────────
def close_week(
    notice: Notice, week: dt.date, *, by: User | None, at: dt.datetime, today: dt.date
) -> Snapshot:
    """Freeze the ledger as the end of that week. `by` None is the sweep. Raises Refused when it may not be closed now:
    a week is closed once, in order, this one or the last, and not before it opens."""
    if by is not None:
        _refuse_strangers(notice, by)
    this = monday_of(today)
    if not this - _WEEK <= week <= this:
        raise Refused("只能封存本周或上周：台账是现在的内容，不能当作更早或以后的一周。")
    if Snapshot.objects.filter(notice=notice, starts_on__gt=week).exists():
        raise Refused("更晚的一周已经封存，不能再封存这一周。")
    found = window_of(notice, week)
    if found is not None and at < found.opens_at:
        raise Refused(f"本周周报自{found.opens_at:%m月%d日 %H:%M}起报送，开始之前不能封存。")
    due, absent = due_units(notice), missing(notice, week)
    filed = WeekReport.objects.filter(notice=notice, starts_on=week).filed().count()
    head = {"due": due.count(), "filed": filed, "missing": [[u.pk, u.name] for u in absent]}
    return snapshots.freeze(notice, week, head=head, by=by, at=at, today=today)


def close_due(*, at: dt.datetime, today: dt.date) -> list[Snapshot]:
    """Close every week that should have closed itself by now; a notice that cannot be closed does not stop the rest."""
    done = []
    calendar = load_calendar(today)
    settings = WeekSetting.objects.filter(closes_itself=True, is_on=True, notice__stage__in=LIVE_STAGES)
    for setting in settings.select_related("notice__unit").order_by("notice_id"):
        week = due_week(setting, calendar, at=at)
        newest = Snapshot.objects.filter(notice=setting.notice, starts_on__gte=week) if week else None
        if week is None or newest is None or newest.exists():
            continue
        try:
            done.append(close_week(setting.notice, week, by=None, at=at, today=today))
        except Refused as why:
            logger.warning("week %s of notice %s not closed: %s", week, setting.notice_id, why)
    return done
