"""Files asked to be destroyed: waiting ones, asked by the unit and by the office, and one that was refused."""

import hashlib
from typing import Any

from django.utils import timezone

from notices.domain.evidence import store_path
from notices.models import Evidence, Purge, Task
from tests import factories
from tests.access import Thing

LETTERS = {"S": "purge"}
BODIES = {
    "notices:evidence_purge": lambda w, t: {"why": "误传了标有密级的文件"},
    "notices:purge_decide": lambda w, t: {"why": "不涉密"},
}


def build(world: Any) -> None:
    """Each about a file of its own, so that no other file of the world is closed."""
    for county in ("a", "b"):
        task = next(
            t
            for t in world.things["task"]
            if (t.party, t.state) == (county, "active") and t.lead == f"{county}1"
        )
        for owner, state in (
            (f"{county}1_staff", "asked"),
            (f"{county}_office", "asked"),
            (f"{county}_office", "refused"),
        ):
            _purge(world, task, owner=owner, state=state)


def _purge(world: Any, task: Thing, *, owner: str, state: str) -> None:
    by, at = world.users[owner], timezone.now()
    row = factories.make_evidence(Task.objects.get(pk=task.pk), by=by, at=at, name="误传.txt")
    content = f"purged {row.pk}".encode()
    stored_as, digest = f"access-purge-{row.pk}.txt", hashlib.sha256(content).hexdigest()
    (store_path() / stored_as).write_bytes(content)
    Evidence.objects.filter(pk=row.pk).update(
        stored_as=stored_as, kind="txt", sha256=digest, size=len(content)
    )
    decided = {
        "decided_by": world.users[f"{task.party}_supervisor"],
        "decided_name": "某人",
        "decided_at": at,
    }
    made = Purge.objects.create(
        notice=row.task.notice, evidence=row, sha256=digest, size=len(content), state=state, why="待填",
        asked_by=by, asked_name=by.name, asked_at=at, **(decided if state == "refused" else {}),
    )  # fmt: skip
    told = f"zkS{made.pk}k"
    Purge.objects.filter(pk=made.pk).update(
        why=f"{told}理由", decided_why=f"{told}原因" if state == "refused" else ""
    )
    world.add(Thing(kind="purge", pk=made.pk, party=task.party, stage=task.stage, state=state, owner=owner))
