"""通报: the list, an edition, its parts and items, what is withheld, the comparison, every act, the file."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has, same_person
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import publications, withholding
from notices.domain.notice_papers import publication_bytes
from notices.domain.once import new_token
from notices.domain.publication_compare import pairs
from notices.domain.publication_text import edition, released
from notices.errors import Refused
from notices.forms.publication import BackForm, ReleaseForm, WithholdForm
from notices.forms.task import TokenForm
from notices.models import Notice, Publication, PublicationItem
from notices.terms import OUT_STATES, PublicationState, Stage, WithholdReason, WithholdState
from notices.views.acts import acted
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.letters import download
from notices.views.publication_page import shown

ORDER = (Key("drafted_at", dt.datetime.fromisoformat, desc=True), Key("pk", int, desc=True))


@login_required
@require_safe
def publication_list(request: PersonRequest) -> HttpResponse:
    notices = chosen_notices(request)
    rows = Publication.objects.visible_to(request.user).filter(notice__in=[n.pk for n in notices])
    tab = request.GET.get("state", "")
    rows = (
        rows.filter(state=tab)
        if tab in PublicationState.values
        else rows.exclude(state=PublicationState.DROPPED)
    )
    page = page_of(rows.select_related("notice__unit").defer("notice__text"), ORDER, request.GET)
    plans = [n for n in notices if has(request.user, Can.PLAN, n.unit_id) and n.stage != Stage.ARCHIVED]
    working = set(Publication.objects.filter(notice__in=plans).working().values_list("notice", flat=True))
    states = PublicationState.choices if plans else [(s.value, s.label) for s in OUT_STATES]
    context = {
        "page": page,
        "count": in_words(capped(rows)),
        "startable": [n for n in plans if n.pk not in working],
        "office": bool(plans),
        "tabs": [("全部", address(request.GET, state=""), not tab)]
        + [(label, address(request.GET, state=code), tab == code) for code, label in states],
    }
    return render(request, "notices/publication_list.html", context)


@login_required
@require_POST
def publication_begin(request: PersonRequest, pk: int) -> HttpResponse:
    """Draw an edition of the notice."""
    seen = Notice.objects.visible_to(request.user).select_related("unit")
    notice = get_object_or_404(seen, pk=pk)
    if not has(request.user, Can.PLAN, notice.unit_id):
        raise Http404
    try:
        row = publications.begin(notice, by=request.user, at=timezone.now(), today=timezone.localdate())
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:publication_list")
    messages.success(request, "已按台账起草，请逐项核改；数据随台账变化，印发时固定。")
    return redirect("notices:publication_detail", pk=row.pk)


def one_publication(request: PersonRequest, pk: int) -> Publication:
    rows = Publication.objects.visible_to(request.user).select_related("notice__unit", "replaces")
    return get_object_or_404(rows, pk=pk)


def office_s(request: PersonRequest, pk: int) -> Publication:
    """For the office alone; to everybody else the address does not exist."""
    row = one_publication(request, pk)
    if not has(request.user, Can.PLAN, row.notice.unit_id):
        raise Http404
    return row


def one_item(request: PersonRequest, pk: int) -> PublicationItem:
    rows = PublicationItem.objects.select_related("publication__notice__unit")
    item = get_object_or_404(rows.filter(publication__in=Publication.objects.of_office(request.user)), pk=pk)
    return item


@login_required
@require_safe
def publication_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return shown(request, one_publication(request, pk))


# ── What is withheld ─────────────────────────────────────────────────────────
@login_required
@require_POST
def publication_withhold(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask that the ticked items be kept back."""
    row = office_s(request, pk)
    form = WithholdForm(request.POST)
    asked: list[int] = []

    def ask(at: dt.datetime, _files: list[Any]) -> None:
        given = form.cleaned_data
        reason = WithholdReason(given["reason"]) if given["reason"] else None
        asked.append(withholding.ask(row, given["items"], reason, note=given["note"], by=request.user, at=at))

    if not acted(request, form, ask):
        return shown(request, row, status=422, withhold=form)
    if asked:
        messages.success(
            request, f"已提出 {asked[0]} 项不公开申请，请另一位整改办人员批准；批准前也不会印出。"
        )
    return redirect("notices:publication_withheld", pk=pk)


