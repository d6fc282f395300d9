"""The sums of outcomes, each with the address of the list that makes it up: for the register and the board."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from accounts.models import Unit, User
from notices.domain.snapshot_outcomes import seen, sums
from notices.domain.snapshot_view import Sight
from notices.domain.snapshots import Reader
from notices.domain.statistics_outcomes import OutcomeLine, covered_outcomes, outcomes
from notices.models import Notice, OutcomeQuerySet
from notices.terms import OutcomeState
from notices.views.keyset import address


@dataclass(frozen=True)
class Sum:
    line: OutcomeLine
    url: str


def listed_sums(rows: OutcomeQuerySet, query: QueryDict) -> list[Sum]:
    """Of a list under its own filters."""
    return [Sum(line, address(query, **_entries_of(line))) for line in outcomes(rows)]


def _entries_of(line: OutcomeLine) -> dict[str, str]:
    """The filters that leave the entries of one sum."""
    return {"metric": line.metric, "measure": line.measure, "state": OutcomeState.CONFIRMED.value}


def board_sums(user: User, notices: Iterable[Notice], unit: Unit | None, *, notice: int | None) -> list[Sum]:
    """What the person sees of these notices, of one unit and those below it when there is one; `notice` is the one that
    was chosen."""
    lines = covered_outcomes(user, [n.pk for n in notices], within=unit.pk if unit else None)
    page = reverse("notices:outcome_list")
    fixed = {"notice": notice or "", **({"unit": unit.pk} if unit else {})}
    return [Sum(line, f"{page}?{urlencode({**fixed, **_entries_of(line)})}") for line in lines]


def past_sums(reader: Reader, sight: Sight, unit: Unit | None) -> list[Sum]:
    """As a closed week kept them, each with the list of that week."""
    rows = seen(reader.outcomes(), sight, within=unit.pk if unit else None)
    page = reverse("notices:snapshot_detail", args=[reader.snapshot.pk])
    fixed = {"list": "outcomes", **({"unit": unit.pk} if unit else {})}
    return [
        Sum(line, f"{page}?{urlencode({**fixed, 'metric': line.metric, 'measure': line.measure})}")
        for line in sums(rows)
    ]
