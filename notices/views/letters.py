"""函件: the list with what is proposed, the draft, the letter and every act about it, its Word file."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has, holds
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import letter_climb, letters
from notices.domain.once import new_token
from notices.domain.papers import letter_bytes
from notices.domain.reporting import StoredFile
from notices.errors import Refused
from notices.forms.letter import LetterForm, LetterStartForm, ReplyForm, WhyForm
from notices.forms.task import TokenForm
from notices.models import Letter, LetterFile, LetterQuerySet, Notice, Task
from notices.terms import LIVE_STAGES, LetterKind, LetterState, State
from notices.views.acts import acted
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.rights import requires

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ORDER = (Key("drafted_at", dt.datetime.fromisoformat, desc=True), Key("pk", int, desc=True))
Narrow = Callable[[LetterQuerySet, dt.date], LetterQuerySet]
TABS: dict[str, tuple[str, Narrow]] = {
    "": ("全部", lambda rows, today: rows.exclude(state=LetterState.DROPPED)),
    "draft": ("拟稿", lambda rows, today: rows.drafts()),
    "issued": ("已签发", lambda rows, today: rows.in_force()),
    "unsigned": ("待签收", lambda rows, today: rows.in_force().filter(received_at=None)),
    "waiting": ("待回复", lambda rows, today: rows.waiting()),
    "overdue": ("超期未回复", lambda rows, today: rows.overdue(today=today)),
    "withdrawn": ("已撤回", lambda rows, today: rows.filter(state=LetterState.WITHDRAWN)),
}


@requires(Can.BOARD)
@require_safe
def letter_list(request: PersonRequest) -> HttpResponse:
    today = timezone.localdate()
    notices = chosen_notices(request)
    office = holds(request.user, Can.PLAN)
    rows = Letter.objects.visible_to(request.user).filter(notice__in=[n.pk for n in notices])
    kind = request.GET.get("kind", "")
    rows = rows.filter(kind=kind) if kind in LetterKind.values else rows
    tab = request.GET.get("tab", "") if request.GET.get("tab", "") in TABS else ""
    found = TABS[tab][1](rows, today)
    page = page_of(found.select_related("unit", "notice").defer("text", "notice__text"), ORDER, request.GET)
    own = [n for n in notices if has(request.user, Can.PLAN, n.unit_id)]
    context = {
        "page": page,
        "count": in_words(capped(found)),
        "tabs": [
            (label, in_words(capped(narrow(rows, today))), address(request.GET, tab=code), code == tab)
            for code, (label, narrow) in TABS.items()
            if office or code != "draft"
        ],
        "kinds": [
            (label, address(request.GET, kind=code), code == kind) for code, label in LetterKind.choices
        ],
        "kind": kind,
        "all_kinds": address(request.GET, kind=""),
        "suggestions": letter_climb.suggestions(own, today=today) if own else [],
        "office": office,
        "pushes": holds(request.user, Can.NUDGE),
        "today": today,
    }
    return render(request, "notices/letter_list.html", context)


def writable_notice(request: PersonRequest) -> Notice:
    """The notice named in the address or the form, among those the person plans for; the newest otherwise."""
    own = [
        n
        for n in chosen_notices(request)
        if has(request.user, Can.PLAN, n.unit_id) and n.stage in LIVE_STAGES
    ]
    wanted = request.POST.get("notice", request.GET.get("notice", ""))
    found = next((n for n in own if str(n.pk) == wanted), own[0] if own and not wanted else None)
    if found is None:
        raise Http404
    return found


def led_tasks(notice: Notice, unit: Unit | None) -> list[Task]:
    if unit is None:
        return []
    tasks = notice.tasks.filter(lead_unit=unit, is_open=True).exclude(state=State.DRAFT)
    return list(tasks.only("pk", "number", "text", "deadline", "state", "notice").in_order()[:300])


@requires(Can.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def letter_new(request: PersonRequest) -> HttpResponse:
    """First the unit and the kind (in the address), then its tasks; the draft opens for review."""
    try:
        notice = writable_notice(request)
    except Http404:
        messages.error(request, "没有可以拟函件的批次：批次须已制定方案且未归档。")
        return redirect("notices:letter_list")
    units = letters.addressable(notice)
    made: list[Letter] = []
    if request.method == "POST":
        form = LetterStartForm(units, request.POST)
        unit = next((u for u in units if str(u.pk) == request.POST.get("unit")), None)

        def begin(at: dt.datetime, _files: list[StoredFile]) -> None:
            given = form.cleaned_data
            tasks = list(notice.tasks.filter(pk__in=given["tasks"]))
            day = timezone.localdate()
            kind = LetterKind(given["kind"])
            made.append(letters.begin(notice, kind, unit=given["unit"], tasks=tasks, by=request.user, at=at, today=day))  # fmt: skip

        if acted(request, form, begin):
            return (
                redirect("notices:letter_detail", pk=made[0].pk) if made else redirect("notices:letter_list")
            )
    else:
        unit = next((u for u in units if str(u.pk) == request.GET.get("unit")), None)
        kind = request.GET.get("kind", LetterKind.REMINDER)
        initial = {"unit": unit.pk if unit else None, "kind": kind, "token": new_token()}
        form = LetterStartForm(units, initial=initial)
    ticked = {v for v in (*request.POST.getlist("tasks"), *request.GET.getlist("task")) if v.isdecimal()}
    context = {
        "notice": notice,
        "form": form,
        "unit": unit,
        "tasks": [(t, str(t.pk) in ticked) for t in led_tasks(notice, unit)],
    }
    return render(request, "notices/letter_new.html", context, status=422 if form.is_bound else 200)


def one_letter(request: PersonRequest, pk: int) -> Letter:
    rows = Letter.objects.visible_to(request.user).select_related("notice__unit", "unit")
    return get_object_or_404(rows.defer("notice__text"), pk=pk)


def shown(request: PersonRequest, letter: Letter, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of one letter; a refused form is handed in under its name."""
    user, token = request.user, new_token()
    seen = Task.objects.visible_to(user).filter(letters=letter)
    kind = LetterKind(letter.kind)
    context = {
        "letter": letter,
        "tasks": list(seen.select_related("issue").in_order()),
        "replies": list(letter.replies.order_by("at", "pk")),
        "file": LetterFile.objects.filter(letter=letter).defer("content").first(),
        "lines": letter.text.splitlines(),
        "drafting": letter.state == LetterState.DRAFT and letters.office(user, letter.notice) is None,
        "issue_refused": letters.issuer(user, letter),
        "may_answer": letters.answerer(user, letter) is None,
        "may_withdraw": letter.state == LetterState.ISSUED and letters.office(user, letter.notice) is None,
        "two_step": kind in letters.TWO_STEP,
        "form": LetterForm.of(letter, f"{token}-form"),
        "reply": ReplyForm(initial={"token": f"{token}-reply"}),
        "withdraw": WhyForm(initial={"token": f"{token}-withdraw"}),
        "token": token,
        "today": timezone.localdate(),
        **forms,
    }
    return render(request, "notices/letter_detail.html", context, status=status)