@login_required
@require_safe
def publication_withheld(request: PersonRequest, pk: int) -> HttpResponse:
    """Every withheld item with reason, who asked and who approved."""
    row = office_s(request, pk)
    items = list(row.items.exclude(withhold="").select_related("issue").order_by("position", "pk"))
    draft, mine = row.state == PublicationState.DRAFT, same_person(request.user)
    context = {
        "row": row,
        "items": [
            (i, draft and i.withhold == WithholdState.ASKED and i.asked_by_id not in mine, draft)
            for i in items
        ],
        "token": new_token(),
    }
    return render(request, "notices/publication_withheld.html", context)


DECIDED = {"approve": "已批准不公开。", "lift": "已撤销，这一项将公开。"}


@login_required
@require_POST
def publication_decide(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """approve, lift."""
    if step not in DECIDED:
        raise Http404
    item = one_item(request, pk)
    act = withholding.approve if step == "approve" else withholding.lift
    form = TokenForm(request.POST)
    if acted(request, form, lambda at, _: act(item, by=request.user, at=at)):
        messages.success(request, DECIDED[step])
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    return redirect("notices:publication_withheld", pk=item.publication_id)


@login_required
@require_safe
def publication_compare(request: PersonRequest, pk: int) -> HttpResponse:
    """Internal words left, public words right."""
    row = office_s(request, pk)
    context: dict[str, Any] = {"row": row, "only": request.GET.get("only") == "1"}
    try:
        found = pairs(row, today=timezone.localdate())
    except Refused as why:
        return render(
            request, "notices/publication_compare.html", {**context, "broken": str(why)}, status=409
        )
    different = [pair for pair in found if not pair.same]
    context |= {
        "pairs": different if context["only"] else found,
        "total": len(found),
        "different": len(different),
    }
    return render(request, "notices/publication_compare.html", context)


# ── Acts ─────────────────────────────────────────────────────────────────────
SAID = {
    "follow": "已按台账更新未改写过的条目。",
    "drop": "草稿已弃用。",
    "propose": "已报请印发，请整改办另一位人员核对后印发。",
    "return": "已退回草稿，可以继续修改。",
    "release": "通报已印发，文字和数据不再变化。",
    "withdraw": "通报已撤回；原文和文件照原样保存。",
    "renew": "已另起新版，请修改后再报请印发。",
}
FORMS: dict[str, type[TokenForm]] = {"return": BackForm, "withdraw": BackForm, "release": ReleaseForm}
PLACES = {"return": "back", "withdraw": "back", "release": "release"}


@login_required
@require_http_methods(["POST"])
def publication_step(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    if step not in SAID:
        raise Http404
    row = office_s(request, pk)
    form = FORMS.get(step, TokenForm)(request.POST)
    version = request.POST.get("version", "")
    if version.isdecimal() and len(version) < 9:
        row.version = int(version)
    made: list[Publication] = []
    if acted(request, form, lambda at, _: take(request, row, step, form, at, made)):
        messages.success(request, SAID[step])
        return redirect("notices:publication_detail", pk=made[0].pk if made else pk)
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    more = {PLACES[step]: form} if step in PLACES else {}
    return shown(request, office_s(request, pk), status=422, **more)


def take(
    request: PersonRequest,
    row: Publication,
    step: str,
    form: TokenForm,
    at: dt.datetime,
    made: list[Publication],
) -> None:
    by, today, given = request.user, timezone.localdate(), form.cleaned_data
    if step == "follow":
        publications.follow(row, by=by, at=at)
    elif step == "drop":
        publications.drop(row, by=by, at=at)
    elif step == "propose":
        publications.propose(row, by=by, at=at, today=today)
    elif step == "return":
        publications.give_back(row, reason=given["reason"], by=by, at=at)
    elif step == "release":
        publications.release(row, noted=given["noted"], by=by, at=at, today=today)
    elif step == "withdraw":
        publications.withdraw(row, reason=given["reason"], by=by, at=at)
    else:
        made.append(publications.renew(row, by=by, at=at, today=today))


@login_required
@require_safe
def publication_file(request: PersonRequest, pk: int) -> HttpResponse:
    """As released, checked against its hash; a draft as it would look today."""
    row = one_publication(request, pk)
    try:
        if row.state in OUT_STATES:
            content = bytes(released(row).content)
        else:
            content = publication_bytes(row, edition(row, today=timezone.localdate()).text)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:publication_detail", pk=pk)
    draft = "" if row.state in OUT_STATES else "（草稿）"
    return download(content, f"{row.title[:80]}{draft}.docx")
