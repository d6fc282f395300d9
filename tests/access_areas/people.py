"""Accounts as things: everybody of the world, and one in each of two counties that was put out of use; roles in force; a role
that waits in each of two counties."""

from django.utils import timezone

from accounts.models import Membership, Proposal, SecondFactor, User
from accounts.roles import ADMINISTRATIVE, Role
from tests import factories
from tests.access import Thing

LETTERS = {"K": "account", "L": "proposal"}
BODIES = {
    "notices:person_edit": lambda w, t: {"name": "改名", "version": User.objects.get(pk=t.pk).version},
    "notices:person_deed": lambda w, t: {"why": "调离"},
    "notices:person_propose": lambda w, t: {"unit": w.units["ah"].pk, "role": "leader"},
}


def build(world):
    for place in ("a1", "b1"):
        off = factories.make_user(f"off_{place}", (Role.STAFF, world.units[place]))
        User.objects.filter(pk=off.pk).update(name=f"zkK{off.pk}k停用", is_active=False)
        SecondFactor.objects.create(user=off, secret="x", confirmed_at=timezone.now())
        world.add(Thing(kind="account", pk=off.pk, party=place, parts=frozenset({place}), state="off"))
    waiting = (("a2_staff", "a1", "a_admin"), ("b2_staff", "b1", "b_office"))
    for code, place, by in waiting:
        row = Proposal.objects.create(
            user=world.users[code], unit=world.units[place], role="staff", by=world.users[by], by_name="待填",
            at=timezone.now(),
        )  # fmt: skip
        Proposal.objects.filter(pk=row.pk).update(by_name=f"zkL{row.pk}k提出")
        world.add(Thing(kind="proposal", pk=row.pk, party=place, state="waiting"))
    codes = {unit.pk: code for code, unit in world.units.items()}
    logins = {user.pk: code for code, user in world.users.items()}
    held = {code: set() for code in world.users}
    for row in Membership.objects.filter(user__in=logins).order_by("pk"):
        held[logins[row.user_id]].add((row.role, codes[row.unit_id]))
        kind = "administrative" if row.role in ADMINISTRATIVE else "business"
        world.add(
            Thing(kind="post", pk=row.pk, party=codes[row.unit_id], owner=logins[row.user_id], state=kind)
        )
    for code, user in world.users.items():
        units = {unit for _, unit in held[code]} | {place for who, place, _ in waiting if who == code}
        kind = "administrative" if {role for role, _ in held[code]} & set(ADMINISTRATIVE) else "business"
        party = min(units, default="") if len({unit[0] for unit in units}) == 1 else ""
        world.add(
            Thing(kind="account", pk=user.pk, party=party, parts=frozenset(units), owner=code, state=kind)
        )
