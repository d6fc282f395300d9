"""录入: a text becomes an outline, a person puts it right, and only then a notice."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import holds
from accounts.files.spool import spooled
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import drafts
from notices.errors import Refused
from notices.forms.intake import BeginForm, HeaderForm, MoveForm
from notices.models import IntakeDraft, Notice
from notices.text import review
from notices.text.clean import split_lines
from notices.text.parse import parse_notice
from notices.text.source import read_source


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: PersonRequest) -> HttpResponse:
    """Begin with a file or a text, or go on with a draft."""
    if not holds(request.user, Can.PLAN):
        raise Http404
    form = BeginForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            draft = _begin(request, form.cleaned_data)
        except Refused as why:
            form.add_error("file" if form.cleaned_data.get("file") else "text", str(why))
        else:
            return redirect("notices:intake_review", pk=draft.pk)
    kept = IntakeDraft.objects.visible_to(request.user).select_related("unit", "notice", "by").newest_first()
    page = {"form": form, "drafts": kept.defer("text", "nodes", "past")[:20]}
    return render(request, "notices/intake.html", page, status=422 if form.is_bound else 200)


def _begin(request: PersonRequest, data: dict[str, Any]) -> IntakeDraft:
    upload = data.get("file")
    name = upload.name if upload else ""
    text = data["text"]
    if upload:
        with spooled(upload) as path:
            text = read_source(path, name=name)
    return drafts.begin(
        parse_notice(text), unit=data["unit"], text=text, file_name=name, by=request.user, at=timezone.now()
    )


def _draft(request: PersonRequest, pk: int) -> IntakeDraft:
    return get_object_or_404(
        IntakeDraft.objects.visible_to(request.user).select_related("unit", "notice"), pk=pk
    )


@login_required
@require_safe
def intake_review(request: PersonRequest, pk: int) -> HttpResponse:
    """Left the text, right the outline; `?node=` opens one node for changes."""
    return _page(request, _draft(request, pk))


def _page(request: PersonRequest, draft: IntakeDraft, *, said: str = "", status: int = 200) -> HttpResponse:
    wanted = request.POST.get("node") or request.GET.get("node", "")
    nodes = drafts.nodes(draft)
    chosen = next((n for n in nodes if str(n.id) == wanted), None)
    page = {
        "draft": draft,
        "nodes": nodes,
        "chosen": chosen,
        "kinds": review.LABELS.items(),
        "counts": drafts.counts(draft),
        "warnings": drafts.open_warnings(draft),
        "orphans": review.orphans(nodes),
        "said": said,
    }
    if request.htmx:
        response = render(request, "notices/_intake_outline.html", page, status=status)
        response["Vary"] = "HX-Request"
        return response
    page |= {"lines": split_lines(draft.text), "header": HeaderForm(initial=draft.header)}
    page["taken"] = {n.line for n in nodes}
    page["older"] = [] if draft.notice else drafts.older(draft)
    return render(request, "notices/intake_review.html", page, status=status)


@login_required
@require_POST
def intake_move(request: PersonRequest, pk: int) -> HttpResponse:
    draft = _draft(request, pk)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(
            request, draft, said="；".join(str(e) for es in form.errors.values() for e in es), status=422
        )
    data = form.cleaned_data
    try:
        drafts.put_right(draft, data["move"], data, version=data["version"], at=timezone.now())
    except Refused as why:
        return _page(request, draft, said=str(why), status=409)
    return _answer(request, draft, f"?node={data['node']}#N{data['node']}")


@login_required
@require_POST
def intake_back(request: PersonRequest, pk: int) -> HttpResponse:
    draft = _draft(request, pk)
    try:
        drafts.take_back(draft, version=draft.version, at=timezone.now())
    except Refused as why:
        return _page(request, draft, said=str(why), status=409)
    return _answer(request, draft)


@login_required
@require_POST
def intake_settle(request: PersonRequest, pk: int, index: int) -> HttpResponse:
    """One warning is worked off."""
    draft = _draft(request, pk)
    try:
        drafts.settle(draft, index, version=draft.version, at=timezone.now())
    except Refused as why:
        return _page(request, draft, said=str(why), status=409)
    return _answer(request, draft)


@login_required
@require_POST
def intake_header(request: PersonRequest, pk: int) -> HttpResponse:
    draft = _draft(request, pk)
    form = HeaderForm(request.POST)
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"「{form.fields[name].label}」{errors[0]}")
        return redirect("notices:intake_review", pk=pk)
    try:
        drafts.set_header(draft, form.cleaned_data, version=draft.version, at=timezone.now())
        messages.success(request, "抬头信息已保存。")
    except Refused as why:
        messages.error(request, str(why))
    return redirect("notices:intake_review", pk=pk)


def _answer(request: PersonRequest, draft: IntakeDraft, where: str = "") -> HttpResponse:
    """The outline to htmx, the page anew to a browser without script."""
    if request.htmx:
        return _page(request, draft)
    response = redirect("notices:intake_review", pk=draft.pk)
    response["Location"] += where
    return response


@login_required
@require_POST
def intake_confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """确认: the notice comes into being."""
    draft = _draft(request, pk)
    version = int(request.POST.get("version") or -1) if request.POST.get("version", "").isdigit() else -1
    try:
        taken = drafts.confirm(
            draft, version=version, by=request.user, at=timezone.now(), today=timezone.localdate()
        )
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:intake_review", pk=pk)
    if taken.created:
        said = f"已录入“{taken.notice.title}”：{taken.aspects} 个方面、{taken.issues} 个问题、{taken.tasks} 项任务。"
        messages.success(request, said)
    else:
        messages.warning(request, f"同样的原文已录入过，没有重复建立：“{taken.notice.title}”。")
    return redirect("notices:planning", pk=taken.notice.pk)


@login_required
@require_POST
def intake_update(request: PersonRequest, pk: int, notice: int) -> HttpResponse:
    """更新: what the newer text has more is added to a notice taken before."""
    draft = _draft(request, pk)
    target = get_object_or_404(Notice.objects.visible_to(request.user), pk=notice)
    try:
        done = drafts.confirm_update(
            draft,
            target,
            version=draft.version,
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:intake_review", pk=pk)
    messages.success(
        request,
        f"已更新“{target.title}”：新增 {done.issues_added} 个问题、{done.tasks_added} 项任务，"
        f"按原文接收 {done.states_taken} 项任务的状态。",
    )
    if done.missing:
        messages.warning(request, f"新版原文中没有、仍予保留的：{'、'.join(done.missing)}")
    return redirect("notices:planning", pk=target.pk)


@login_required
@require_POST
def intake_undo(request: PersonRequest, pk: int) -> HttpResponse:
    """撤销录入, while nobody has worked on it."""
    draft = _draft(request, pk)
    try:
        drafts.undo(draft, by=request.user, at=timezone.now())
        messages.success(request, "已撤销录入，草稿仍保留，可以修改后重新确认。")
    except Refused as why:
        messages.error(request, str(why))
    return redirect("notices:intake_review", pk=pk)
