"""A filed report, a closed week and the issues of 整改动态 of two counties' running notices.

The week is the last one: it takes reports at any hour, and the one before it is what was closed.
"""

import datetime as dt
from typing import Any

from django.utils import timezone

from notices.domain import bulletins, week_desk
from notices.domain.weeks import SETTING_FIELDS, monday_of
from notices.models import Bulletin, Notice, Snapshot, Task, WeekLine, WeekReport, WeekSetting
from tests.access import Thing

LETTERS = {"b": "bulletin", "w": "week_report"}
WEEK = dt.timedelta(days=7)


def canary(kind: str, pk: int) -> str:
    return f"zk{kind}{pk}k"


def _week(weeks_ago: int = 1) -> str:
    return (monday_of(timezone.localdate()) - weeks_ago * WEEK).isoformat()


def _entries(world: Any, thing: Thing) -> dict[str, Any]:
    unit = world.units[thing.lead]
    body: dict[str, Any] = {"unit": unit.pk, "week": _week()}
    for task in Task.objects.filter(notice=thing.pk, lead_unit=unit, state="active"):
        body |= {f"text-{task.pk}": "", f"idle-{task.pk}": "on", f"why-{task.pk}": "等待批复"}
    return body


def _reopen(world: Any, thing: Thing) -> dict[str, Any]:
    """The unit filed for the week before last."""
    return {"unit": world.units[f"{thing.party}1"].pk, "week": _week(2), "why": "内容有误"}


def _settings(world: Any, thing: Thing) -> dict[str, Any]:
    usual = WeekSetting(closes_day=3)
    return {
        **{name: getattr(usual, name) for name in SETTING_FIELDS if name != "closes_itself"},
        "version": 0,
    }


def _draft(world: Any, thing: Thing) -> dict[str, Any]:
    """The snapshot of the notice that has no issue yet; that of another where it has none at all."""
    free = Snapshot.objects.filter(bulletin=None)
    row = free.filter(notice=thing.pk).first() or free.first()
    return {"snapshot": row.pk}


def _issue(world: Any, thing: Thing) -> dict[str, Any]:
    row = Bulletin.objects.get(pk=thing.pk)
    return {"title": "改过的标题", "reported": "改过", "version": row.version}


BODIES = {
    "notices:weekly_report": _entries,
    "notices:weekly_remind": lambda w, t: {"week": _week()},
    "notices:weekly_reopen": _reopen,
    "notices:weekly_close": lambda w, t: {"week": _week(1)},
    "notices:weekly_settings": _settings,
    "notices:bulletin_draft": _draft,
    "notices:bulletin_edit": _issue,
    "notices:bulletin_release": _issue,
}


def build(world: Any) -> None:
    for of in list(world.things["notice"]):
        led = frozenset(task.lead for task in of.tasks if task.state != "draft")
        world.add(Thing(kind="week", pk=of.pk, party=of.party, stage=of.stage, tasks=of.tasks))
        if led:
            first = f"{of.party}1"
            whole = Thing(kind="unit_week", pk=of.pk, party=of.party, stage=of.stage, parts=led, lead=first)
            world.add(whole)
        if of.stage == "running" and of.party in ("a", "b"):
            _closed(world, of)


def _closed(world: Any, of: Thing) -> None:
    """Two closed weeks long ago, a report in the older one; one issue drafted, one released."""
    notice, first = Notice.objects.get(pk=of.pk), f"{of.party}1"
    office, now = world.users[f"{of.party}_office"], timezone.now()
    _report(world, of, first)
    for ago, state in ((4, "released"), (3, "draft"), (2, "")):
        at = now - ago * WEEK
        monday = monday_of(timezone.localdate(at))
        at = max(at, dt.datetime.combine(monday, dt.time(12), at.tzinfo))
        row = week_desk.close_week(notice, monday, by=office, at=at, today=timezone.localdate(at))
        world.add(Thing(kind="snapshot", pk=row.pk, party=of.party, tasks=of.tasks))
        if state:
            _bulletin(world, of, row, state, at)


def _report(world: Any, of: Thing, lead: str) -> None:
    task = world.task(party=of.party, lead=lead, state="active")
    by = world.users[f"{lead}_staff"]
    row = WeekReport.objects.create(
        notice_id=of.pk,
        unit=world.units[lead],
        starts_on=_week(2),
        filed_at=timezone.now(),
        by=by,
        by_name=by.name,
    )
    WeekLine.objects.create(report=row, task_id=task.pk, idle_reason=f"{canary('w', row.pk)}原因")
    world.add(Thing(kind="week_report", pk=row.pk, party=of.party, lead=lead, stage=of.stage))


def _bulletin(world: Any, of: Thing, row: Snapshot, state: str, at: dt.datetime) -> None:
    """Its words are what the office wrote: the units' own words stand in the drafts of nobody else."""
    office = world.users[f"{of.party}_office"]
    issue = bulletins.draft(row, by=office, at=at)
    if state == "released":
        bulletins.release(issue, version=0, by=office, at=at)
    word = canary("b", issue.pk)
    texts = {name: f"{word}{name}" for name in bulletins.TEXTS}
    Bulletin.objects.filter(pk=issue.pk).update(**texts)
    world.add(Thing(kind="bulletin", pk=issue.pk, party=of.party, state=state, tasks=of.tasks))
