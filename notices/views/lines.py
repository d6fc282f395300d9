"""Rows of task lists as plain values, so that a template asks nothing of an object and a page costs the same queries for any rows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Substr
from django.utils.timezone import localdate

from accounts.models import User
from notices.domain import worklist
from notices.domain.countdown import age, countdown
from notices.models import Task, TaskQuerySet
from notices.terms import State

_TEXT, _TITLE, _LATEST = 70, 60, 120  # characters shown of a measure, an issue's title, a report


@dataclass(frozen=True, slots=True)
class Line:
    pk: int
    number: str
    notice: str
    title: str
    text: str
    light: str
    state: str
    state_label: str
    kind: str
    lead: str
    supporting: str
    leader: str
    contact: str
    deadline: str
    countdown: str
    latest: str
    next_step: str
    age: str
    stale: bool
    evidence: int
    nudges: int
    extended: int
    is_part: bool
    may_report: bool
    may_push: bool
    may_direct: bool
    seen: str


def prepared(tasks: TaskQuerySet, *, today: dt.date) -> TaskQuerySet:
    """What `lines` needs of the rows; long texts are cut by the database."""
    return (
        tasks.with_light(today=today)
        .select_related("issue", "notice", "lead_unit")
        .prefetch_related("task_units")
        .annotate(
            short_text=Substr("text", 1, _TEXT + 1),
            short_title=Substr("issue__title", 1, _TITLE + 1),
            short_latest=Substr("latest_text", 1, _LATEST + 1),
            short_next=Substr("latest_next", 1, _LATEST + 1),
        )
        .defer(
            "text", "latest_text", "latest_next", "latest_blocked", "remark", "extra",
            "issue__detail", "issue__target", "issue__extra", "issue__title",
            "notice__text", "lead_unit__aliases",
        )
    )  # fmt: skip


def lines(tasks: Sequence[Task], *, user: User, today: dt.date) -> list[Line]:
    """`tasks` come from `prepared`."""
    report, push = worklist.reportable(tasks, user), worklist.pushable(tasks, user)
    direct = worklist.directable(tasks, user)
    week = worklist.monday(today)
    return [_line(t, today=today, week=week, report=report, push=push, direct=direct) for t in tasks]


def _line(
    task: Task, *, today: dt.date, week: dt.date, report: set[int], push: set[int], direct: set[int]
) -> Line:
    told = localdate(task.latest_at) if task.latest_at else None
    others = [p.unit_text for p in task.task_units.all() if p.role in ("responsible", "supporting")]
    lead = task.lead_unit
    read: Any = task  # with the annotations of `prepared`
    return Line(
        pk=task.pk,
        number=task.number,
        notice=task.notice.title,
        title=_cut(read.short_title, _TITLE),
        text=_cut(read.short_text, _TEXT),
        light=read.light,
        state=task.state,
        state_label=_state_label(task.state),
        kind=task.get_kind_display(),
        lead=lead.label if lead else "",
        supporting="、".join(others),
        leader=task.leader_text,
        contact=task.contact_text,
        deadline=task.deadline.isoformat() if task.deadline else "",
        countdown=countdown(task, today=today),
        latest=_cut(read.short_latest, _LATEST),
        next_step=_cut(read.short_next, _LATEST),
        age=age(told, today=today),
        stale=task.state == State.ACTIVE and (told is None or told < week),
        evidence=task.evidence_count,
        nudges=task.nudge_count,
        extended=task.extension_count,
        is_part=task.parent_id is not None,
        may_report=task.pk in report,
        may_push=task.pk in push,
        may_direct=task.pk in direct,
        seen=task.latest_at.isoformat() if task.latest_at else "",
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _state_label(state: str) -> str:
    """The long outcome is cut for a narrow column; the page of the task prints it whole."""
    return "阶段性完成" if state == State.SUSTAINED else State(state).label
