"""One task: its page and drawer, reports, comments, steps, the edit."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.person import PersonRequest
from notices.domain import fields, planning, report_drafts, reporting, workflow
from notices.domain.baseline import covers
from notices.domain.editing import edit
from notices.domain.materials import kinds_for
from notices.domain.once import new_token
from notices.domain.planning import Conflict
from notices.domain.reporting import StoredFile
from notices.domain.requirements import units_for
from notices.domain.subplans import add_part
from notices.errors import Refused
from notices.forms.edit import LABELS, EditForm
from notices.forms.planning import PartForm
from notices.forms.task import (
    CommentForm,
    DraftForm,
    EvidenceForm,
    ReportForm,
    StepForm,
)
from notices.models import Progress, Task
from notices.terms import State
from notices.views.acts import acted, refuse
from notices.views.conflicts import conflict_context
from notices.views.origin import back_to
from notices.views.story import choices_for, one_task, story


def page(request: PersonRequest, task: Task, *, status: int = 200, **more: Any) -> HttpResponse:
    """The task as it now is: the fragment for htmx, else the whole page."""
    context = story(request.user, task, at=timezone.now(), today=timezone.localdate(), **more)
    template = "_task" if request.htmx else "task_detail"
    return render(request, f"notices/{template}.html", context, status=status)


def done(request: PersonRequest, pk: int, said: str, *, but: Sequence[str] = ()) -> HttpResponse:
    """After an act: the fragment with a sentence and a word to the list behind it, or back to the page.

    `but`: sentences about files that were not taken. A task the person sees no more (declined, for instance) is left
    for the list.
    """
    stays = Task.objects.visible_to(request.user).filter(pk=pk).exists()
    if not request.htmx:
        messages.success(request, said)
        if but:
            messages.warning(request, not_taken(but))
        here = reverse("notices:task_detail", args=[pk]) if stays else reverse("notices:task_list")
        return redirect(back_to(request, here))
    if stays:
        task = one_task(request.user, pk, today=timezone.localdate())
        answer = page(request, task, said=said, not_taken=not_taken(but))
    else:
        answer = render(request, "notices/_task_gone.html", {"said": said})
    return trigger_client_event(answer, "task-changed")


def not_taken(sentences: Sequence[str]) -> str:
    """One text about the files that were refused while the others were kept; empty for none."""
    lines = "\n".join(sentences)
    return f"以下 {len(sentences)} 个文件没有收下，其余文件已保存：\n{lines}" if sentences else ""


@login_required
@require_safe
@vary_on_headers("HX-Request")
def task_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return page(request, one_task(request.user, pk, today=timezone.localdate()))


@login_required
@require_POST
@vary_on_headers("HX-Request")
def task_report(request: PersonRequest, pk: int) -> HttpResponse:
    task = one_task(request.user, pk, today=timezone.localdate())
    if "take" in request.POST:
        return page(request, task, report=ReportForm(merged_into(task, request.POST), kinds=kinds_for(task)))
    form = ReportForm(request.POST, request.FILES, kinds=kinds_for(task))

    def file(at: dt.datetime, stored: list[StoredFile]) -> None:
        given = {name: form.cleaned_data[name] for name in report_drafts.FIELDS}
        merges = form.cleaned_data["merged"]
        reporting.report(task, **given, files=stored, merges=merges, by=request.user, at=at)
        report_drafts.forget(task, by=request.user)

    if acted(request, form, file):
        return done(request, pk, "进展已保存，并记入办理过程。", but=form.refused)
    return page(request, task, status=422, report=form)


def merged_into(task: Task, typed: QueryDict) -> QueryDict:
    """What was typed, with the part named by `take` added to the text and marked as merged; the way without script."""
    found = typed.copy()
    part = next((p for p in reporting.parts_to_merge(task) if str(p.pk) == typed.get("take")), None)
    if part is not None and str(part.pk) not in typed.getlist("merged"):
        text = typed.get("text", "").rstrip()
        found["text"] = f"{text}\n{part_words(part)}".lstrip("\n")
        found.appendlist("merged", str(part.pk))
    return found


def part_words(part: Progress) -> str:
    return f"{part.unit.name if part.unit else ''}：{part.text}"


@login_required
@require_POST
def task_draft(request: PersonRequest, pk: int) -> HttpResponse:
    """Keep what is being typed into the report, every few seconds; the words beside the button are the answer."""
    task = one_task(request.user, pk, today=timezone.localdate())
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(
            "内容过长，草稿没有存到服务器，请先精简。", status=422, content_type="text/plain; charset=utf-8"
        )
    try:
        kept = report_drafts.keep(task, form.cleaned_data, by=request.user, at=timezone.now())
    except Refused as why:
        return HttpResponse(str(why), status=422, content_type="text/plain; charset=utf-8")
    said = f"草稿已存到服务器（{timezone.localtime():%H:%M}），换一台电脑也能接着写" if kept else ""
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


@login_required
@require_POST
@vary_on_headers("HX-Request")
def task_attach(request: PersonRequest, pk: int) -> HttpResponse:
    task = one_task(request.user, pk, today=timezone.localdate())
    form = EvidenceForm(request.POST, request.FILES, prefix="attach", kinds=kinds_for(task))

    def attach(at: dt.datetime, stored: list[StoredFile]) -> None:
        files = [replace(file, expires_on=form.cleaned_data["expires_on"]) for file in stored]
        reporting.attach(task, files, by=request.user, at=at)

    if acted(request, form, attach):
        return done(request, pk, "佐证材料已上传。", but=form.refused)
    return page(request, task, status=422, attach=form)


@login_required
@require_POST
@vary_on_headers("HX-Request")
def task_part_add(request: PersonRequest, pk: int) -> HttpResponse:
    """Sub-plan: one more part of the task."""
    today = timezone.localdate()
    task = one_task(request.user, pk, today=today)
    form = PartForm(task, request.POST)

    def add(at: dt.datetime, _stored: list[StoredFile]) -> None:
        given = {name: form.cleaned_data[name] for name in form.fields if name != "token"}
        add_part(task, **given, by=request.user, at=at, today=today)

    if acted(request, form, add):
        return done(request, pk, "子任务已增加，并交承办单位签收。")
    return page(request, task, status=422, part=form)


@login_required
@require_POST
@vary_on_headers("HX-Request")
def task_comment(request: PersonRequest, pk: int) -> HttpResponse:
    task = one_task(request.user, pk, today=timezone.localdate())
    form = CommentForm(request.POST, prefix="comment")

    told: list[str] = []

    def say(at: dt.datetime, _stored: list[StoredFile]) -> None:
        row = reporting.comment(task, text=form.cleaned_data["text"], by=request.user, at=at)
        told.extend(user.name for user in row.mentioned.order_by("pk"))

    if acted(request, form, say):
        reminded = f"已提醒：{'、'.join(told)}。" if told else ""
        return done(request, pk, f"留言已发出。{reminded}")
    return page(request, task, status=422, comment=form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def task_step(request: PersonRequest, pk: int, step: str) -> HttpResponse:
    """The form of one step, and the step. A refusal, also of a stale page, keeps what was typed."""
    if step not in workflow.STEPS:
        raise Http404
    today = timezone.localdate()
    task = one_task(request.user, pk, today=today)
    data = request.POST if request.method == "POST" else None
    form = StepForm(step, task, choices_for(request.user, task, step), data, initial={"token": new_token()})

    def take(at: dt.datetime, _stored: list[StoredFile]) -> None:
        task.version = task.version if form.cleaned_data["version"] is None else form.cleaned_data["version"]
        workflow.perform(task, step, form.ask(by=request.user, at=at, today=today))

    if acted(request, form, take):
        return done(request, pk, f"已办理“{form.label}”。")
    return step_form(request, one_task(request.user, pk, today=today), form)


def step_form(request: PersonRequest, task: Task, form: StepForm) -> HttpResponse:
    """The form as a fragment in its place on the task's page, or as a page of its own."""
    context = story(request.user, task, at=timezone.now(), today=timezone.localdate())
    offer = next((o for o in context["offers"] if o.name == form.step), None)
    why_not = workflow.refusal(request.user, task, form.step)
    context |= {"form": form, "offer": offer, "why_not": why_not, "version": task.version}
    template = "_step" if request.htmx else "task_step"
    answer = render(request, f"notices/{template}.html", context, status=422 if form.is_bound else 200)
    return reswap(retarget(answer, "#step-form"), "innerHTML") if request.htmx else answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def task_edit(request: PersonRequest, pk: int) -> HttpResponse:
    task = one_task(request.user, pk, today=timezone.localdate())
    why_not = planning.may_edit(request.user, task, ["remark"])
    if why_not:
        messages.error(request, why_not)
        return redirect("notices:task_detail", pk=pk)
    locked = fields.locked(request.user, task, LABELS)
    within = units_for(request.user, task)
    planned = covers(task)
    form = EditForm(task, request.POST or None, locked=locked, within=within, planned=planned)
    if form.is_valid():
        try:
            changed = edit(task, form.edit(), by=request.user, at=timezone.now())
        except Conflict as conflict:
            fresh = one_task(request.user, pk, today=timezone.localdate())
            context = conflict_context(fresh, form, conflict.clashes)
            return render(request, "notices/conflict.html", context, status=409)
        except Refused as why:
            refuse(form, why)
        else:
            messages.success(request, "修改已保存。" if changed else "内容没有变化，未作修改。")
            return redirect(reverse("notices:task_detail", args=[pk]))
    context = {"task": task, "form": form, "state_label": State(task.state).label}
    return render(request, "notices/task_edit.html", context, status=422 if form.is_bound else 200)
