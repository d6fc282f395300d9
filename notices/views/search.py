"""检索: one box for everything a person may see, grouped by kind."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.person import PersonRequest
from notices.context import chosen_notice
from notices.domain.hits import Hit, hits, rows_of
from notices.domain.search import LONGEST, SHORTEST
from notices.terms import Sought
from notices.views.keyset import Key, address, page_of

SHOWN = 5  # of each kind on the first page
NEWEST = (Key("pk", int, desc=True),)


@dataclass(frozen=True)
class Group:
    """The first hits of one kind, and the address of all of them when there are more."""

    kind: Sought
    hits: list[Hit]
    more: str | None


@login_required
@require_safe
def search(request: PersonRequest) -> HttpResponse:
    """`q` in the address; with `kind` every hit of that kind, page by page."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    kind = next((k for k in Sought if k == request.GET.get("kind")), None)
    notice = chosen_notice(request)
    context: dict[str, Any] = {
        "words": words,
        "kind": kind,
        "one_notice": notice,
        "kinds": [(k, address(request.GET, kind=k)) for k in Sought],
        "everything": address(request.GET, kind=""),
        "too_short": 0 < len(words) < SHORTEST,
    }
    if len(words) >= SHORTEST and kind is not None:
        page = page_of(rows_of(kind, words, request.user, notice), NEWEST, request.GET)
        context |= {
            "page": page,
            "groups": [Group(kind, hits(kind, page.rows, words), None)] if page.rows else [],
        }
    elif len(words) >= SHORTEST:
        found = (_group(request, each, words) for each in Sought)
        context["groups"] = [group for group in found if group.hits]
    return render(request, "notices/search.html", context)


def _group(request: PersonRequest, kind: Sought, words: str) -> Group:
    rows = rows_of(kind, words, request.user, chosen_notice(request)).order_by("-pk")[: SHOWN + 1]
    found = hits(kind, rows, words)
    return Group(kind, found[:SHOWN], address(request.GET, kind=kind) if len(found) > SHOWN else None)
