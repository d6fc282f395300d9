"""Links to the wall in each county, and one that everybody may open, of a notice in which nothing is marked."""

import datetime as dt

from django.utils import timezone

from accounts.models import Membership, User
from notices.domain.feeds import hashed
from notices.models import Notice, WallLink
from tests.access import Thing

LETTERS = {"c": "wall_link"}
BODIES = {
    "notices:notice_ranks": lambda w, t: {"version": Notice.objects.get(pk=t.pk).version, "shown": "0"},
}


def build(world):
    for county in ("a", "b", "c"):
        thing = next(t for t in world.things["notice"] if t.party == county and t.stage == "running")
        _link(world, thing, owner=f"{county}_office")
    thing = next(t for t in world.things["notice"] if t.party == "a" and t.stage == "running")
    _link(world, thing, owner="a_leader")
    _public(world)


def _link(world, notice, *, owner):
    by = world.users[owner]
    row = WallLink.objects.create(
        notice_id=notice.pk, label="待填", token_hash=f"{owner}-{notice.pk}", last_on=timezone.localdate(), by=by,
        by_name=by.name, created_at=timezone.now(),
    )  # fmt: skip
    WallLink.objects.filter(pk=row.pk).update(label=f"zkc{row.pk}k大屏")
    world.add(Thing(kind="wall_link", pk=row.pk, party=notice.party, stage=notice.stage, owner=owner))


def _public(world):
    """Its maker is nobody of the world: the wall of an empty notice of the maker's own unit."""
    maker = User.objects.create(username="access-wall-maker", name="某人")
    unit = type(world.units["a"]).objects.create(name="无关单位")
    Membership.objects.create(user=maker, unit=unit, role="office")
    notice = Notice.objects.create(unit=unit, title="无关批次", stage="running", created_at=timezone.now())
    WallLink.objects.create(
        notice=notice, label="公开", token_hash=hashed("access-world-wall"),
        last_on=timezone.localdate() + dt.timedelta(days=9), by=maker, by_name="某人", created_at=timezone.now(),
    )  # fmt: skip
