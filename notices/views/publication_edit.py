"""Editing a 通报 part by part and item by item: what somebody else saved meanwhile is shown, nothing typed is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.person import PersonRequest
from notices.domain import publications
from notices.domain.publication_figures import NAMES, standing
from notices.errors import Missing, Refused, Stale
from notices.forms.publication import LABELS, HeadingForm, ItemForm, PartForm, SeenForm, words_of
from notices.models import Publication, PublicationItem
from notices.report.difference import Run, compare, compare_three
from notices.views.publications import office_s, one_item


@dataclass(frozen=True)
class Clash:
    """One field two people changed: what stood there, what stands there now, what was typed. `base` is empty for a
    form that came without it; the two others are then compared with each other."""

    label: str
    base: list[Run]
    theirs: list[Run]
    yours: list[Run]


Values = Mapping[str, Any]
Act = Callable[[Values, int], None]


def _saved(
    request: PersonRequest, form: SeenForm, act: Act, now: Callable[[], dict[str, Any]]
) -> list[Clash] | None:
    """None when it was saved; else the form holds the sentences, and the clashes are told.

    When somebody else saved meanwhile, changes of different fields are both kept. After a clash the form carries what
    was seen with it, so a second save decides."""
    try:
        try:
            act(form.cleaned_data, form.cleaned_data["version"])
        except Stale as why:
            return _merged(request, form, act, now(), why)
    except Missing as lacking:
        for name, sentence in lacking.fields.items():
            form.add_error(name if name in form.fields else None, sentence)
    except Refused as why:
        form.add_error(None, str(why))
    else:
        return None
    return []


def _merged(
    request: PersonRequest, form: SeenForm, act: Act, stored: dict[str, Any], why: Stale
) -> list[Clash] | None:
    """Save what does not clash with `stored`; None when nothing did."""
    version, seen, given = stored.pop("version"), form.seen(), form.cleaned_data
    merged = {n: now if words_of(given[n]) == seen.get(n) else given[n] for n, now in stored.items()}
    both = [
        n
        for n, now in stored.items()
        if words_of(now) != words_of(given[n]) and seen.get(n) not in (words_of(now), words_of(given[n]))
    ]
    if not both:
        act(merged, version)
        messages.info(request, "他人刚刚修改了其他内容，已与您的修改一并保留。")
        return None
    form.carry_on(merged, version=version, base=stored)
    form.add_error(None, str(why))
    return [_clash(form, n, seen.get(n), words_of(stored[n]), words_of(given[n])) for n in both]


def _clash(form: SeenForm, name: str, base: str | None, theirs: str, yours: str) -> Clash:
    label = str(form.fields[name].label)
    if base is None:
        return Clash(label, [], *compare(theirs, yours))
    return Clash(label, *compare_three(base, theirs, yours))


def _figures(row: Publication) -> list[tuple[str, str, str]]:
    hidden = row.items.exclude(withhold="").values_list("issue", flat=True)
    found = standing(row.notice, hidden=[pk for pk in hidden if pk], today=timezone.localdate()).figures
    return [(name, value, NAMES[name]) for name, value in found.items()]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publication_part(request: PersonRequest, pk: int, part: str) -> HttpResponse:
    if part not in LABELS:
        raise Http404
    row = office_s(request, pk)
    clashes: list[Clash] | None = []
    if request.method == "POST":
        form = PartForm(part, request.POST)
        if form.is_valid():

            def now() -> dict[str, Any]:
                fresh = Publication.objects.get(pk=pk)
                return {name: getattr(fresh, name) for name in (*publications.PARTS[part], "version")}

            def revise(given: Values, version: int) -> None:
                row.version = version
                publications.revise(row, part, given, by=request.user, at=timezone.now())

            clashes = _saved(request, form, revise, now)
            if clashes is None:
                messages.success(request, f"“{LABELS[part]}”已保存。")
                return redirect(f"{reverse('notices:publication_detail', args=[pk])}#part-{part}")
    else:
        form = PartForm.of(part, row)
    context = {
        "row": row,
        "part": part,
        "label": LABELS[part],
        "form": form,
        "clashes": clashes,
        "figures": [] if part == "settings" else _figures(row),
    }
    return render(request, "notices/publication_part.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publication_item(request: PersonRequest, pk: int) -> HttpResponse:
    item = one_item(request, pk)
    kind = ItemForm if item.issue_id else HeadingForm
    clashes: list[Clash] | None = []
    if request.method == "POST":
        form = kind(request.POST)
        if form.is_valid():

            def now() -> dict[str, Any]:
                fresh = PublicationItem.objects.get(pk=pk)
                return {name: getattr(fresh, name) for name in ("title", "body", "version")}

            def revise(given: Values, version: int) -> None:
                item.version = version
                words = given["title"], given["body"]
                publications.revise_item(item, *words, by=request.user, at=timezone.now())

            clashes = _saved(request, form, revise, now)
            if clashes is None:
                messages.success(request, "已保存。")
                return redirect(back_to(item))
    else:
        form = kind.of(item)
    context = {
        "row": item.publication,
        "item": item,
        "form": form,
        "clashes": clashes,
        "figures": _figures(item.publication),
        "back": back_to(item),
    }
    return render(request, "notices/publication_item.html", context, status=422 if form.is_bound else 200)


def back_to(item: PublicationItem) -> str:
    return f"{reverse('notices:publication_detail', args=[item.publication_id])}#item-{item.pk}"


@login_required
@require_POST
def publication_redraw(request: PersonRequest, pk: int) -> HttpResponse:
    """The item's text anew from the ledger."""
    item = one_item(request, pk)
    version = request.POST.get("version", "")
    item.version = int(version) if version.isdecimal() and len(version) < 9 else -1
    try:
        publications.redraw_item(item, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, "这一项已按台账最新进展重写。")
    return redirect(back_to(item))
