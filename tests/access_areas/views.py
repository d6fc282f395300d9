"""Links to the wall in each county, and one that everybody may open, of a notice in which nothing is marked."""

import datetime as dt

from django.utils import timezone

from accounts.models import Membership, User
from notices.domain.feeds import hashed
from notices.models import Notice, SavedView, WallLink
from tests.access import Thing

LETTERS = {"c": "wall_link", "C": "view"}
BODIES = {
    "notices:notice_ranks": lambda w, t: {"version": Notice.objects.get(pk=t.pk).version, "shown": "0"},
    "notices:wall_link_end": lambda w, t: {},
    "notices:view_edit": lambda w, t: _view_body(t),
    "notices:view_use": lambda w, t: {"default": "on"},
    "api:view-use": lambda w, t: {"default": True},
    "api:view-detail": lambda w, t: {"name": "改过的名称"},
}


def _view_body(thing):
    return {"kind": "task", "name": "改过的名称", "version": SavedView.objects.get(pk=thing.pk).version}


def build(world):
    for county in ("a", "b", "c"):
        thing = next(t for t in world.things["notice"] if t.party == county and t.stage == "running")
        _link(world, thing, owner=f"{county}_office")
    thing = next(t for t in world.things["notice"] if t.party == "a" and t.stage == "running")
    _link(world, thing, owner="a_leader")
    for owner, shared in (
        ("a_office", "a"),
        ("a1_staff", "a1"),
        ("a1_staff", ""),
        ("b_office", "b"),
        ("c_office", ""),
    ):
        _view(world, owner=owner, shared=shared)
    _public(world)


def _view(world, *, owner, shared):
    row = SavedView.objects.create(
        owner=world.users[owner], kind="task", name=f"待填{owner}{shared}", unit=world.units.get(shared),
        created_at=timezone.now(),
    )  # fmt: skip
    SavedView.objects.filter(pk=row.pk).update(name=f"zkC{row.pk}k视图", query=f"q=zkC{row.pk}k")
    world.add(Thing(kind="view", pk=row.pk, party=shared or owner[0], lead=shared, owner=owner))


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
