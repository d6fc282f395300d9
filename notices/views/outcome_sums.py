"""The sums of outcomes, each with the address of the list that makes it up: for the register and the board."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from accounts.access import subtree
from accounts.models import Unit, User
from notices.domain.statistics_outcomes import OutcomeLine, outcomes
from notices.models import Notice, OutcomeEntry, OutcomeQuerySet
from notices.views.keyset import address


@dataclass(frozen=True)
class Sum:
    line: OutcomeLine
    url: str


def listed_sums(rows: OutcomeQuerySet, query: QueryDict) -> list[Sum]:
    """Of a list under its own filters."""
    return [Sum(line, address(query, metric=line.metric)) for line in outcomes(rows)]


def board_sums(user: User, notices: Iterable[Notice], unit: Unit | None, *, notice: int | None) -> list[Sum]:
    """What the person sees of these notices, of one unit and those below it when there is one; `notice` is the one that
    was chosen."""
    rows = OutcomeEntry.objects.visible_to(user).filter(notice__in=[n.pk for n in notices])
    if unit is not None:
        rows = rows.filter(unit__in=subtree([unit.pk]))
    page = reverse("notices:outcome_list")
    fixed = {"notice": notice or "", **({"unit": unit.pk} if unit else {})}
    return [Sum(line, f"{page}?{urlencode({**fixed, 'metric': line.metric})}") for line in outcomes(rows)]