@login_required
@require_safe
def letter_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return shown(request, one_letter(request, pk))


SAID = {
    "revise": "拟稿已保存。",
    "issue": "函件已签发并编号，主送单位负责人已收到消息。",
    "drop": "拟稿已弃用。",
    "withdraw": "函件已撤回，编号保留不再使用。",
    "receive": "已签收。",
    "reply": "回复已送整改办。",
}
FORMS: dict[str, type[TokenForm]] = {"revise": LetterForm, "reply": ReplyForm, "withdraw": WhyForm}
PLACES = {"revise": "form", "reply": "reply", "withdraw": "withdraw"}


@login_required
@require_POST
def letter_step(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """revise, issue, drop, withdraw, receive, reply."""
    if step not in SAID:
        raise Http404
    letter = one_letter(request, pk)
    form = FORMS.get(step, TokenForm)(request.POST)
    version = request.POST.get("version", "")
    if version.isdecimal():
        letter.version = int(version)
    if acted(request, form, lambda at, _: take(request, letter, step, form, at)):
        messages.success(request, SAID[step])
        return redirect("notices:letter_detail", pk=pk)
    fresh = one_letter(request, pk)
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    more = {PLACES[step]: form} if step in PLACES else {}
    return shown(request, fresh, status=422, **more)


def take(request: PersonRequest, letter: Letter, step: str, form: TokenForm, at: dt.datetime) -> None:
    by, today, given = request.user, timezone.localdate(), form.cleaned_data
    if isinstance(form, LetterForm):
        letters.revise(letter, form.content(), by=by, at=at, today=today)
    elif step == "issue":
        letters.issue(letter, by=by, at=at, today=today)
    elif step == "drop":
        letters.drop(letter, by=by, at=at)
    elif step == "withdraw":
        letters.withdraw(letter, why=given["why"], by=by, at=at)
    elif step == "receive":
        letters.receive(letter, by=by, at=at)
    else:
        letters.reply(letter, text=given["text"], by=by, at=at)


@login_required
@require_safe
def letter_file(request: PersonRequest, pk: int) -> HttpResponse:
    """As issued, checked against its hash; a draft as it would look today, without a number."""
    letter = one_letter(request, pk)
    try:
        content = frozen(letter) if letter.number else preview(letter)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:letter_detail", pk=pk)
    return download(content, f"{letter.name}{'' if letter.number else '（拟稿）'}.docx")


def frozen(letter: Letter) -> bytes:
    content = bytes(letter.file.content)
    if hashlib.sha256(content).hexdigest() != letter.file.sha256:
        raise Refused(f"{letter.name}的文件与签发时的校验值不一致，未予下载。请联系系统管理员。")
    return content


def preview(letter: Letter) -> bytes:
    tasks = list(Task.objects.filter(letters=letter).select_related("issue").in_order())
    return letter_bytes(letter, tasks, number="", today=timezone.localdate())


def download(content: bytes, name: str) -> HttpResponse:
    """A Word file, only ever as an attachment and kept in no cache."""
    answer = HttpResponse(content, content_type=DOCX)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
