"""One line a notice: what a person covers of it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from notices.domain import statistics
from notices.domain.coverage import Coverage
from notices.domain.statistics import Figures, IssueFigures
from notices.models import Issue, Notice


@dataclass(frozen=True)
class NoticeLine:
    notice: Notice
    tasks: Figures
    issues: IssueFigures


def summary(cover: Coverage, notices: Iterable[Notice], *, today: dt.date) -> list[NoticeLine]:
    """In the order given; the same queries for any number of notices."""
    seen = Issue.objects.filter(notice__in=cover.notices).visible_to(cover.user)
    issues: dict[int, list[IssueFigures]] = {}
    for (notice, _), found in statistics.issues_by_aspect(seen).items():
        issues.setdefault(notice, []).append(found)
    tasks = statistics.covered_by_notice(cover, today=today)
    return [
        NoticeLine(n, tasks.get(n.pk, Figures()), statistics.sum_of_issues(issues.get(n.pk, [])))
        for n in notices
    ]
