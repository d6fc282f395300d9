"""What the page of a 通报 shows: its parts with the figures marked, its rows, what to look at."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.person import PersonRequest
from notices.domain import publication_draft, publications
from notices.domain.once import new_token
from notices.domain.publication_figures import NAMES
from notices.domain.publication_text import Edition, checks, edition, released, words_from_json
from notices.errors import Refused
from notices.forms.publication import LABELS, BackForm, ReleaseForm, WithholdForm
from notices.models import Publication, PublicationItem
from notices.report.public_notice import contact_lines, marks, paragraphs_of, printed
from notices.report.tokens import Piece, pieces
from notices.terms import OUT_STATES, PublicationState, WithholdReason, WithholdState

# Part → the fields of it that are running text.
_SHOWN = {"head": "opening", "front": "front", "intro": "intro", "next": "next_steps", "closing": "closing"}


@dataclass(frozen=True)
class Part:
    """One part outside the items. `place` is what findings name."""

    code: str
    place: str
    label: str
    paragraphs: list[list[Piece]]
    url: str | None


@dataclass(frozen=True)
class Row:
    """A heading or an issue. `mark` is empty for one that is not printed; `progress` the printed words."""

    item: PublicationItem
    mark: str
    title: list[Piece]
    paragraphs: list[list[Piece]]
    progress: str
    is_heading: bool
    why: str
    edited: bool
    outdated: bool


def parts_of(found: Edition, *, editable: bool) -> dict[str, Part]:
    """By code."""
    row, figures = found.publication, found.standing.figures
    made = {}
    for code, name in _SHOWN.items():
        place = "opening" if code == "head" else name
        url = reverse("notices:publication_part", args=[row.pk, code]) if editable else None
        paragraphs = [pieces(line, figures) for line in paragraphs_of(getattr(row, name))]
        made[code] = Part(code, place, LABELS[code], paragraphs, url)
    return made


def rows_of(found: Edition, outdated: set[int]) -> list[Row]:
    """Every row in order, hidden ones without a number."""
    entries = found.text.entries
    numbers = dict(zip([e.key for e in entries], marks(entries), strict=True))
    progress = {e.key: e.progress for e in entries}
    figures = found.standing.figures
    return [
        Row(
            item=item,
            mark=numbers.get(item.pk, ""),
            title=pieces(item.title, figures),
            paragraphs=[pieces(line, figures) for line in paragraphs_of(item.body)],
            progress=progress.get(item.pk, ""),
            is_heading=item.issue_id is None,
            why=str(WithholdReason(item.reason).label) if item.reason else "",
            edited=item.body != item.source,
            outdated=item.pk in outdated,
        )
        for item in found.items
    ]


_ANCHORS = {
    "title": "head",
    "opening": "head",
    "next_steps": "next",
    "contact": "closing",
    "signature": "closing",
}


def anchor_of(place: str) -> str:
    """Where on the page a finding belongs."""
    return f"#item-{place}" if place.isdecimal() else f"#part-{_ANCHORS.get(place, place)}"


def shown(request: PersonRequest, row: Publication, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of one edition; a refused form is handed in under its name."""
    if row.state in OUT_STATES:
        return _frozen(request, row, status=status, **forms)
    today, token = timezone.localdate(), new_token()
    found = edition(row, today=today)
    why_not = publications.office(request.user, row.notice)
    editable = why_not is None and row.state == PublicationState.DRAFT
    moved = publication_draft.moved(row.notice, found.items) if editable else []
    rows = rows_of(found, {m.item.pk for m in moved})
    parts = parts_of(found, editable=editable)
    context = {
        "row": row,
        "editable": editable,
        "works": why_not is None,
        "text": found.text,
        "parts": parts,
        "rows": rows,
        "contact": contact_lines(found.text),
        "findings": [(f, anchor_of(f.place)) for f in checks(found)],
        "figures": [(name, found.standing.figures[name], NAMES[name]) for name in found.standing.figures],
        "asked": sum(i.withhold == WithholdState.ASKED for i in found.items),
        "hidden": len(found.hidden),
        "moved": len(moved),
        "edited_moved": sum(m.edited for m in moved),
        "added": publication_draft.added(row.notice, found.items) if editable else 0,
        "release_refused": publications.releaser(request.user, row),
        "withhold": WithholdForm(initial={"token": f"{token}-withhold"}),
        "back": BackForm(initial={"token": f"{token}-back"}),
        "release": ReleaseForm(initial={"token": f"{token}-release"}),
        "token": token,
        "ticked": {int(v) for v in request.POST.getlist("items") if v.isdecimal() and len(v) < 19},
        **forms,
    }
    return render(request, "notices/publication_detail.html", context, status=status)


def _frozen(request: PersonRequest, row: Publication, *, status: int, **forms: Any) -> HttpResponse:
    token = new_token()
    works = publications.office(request.user, row.notice) is None
    context: dict[str, Any] = {
        "row": row,
        "works": works,
        "token": token,
        "back": BackForm(initial={"token": f"{token}-back"}),
        "successor": row.successors.exclude(state=PublicationState.DROPPED).first(),
        "renewable": works and not row.notice.publications.working().exists(),
        **forms,
    }
    try:
        file = released(row)
    except Refused as why:
        context["broken"] = str(why)
        return render(request, "notices/publication_released.html", context, status=409)
    text = words_from_json(file.words)
    lines = [each for each in printed(text) if each.place not in ("title", "signature")]
    context |= {"file": file, "text": text, "lines": lines}
    return render(request, "notices/publication_released.html", context, status=status)
