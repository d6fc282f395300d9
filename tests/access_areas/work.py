"""A picture as evidence, whose pages are drawn; periods in which colleagues stand in, all of them yet to come."""

import datetime as dt
import hashlib
import io
from typing import Any

from django.utils import timezone
from PIL import Image

from accounts.models import StandIn
from notices.domain.evidence import store_path
from notices.models import Evidence, Notice, Task
from tests import factories
from tests.access import Thing

LETTERS = {"s": "standin"}


def _materials(world: Any, thing: Thing) -> dict[str, Any]:
    return {"evidence_kinds": "照片", "version": Notice.objects.get(pk=thing.pk).version}


BODIES = {
    "notices:task_draft": lambda w, t: {"text": "写了一半"},
    "notices:evidence_kind": lambda w, t: {"category": "照片"},
    "notices:notice_materials": _materials,
}


def build(world: Any) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, "PNG")
    for code, county in (("a1_staff", "a"), ("b1_staff", "b")):
        thing = world.task(party=county, lead=f"{county}1", state="active")
        row = factories.make_evidence(Task.objects.get(pk=thing.pk), by=world.users[code], at=timezone.now())
        stored_as = f"access-picture-{county}.png"
        (store_path() / stored_as).write_bytes(drawn.getvalue())
        digest = hashlib.sha256(drawn.getvalue()).hexdigest()
        Evidence.objects.filter(pk=row.pk).update(
            stored_as=stored_as, kind="png", name="现场.png", sha256=digest, size=len(drawn.getvalue())
        )
        world.add(Thing(kind="picture", pk=row.pk, party=county, tasks=(thing,)))
    for person, deputy, unit in (("a1_head", "a1_staff", "a1"), ("b1_head", "b1_staff", "b1")):
        _stand_in(world, person, deputy, unit)


def _stand_in(world: Any, person: str, deputy: str, unit: str) -> None:
    begins = timezone.localdate() + dt.timedelta(days=30)
    row = StandIn.objects.create(
        person=world.users[person],
        deputy=world.users[deputy],
        unit=world.units[unit],
        first_on=begins,
        last_on=begins,
        made_at=timezone.now(),
    )
    StandIn.objects.filter(pk=row.pk).update(why=f"zks{row.pk}k事由")
    world.add(Thing(kind="standin", pk=row.pk, party=unit[0], lead=unit, owner=person, stand_in=deputy))
