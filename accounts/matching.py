"""Names as people write them → units and people. Nobody is created here."""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from accounts.models import Unit, User

_BLANKS = re.compile(r"[\s　 ]+")


def tidy(name: str) -> str:
    """Without blanks, with half-width brackets."""
    return _BLANKS.sub("", name).replace("（", "(").replace("）", ")")


@dataclass
class UnitNames:
    """Every active unit by every name it is known by; built with one query, asked many times."""

    by_name: dict[str, Unit] = field(default_factory=dict)

    @classmethod
    def load(cls, within: Container[int] | None = None) -> "UnitNames":
        """`within`: ids of the units to know, so that nobody names or is offered another; None for all."""
        units = [u for u in Unit.objects.active().by_position() if within is None or u.pk in within]
        bearers: dict[str, list[Unit]] = {}
        for unit in units:
            for name in {tidy(n) for n in unit.names()}:
                bearers.setdefault(name, []).append(unit)
        # A name two units share is never guessed, but a full name belongs to its unit.
        known = {name: found[0] for name, found in bearers.items() if len(found) == 1}
        known.update({tidy(unit.name): unit for unit in reversed(units)})
        return cls(known)

    def find(self, name: str) -> Unit | None:
        """The one unit with this name, short name or alias; None when there is none or more than one."""
        return self.by_name.get(tidy(name))

    def likeliest(self, name: str, *, most: int = 3) -> list[Unit]:
        """Units whose names look most like it, best first; empty when nothing is close."""
        wanted = tidy(name)
        scored: dict[int, tuple[float, Unit]] = {}
        for known, unit in self.by_name.items():
            score = SequenceMatcher(None, wanted, known).ratio()
            if wanted and (wanted in known or (len(known) > 1 and known in wanted)):
                score = max(score, 0.75)
            if score >= 0.5 and score > scored.get(unit.pk, (0.0, unit))[0]:
                scored[unit.pk] = (score, unit)
        best = sorted(scored.values(), key=lambda pair: (-pair[0], pair[1].pk))
        return [unit for _, unit in best[:most]]


def people_by_name(names: Iterable[str], within: Container[int] | None = None) -> dict[str, User]:
    """Active people whose full name is exactly one of these; a name two people share matches nobody.

    `within`: ids of units in one of which the person must hold a role, so that a namesake elsewhere is never meant;
    people without any role are known everywhere. None for all.
    """
    wanted = {tidy(n) for n in names if n.strip()}
    found: dict[str, User] = {}
    twice: set[str] = set()
    people = User.objects.filter(is_active=True, name__in=wanted).prefetch_related("memberships")
    for user in people.order_by("pk"):
        held = [m.unit_id for m in user.memberships.all()]
        if within is not None and held and not any(unit in within for unit in held):
            continue
        if user.name in found:
            twice.add(user.name)
        found[user.name] = user
    return {name: user for name, user in found.items() if name not in twice}
