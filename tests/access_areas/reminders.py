"""Group robots: of a running notice in each county, of an archived one, and for all notices."""

from django.utils import timezone

from notices.models import Notice, Outlet, ReminderSetting
from tests.access import Thing

LETTERS = {"o": "outlet"}
REFUSED = "http://127.0.0.1:1"  # an address nobody allows


def _rules(world, thing):
    return {
        "is_on": "on",
        "version": 0,
        "r0-days": 5,
        "r0-tell": ["worker"],
        "overdue-days": 7,
        "overdue-tell": ["worker"],
        "waiting-days": 3,
        "idle-days": 0,
        "reply-days": 2,
        "look_back-days": 3,
        "evidence-days": 30,
    }


def _outlet(world, thing):
    return {"name": "改过的名称", "address": "https://oapi.dingtalk.com", "is_on": "on", "version": 0}


BODIES = {
    "notices:reminder_rules": _rules,
    "notices:notice_wording": lambda w, t: {"subject": "提醒", "body": "{清单}", "version": 0},
    "notices:outlet_edit": _outlet,
    "notices:notice_outlet_new": lambda w, t: {**_outlet(w, t), "kind": "dingtalk", "token": "t"},
    "notices:message_snooze": lambda w, t: {"how": "day"},
}


def build(world):
    ReminderSetting.objects.bulk_create(ReminderSetting(notice_id=t.pk) for t in world.things["notice"])
    for thing in [t for t in world.things["notice"] if t.stage in ("running", "archived")]:
        _add(world, Notice.objects.get(pk=thing.pk), thing.party, thing.stage)
    _add(world, None, "", "running", lead="a")


def _add(world, notice, party, stage, *, lead=""):
    """The administrator of the world sits in county a: `lead` stands for the whole house."""
    row = Outlet.objects.create(
        notice=notice, kind="dingtalk", name="待填", address=REFUSED, token="zko0k", secret="zko0k",
        created_at=timezone.now(),
    )  # fmt: skip
    Outlet.objects.filter(pk=row.pk).update(name=f"zko{row.pk}k群")
    world.add(Thing(kind="outlet", pk=row.pk, party=party, stage=stage, lead=lead))
