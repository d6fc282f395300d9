"""Planned against done, week by week; a branch of statistics.py."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count

from notices.domain.baseline import planned_days
from notices.domain.coverage import Coverage, covered_tasks
from notices.models import NO_DAY, Task, TaskQuerySet
from notices.terms import State


@dataclass(frozen=True)
class WeekPoint:
    """Cumulative counts at the end of a week (Sunday). `planned`: by the approved plan; `due`: by the deadlines in
    force."""

    ends_on: dt.date
    planned: int
    due: int
    done: int


def planned_and_done(notices: Iterable[int], *, today: dt.date, weeks: int = 12) -> list[WeekPoint]:
    """Tasks whose deadline has come, and tasks finished, by the end of each of the last weeks and this one."""
    tasks = Task.objects.filter(notice__in=list(notices), parent=None).exclude(state=State.CANCELLED)
    return weeks_of(tasks, today=today, weeks=weeks)


def weeks_of(tasks: TaskQuerySet, *, today: dt.date, weeks: int = 12) -> list[WeekPoint]:
    """The same of any tasks: closed by the day of verification."""
    rows = planned_days(tasks).order_by()
    days = rows.values_list("planned_on", "deadline").annotate(n=Count("pk"))  # type: ignore[misc]
    planned, due = Counter[dt.date](), Counter[dt.date]()
    for plan, deadline, n in days:
        planned[plan or NO_DAY] += n
        due[deadline or NO_DAY] += n
    done = dict(tasks.closed().values_list("closed_on").annotate(n=Count("pk")).order_by())
    return week_points(planned, due, done, today=today, weeks=weeks)


def week_points(
    planned: Mapping[dt.date, int],
    due: Mapping[dt.date, int],
    done: Mapping[dt.date, int],
    *,
    today: dt.date,
    weeks: int = 12,
) -> list[WeekPoint]:
    """Counts by day added up to the ends of the last weeks and this one."""
    sunday = today + dt.timedelta(days=6 - today.weekday())
    ends = [sunday - dt.timedelta(weeks=w) for w in reversed(range(weeks))]

    def until(days: Mapping[dt.date, int], end: dt.date) -> int:
        return sum(n for day, n in days.items() if day <= end)

    return [WeekPoint(e, until(planned, e), until(due, e), until(done, min(e, today))) for e in ends]


def covered_weeks(cover: Coverage, *, today: dt.date, weeks: int = 12) -> list[WeekPoint]:
    return weeks_of(covered_tasks(cover), today=today, weeks=weeks)
