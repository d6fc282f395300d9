"""@ in a comment: who may be named on a task, and whom the words mean.

Named are the people of the task: those of the units that carry it, the office and the supervisors of its party, its
leader and the leaders over its lead unit, its contact.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.access import Lines
from accounts.models import Membership, User
from accounts.roles import Role
from notices.errors import Missing
from notices.models import Task
from notices.terms import UnitRole

_AT = re.compile(r"@([^\s@]{2,40})")
MOST = 80  # people proposed on the page


@dataclass(frozen=True)
class Nameable:
    """A person of the task with the unit that tells two of one name apart."""

    user: User
    unit: str

    @property
    def full(self) -> str:
        return f"{self.user.name}（{self.unit}）" if self.unit else self.user.name


def people_of(task: Task, *, but: User | None = None) -> list[Nameable]:
    """Everybody who may be named, by unit and name; two or three queries, whatever the task."""
    lines = Lines()
    lines.load([task.notice.unit_id, task.lead_unit_id])
    carrying = [u.unit_id for u in task.task_units.all() if u.unit_id and u.role != UnitRole.FORMER]
    above = Q(role=Role.LEADER, unit__in=lines.of(task.lead_unit_id))
    party = Q(role__in=(Role.OFFICE, Role.SUPERVISOR), unit__in=lines.of(task.notice.unit_id))
    workers = Q(role__in=(Role.STAFF, Role.HEAD), unit__in=carrying)
    named = Q(user__in=[pk for pk in (task.leader_id, task.contact_id) if pk])
    rows = Membership.objects.filter(workers | party | above | named, user__is_active=True)
    found: dict[int, Nameable] = {}
    for row in rows.select_related("user", "unit").order_by("unit__position", "unit_id", "user_id"):
        if but is None or row.user_id != but.pk:
            found.setdefault(row.user_id, Nameable(row.user, row.unit.label))
    return list(found.values())


def meant(text: str, people: Iterable[Nameable]) -> list[User]:
    """Whom the words behind each @ mean: of several names that fit the longest, and of several people of one name the
    one whose unit follows in brackets. Raises Missing({"text": …}) when it cannot be told."""
    known = list(people)
    found: dict[int, User] = {}
    unclear: list[str] = []
    for word in dict.fromkeys(_AT.findall(text)):
        name = max(
            (p.user.name for p in known if p.user.name and word.startswith(p.user.name)), key=len, default=""
        )
        fitting = [p for p in known if name and p.user.name == name]
        exact = [
            p for p in fitting if word.startswith((p.full, p.full.replace("（", "(").replace("）", ")")))
        ]
        fitting = exact or fitting
        if len(fitting) > 1:
            units = "、".join(p.unit for p in fitting)
            unclear.append(f"有 {len(fitting)} 位“{name}”（{units}），请写成“@{fitting[0].full}”这样。")
        else:
            found |= {p.user.pk: p.user for p in fitting}
    if unclear:
        raise Missing({"text": "".join(unclear)})
    return list(found.values())


def pieces(text: str, names: Sequence[str]) -> list[tuple[str, bool]]:
    """The text cut at @ and these names; True for what names somebody. Joined it is the text again."""
    if not names:
        return [(text, False)]
    longest = sorted({re.escape(name) for name in names if name}, key=len, reverse=True)
    parts = re.split(f"(@(?:{'|'.join(longest)}))", text)
    return [(part, index % 2 == 1) for index, part in enumerate(parts) if part]
