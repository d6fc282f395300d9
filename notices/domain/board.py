"""总览: everything the board shows about what one person covers, on one day. Counting is done in statistics.py."""

import datetime as dt
from dataclasses import dataclass

from notices.domain import statistics
from notices.domain.coverage import Coverage
from notices.domain.statistics import Figures, IssueFigures, UnitLine, WeekPoint
from notices.models import Aspect, Issue, Notice


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


def board(cover: Coverage, *, today: dt.date) -> Board:
    seen = Issue.objects.filter(notice__in=cover.notices).visible_to(cover.user)
    by_aspect = statistics.issues_by_aspect(seen)
    return Board(
        figures=statistics.covered_figures(cover, today=today),
        issues=statistics.sum_of_issues(by_aspect.values()),
        aspects=_aspects(cover, by_aspect),
        units=statistics.covered_units(cover, today=today),
        weeks=statistics.covered_weeks(cover, today=today),
        due_soon=statistics.covered_due(cover, first=today, last=today + dt.timedelta(days=7)),
        closed_this_week=statistics.covered_closed(cover, since=today - dt.timedelta(days=today.weekday())),
    )


def _aspects(cover: Coverage, found: dict[tuple[int, int | None], IssueFigures]) -> list[AspectLine]:
    if len(cover.notices) == 1:
        headings = Aspect.objects.filter(notice__in=cover.notices).order_by("number")
        lines = [
            AspectLine(a.notice_id, a.number, a.title, found[a.notice_id, a.pk])
            for a in headings
            if (a.notice_id, a.pk) in found
        ]
        bare = found.get((cover.notices[0], None))
        return [*lines, AspectLine(cover.notices[0], None, "未列方面", bare)] if bare else lines
    by_notice: dict[int, list[IssueFigures]] = {}
    for (notice, _), figures in found.items():
        by_notice.setdefault(notice, []).append(figures)
    titles = Notice.objects.filter(pk__in=by_notice).newest_first().values_list("pk", "title")
    return [AspectLine(pk, None, title, statistics.sum_of_issues(by_notice[pk])) for pk, title in titles]
