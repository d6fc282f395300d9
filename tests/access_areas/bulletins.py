"""Public notices in every state, their items plain, asked for and withheld.

What is released tells only canaries of the edition: those of items are of rows that the office alone sees.
"""

import hashlib
from typing import Any

from django.utils import timezone

from notices.domain.publication_text import digest_of, words_as_json
from notices.models import Issue, Notice, Publication, PublicationFile, PublicationItem
from notices.report.public_notice import PublicText, document
from notices.report.word import write
from tests.access import Thing

LETTERS = {"a": "publication", "A": "pub_item"}
TEXTS = ("opening", "front", "intro", "next_steps", "closing", "phone", "address", "email", "signed_by")
OUT = ("released", "withdrawn", "replaced")


def canary(kind: str, pk: int) -> str:
    return f"zk{kind}{pk}k"


def _part(world: Any, thing: Thing) -> dict[str, Any]:
    row = Publication.objects.get(pk=thing.pk)
    texts = {name: "改过的文字" for name in ("title", *TEXTS)}
    return {**texts, "signed_on": "2026-12-01", "version": row.version}


def _step(world: Any, thing: Thing) -> dict[str, Any]:
    version = Publication.objects.get(pk=thing.pk).version
    return {"reason": "文字有误", "noted": "on", "version": version}


def _withhold(world: Any, thing: Thing) -> dict[str, Any]:
    items = PublicationItem.objects.filter(publication=thing.pk, issue__isnull=False, withhold="")
    return {"items": [items.values_list("pk", flat=True).first() or 0], "reason": "secret", "note": "依据"}


def _item(world: Any, thing: Thing) -> dict[str, Any]:
    version = PublicationItem.objects.get(pk=thing.pk).version
    return {"title": "改过的标题", "body": "改过的文字。", "version": version}


BODIES = {
    "notices:publication_part": _part,
    "notices:publication_step": _step,
    "notices:publication_withhold": _withhold,
    "notices:publication_item": _item,
    "notices:publication_redraw": _item,
    "api:publication-detail": lambda w, t: {"title": "改过的标题"},
    "api:publication-return": lambda w, t: {"reason": "文字有误"},
    "api:publication-release": lambda w, t: {"noted": True},
    "api:publication-withdraw": lambda w, t: {"reason": "文字有误"},
    "api:publication-item-detail": lambda w, t: {"title": "改过的标题"},
    "api:publication-item-withhold": lambda w, t: {"reason": "secret", "note": "依据"},
}


def build(world: Any) -> None:
    """On the running notice of each county a draft; of the first every state. What was released stands on a notice
    without a draft, so that a new edition may be begun there."""
    for of in list(world.things["notice"]):
        working = of.stage == "running" and of.party in ("a", "b")
        world.add(
            Thing(
                kind="pub_desk", pk=of.pk, party=of.party, stage=of.stage, tasks=of.tasks, confirmed=working
            )
        )
        if working:
            _edition(world, of, "draft")
        if of.stage == "running" and of.party == "a":
            _edition(world, of, "blocked")
            _edition(world, of, "proposed", by="a_office")
            _edition(world, of, "proposed", by="a_office2")
        if of.party == "b" and of.stage == "running":
            _edition(world, of, "released")
        if of.party == "a" and of.stage in ("archived", "draft") and len(of.tasks) == 2:
            for state in OUT:
                _edition(world, of, state)


def _edition(world: Any, of: Thing, state: str, *, by: str = "") -> None:
    notice, at = Notice.objects.get(pk=of.pk), timezone.now()
    office = world.users[f"{of.party}_office"]
    proposer = world.users[by or "z_office"]
    number = notice.publications.count() + 1
    signed: dict[str, Any] = {}
    if state in ("proposed", *OUT):
        signed = {"proposed_by": proposer, "proposed_name": proposer.name, "proposed_at": at}
    if state in OUT:
        signed |= {"released_by": office, "released_name": office.name, "released_at": at}
    row = Publication.objects.create(
        notice=notice, number=number, state="draft" if state == "blocked" else state, title="待填", drafted_by=office,
        drafted_name=office.name, drafted_at=at, signed_on=timezone.localdate(), **signed,
    )  # fmt: skip
    word = canary("a", row.pk)
    texts = {name: f"{word}{name}" for name in ("title", *TEXTS)}
    Publication.objects.filter(pk=row.pk).update(**texts, reason=f"{word}原因")
    if state in OUT:
        _freeze(row, PublicText(**texts, signed_on=row.signed_on))
    thing = {"party": of.party, "stage": of.stage, "tasks": of.tasks, "applicant": by}
    thing["confirmed"] = of.stage == "running"  # there is a draft on the same notice
    world.add(Thing(kind="publication", pk=row.pk, state=state, **thing))
    _items(world, row, of, state)


def _freeze(row: Publication, text: PublicText) -> None:
    content, words, today = write(document(text)), words_as_json(text), timezone.localdate()
    sha256 = hashlib.sha256(content).hexdigest()
    PublicationFile.objects.create(
        publication=row, today=today, words=words, figures={}, content=content, sha256=sha256,
        digest=digest_of(words, {}, today, sha256), at=timezone.now(),
    )  # fmt: skip


def _items(world: Any, row: Publication, of: Thing, state: str) -> None:
    """A heading and a row for an issue or two; in the blocked draft one asked for and one withheld."""
    one, two = world.users["a_office2"], world.users["a_office"]
    issues = list(Issue.objects.filter(notice=of.pk).order_by("pk")[:3])
    PublicationItem.objects.create(publication=row, position=0, path=[1], title="某方面")
    held = {1: "asked", 2: "approved"} if state == "blocked" else {}
    for place, issue in enumerate(issues):
        asked: dict[str, Any] = {}
        if place in held:
            asked = {"withhold": held[place], "reason": "secret", "asked_by": one, "asked_at": timezone.now()}
        if held.get(place) == "approved":
            asked |= {"approved_by": two, "approved_at": timezone.now()}
        item = PublicationItem.objects.create(
            publication=row, issue=issue, position=place + 1, path=[1, place + 1], title="待填", **asked
        )
        word = canary("A", item.pk)
        texts = {"title": f"{word}标题", "body": f"{word}文字。", "source": f"{word}文字。"}
        PublicationItem.objects.filter(pk=item.pk).update(**texts, note=f"{word}说明" if asked else "")
        now = held.get(place, "draft") if state in ("draft", "blocked") else state
        world.add(
            Thing(
                kind="pub_item", pk=item.pk, party=of.party, stage=of.stage, state=now,
                applicant="a_office2" if place in held else "",
            )
        )  # fmt: skip
