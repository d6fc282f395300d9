"""总览: everything the board shows about what one person covers, on one day. Counting is done in statistics.py."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from notices.domain import statistics
from notices.domain.coverage import Coverage
from notices.domain.statistics import Figures, IssueFigures, UnitLine
from notices.domain.statistics_parts import PartLine, covered_parts
from notices.domain.statistics_relapse import RelapseLine, relapses_by_unit
from notices.domain.statistics_weeks import WeekPoint, covered_weeks
from notices.models import Aspect, Issue, Notice, TaskScope


@dataclass(frozen=True)
class AspectLine:
    """Issues under one heading; `number` None: a whole notice, or issues without a heading."""

    notice: int
    number: int | None
    title: str
    issues: IssueFigures


@dataclass(frozen=True)
class Board:
    figures: Figures
    issues: IssueFigures
    aspects: list[AspectLine]  # of one notice its aspects, of several the notices
    units: list[UnitLine]
    weeks: list[WeekPoint]
    due_soon: int  # open, due today or within seven days
    closed_this_week: int
    by: str  # how `parts` divides the tasks, a key of statistics_parts.BY
    parts: list[PartLine]  # empty where the units are the division
    relapses: list[RelapseLine]


def board(cover: Coverage, *, today: dt.date, by: str = "unit") -> Board:
    seen = Issue.objects.filter(notice__in=cover.notices).visible_to(cover.user)
    if cover.within is not None:
        led = TaskScope.objects.filter(task__issue=OuterRef("pk"), unit=cover.within, via="lead")
        seen = seen.filter(Exists(led))
    by_aspect = statistics.issues_by_aspect(seen)
    return Board(
        figures=statistics.covered_figures(cover, today=today),
        issues=statistics.sum_of_issues(by_aspect.values()),
        aspects=_aspects(cover, by_aspect),
        units=statistics.covered_units(cover, today=today),
        weeks=covered_weeks(cover, today=today),
        due_soon=statistics.covered_due(cover, first=today, last=today + dt.timedelta(days=7)),
        closed_this_week=statistics.covered_closed(cover, since=today - dt.timedelta(days=today.weekday())),
        by=by,
        parts=[] if by == "unit" else covered_parts(cover, by, today=today),
        relapses=relapses_by_unit(cover),
    )


def _aspects(cover: Coverage, found: dict[tuple[int, int | None], IssueFigures]) -> list[AspectLine]:
    if len(cover.notices) == 1:
        by_number: dict[int, list[Aspect]] = {}  # a notice may print a number twice: lists go by the number
        for aspect in Aspect.objects.filter(notice__in=cover.notices).order_by("number", "pk"):
            if (aspect.notice_id, aspect.pk) in found:
                by_number.setdefault(aspect.number, []).append(aspect)
        lines = [
            AspectLine(
                cover.notices[0],
                number,
                "；".join(dict.fromkeys(a.title for a in group)),
                statistics.sum_of_issues(found[a.notice_id, a.pk] for a in group),
            )
            for number, group in by_number.items()
        ]
        bare = found.get((cover.notices[0], None))
        return [*lines, AspectLine(cover.notices[0], None, "未列方面", bare)] if bare else lines
    by_notice: dict[int, list[IssueFigures]] = {}
    for (notice, _), figures in found.items():
        by_notice.setdefault(notice, []).append(figures)
    titles = Notice.objects.filter(pk__in=by_notice).newest_first().values_list("pk", "title")
    return [AspectLine(pk, None, title, statistics.sum_of_issues(by_notice[pk])) for pk, title in titles]
