"""Accounts as things: everybody of the world, and one in each of two counties that was put out of use; roles in force; a role
that waits in each of two counties."""

from django.utils import timezone

from accounts.models import Membership, Proposal, SecondFactor, User
from accounts.roles import ADMINISTRATIVE, Role
from notices.domain import handover
from tests import factories
from tests.access import Thing

LETTERS = {"K": "account", "L": "proposal"}
TARGETS = {"a": "a2", "a1": "a2", "a1s": "a2", "a2": "a1", "ah": "a2"}


def _place(world, thing):
    """The version is that of every unit of the world: nobody has changed one."""
    return {"unit": world.units[TARGETS.get(thing.party, "a2")].pk, "version": 0, "confirm": "1"}


def _pass(world, thing):
    """Everything that an office may hand over, to somebody of the first county."""
    office = world.users["a_office"]
    body = {}
    for item in handover.items(User.objects.get(pk=thing.pk), user=office):
        body |= {f"to-{item.key}": world.users["a1_staff"].pk, f"seen-{item.key}": item.version}
    return body


BODIES = {
    "notices:unit_edit": lambda w, t: {
        "name": f"{t.party}改名",
        "version": 0,
        "position": 0,
        "is_active": "on",
        "aliases": "",
        "short_name": "",
    },
    "notices:unit_move": _place,
    "notices:unit_merge": _place,
    "notices:unit_split": lambda w, t: {"name": f"{t.party}分设", "version": 0},
    "notices:handover": _pass,
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
    for code, unit in world.units.items():
        state = "inner" if len(code) > 1 else "top"
        world.add(Thing(kind="unit", pk=unit.pk, party=code, state=state))
    for code, units in (("a2_staff", {"a2"}), ("b1_staff", {"b1"}), ("b2_staff", {"b2"})):
        world.add(Thing(kind="leaver", pk=world.users[code].pk, parts=frozenset(units), state="idle"))
    named = Thing(kind="leaver", pk=world.users["named"].pk, party="a", parts=frozenset({"a"}), state="busy")
    world.add(named)
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
