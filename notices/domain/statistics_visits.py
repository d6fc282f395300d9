"""Counts of visits and of what they found, by period, unit and method; a branch of statistics.py.

Only visits that were carried out count; voided findings never do.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from accounts.models import Unit
from notices.models import Finding, FindingQuerySet, Supervision, SupervisionQuerySet
from notices.terms import FindingState, Severity, VisitMethod


@dataclass(frozen=True)
class VisitFigures:
    """`visits` 次 and `unit_visits` 家次: a visit to three units counts once in the first, three times in the second.

    `meetings` are those held during visits (督导会议，场). `methods`: visits by code of VisitMethod; a visit with two
    methods counts under both. Findings: `severities` by code, `open` handed over and not accepted, `overdue` of them
    with the unit beyond their day, `tasks` made into a task.
    """

    visits: int
    unit_visits: int
    units: int
    meetings: int
    methods: dict[str, int]
    findings: int
    severities: dict[str, int]
    accepted: int
    open: int
    overdue: int
    tasks: int


def visits_between(
    rows: SupervisionQuerySet, *, since: dt.date | None = None, until: dt.date | None = None
) -> SupervisionQuerySet:
    """Those of the rows that were carried out on these days, both included."""
    done = rows.done()
    done = done.filter(held_on__gte=since) if since else done
    return done.filter(held_on__lte=until) if until else done


def visit_figures(rows: SupervisionQuerySet, findings: FindingQuerySet, *, today: dt.date) -> VisitFigures:
    """Of visits and of their findings as far as the caller may count them. Three queries."""
    done = rows.done()
    methods = {code: Count("pk", filter=Q(methods__contains=code)) for code in VisitMethod.values}
    counted = done.order_by().aggregate(n=Count("pk"), meetings=Sum("meetings"), **methods)
    there = Supervision.units.through.objects.filter(supervision__in=done.order_by().values("pk"))
    reached = there.aggregate(n=Count("pk"), units=Count("unit", distinct=True))
    late = Q(state=FindingState.HANDED, reply_by__lt=today)
    found = findings.live().order_by().aggregate(
        n=Count("pk"),
        accepted=Count("pk", filter=Q(state=FindingState.ACCEPTED)),
        open=Count("pk", filter=Q(state__in=(FindingState.HANDED, FindingState.REPLIED))),
        overdue=Count("pk", filter=late),
        tasks=Count("made"),
        **{code: Count("pk", filter=Q(severity=code)) for code in Severity.values},
    )  # fmt: skip
    return VisitFigures(
        visits=counted["n"],
        unit_visits=reached["n"],
        units=reached["units"],
        meetings=counted["meetings"] or 0,
        methods={code: counted[code] for code in VisitMethod.values},
        findings=found["n"],
        severities={code: found[code] for code in Severity.values},
        accepted=found["accepted"],
        open=found["open"],
        overdue=found["overdue"],
        tasks=found["tasks"],
    )


def notice_visits(
    notice: int, *, since: dt.date | None = None, until: dt.date | None = None, today: dt.date
) -> VisitFigures:
    """What a notice prints of its supervision, over the days given; without them, over the whole campaign."""
    rows = visits_between(Supervision.objects.filter(notice=notice), since=since, until=until)
    findings = Finding.objects.filter(supervision__in=rows.values("pk"))
    return visit_figures(rows, findings, today=today)


@dataclass(frozen=True)
class UnitVisits:
    """One visited unit: how often, what was found there, what is still open."""

    unit: int
    name: str
    visits: int
    findings: int
    open: int


def visits_by_unit(rows: SupervisionQuerySet, findings: FindingQuerySet) -> list[UnitVisits]:
    """Most visits first, then the order of the units."""
    there = Supervision.units.through.objects.filter(supervision__in=rows.done().order_by().values("pk"))
    visits = dict(there.values_list("unit").annotate(n=Count("pk")).order_by())
    opened = Q(state__in=(FindingState.HANDED, FindingState.REPLIED))
    found = {
        unit: (n, still)
        for unit, n, still in findings.live()
        .order_by()
        .values_list("unit")
        .annotate(n=Count("pk"), still=Count("pk", filter=opened))
    }
    units: Iterable[Unit] = Unit.objects.without_tree_fields().filter(pk__in=visits).by_position()
    lines = [UnitVisits(u.pk, u.name, visits[u.pk], *found.get(u.pk, (0, 0))) for u in units]
    return sorted(lines, key=lambda line: -line.visits)
