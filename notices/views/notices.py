"""整改批次: all of them, and the page of one."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import DateField, Value
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import has, holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import url_of
from notices.domain import baseline, dossier, inspection_report, packages, plan_review
from notices.domain.baseline import Deviation, deviations
from notices.domain.coverage import coverage
from notices.domain.ledger_jobs import KEPT
from notices.domain.links import carried_over
from notices.domain.materials import require_for_notice
from notices.domain.notice_papers import ledger_bytes
from notices.domain.planning import set_stage
from notices.domain.push_figures import push_figures
from notices.domain.summary import summary
from notices.errors import Refused
from notices.filters import NoticeFilter
from notices.forms.notice import MaterialsForm, StageForm
from notices.ledger.uploads import may_import
from notices.models import Issue, Notice, PlanChange, Task
from notices.terms import Stage
from notices.views.figures import Links, light_parts, notice_row, progress_parts, rate
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.letters import download

NEVER = dt.date(1, 1, 1)
ORDER = (Key("since", dt.date.fromisoformat, desc=True), Key("pk", int, desc=True))


@login_required
@require_safe
def notice_list(request: PersonRequest) -> HttpResponse:
    seen = Notice.objects.visible_to(request.user).select_related("unit").defer("text")
    found = NoticeFilter(request.GET, seen, request=request)
    since = Coalesce("feedback_on", Value(NEVER), output_field=DateField())
    page = page_of(found.qs.annotate(since=since), ORDER, request.GET)
    lines = summary(coverage(request.user, page.rows), page.rows, today=timezone.localdate())
    context = {
        "found": found,
        "page": page,
        "rows": [notice_row(line) for line in lines],
        "count": in_words(capped(found.qs)),
        "intake_url": url_of("intake") if holds(request.user, Can.PLAN) else None,
    }
    return render(request, "notices/notice_list.html", context)


def one_notice(request: PersonRequest, pk: int) -> Notice:
    seen = Notice.objects.visible_to(request.user).select_related("unit").defer("text")
    return get_object_or_404(seen, pk=pk)


@login_required
@require_safe
def notice_detail(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_notice(request, pk)
    line = summary(coverage(request.user, [notice]), [notice], today=timezone.localdate())[0]
    links = Links(str(pk))
    plans = has(request.user, Can.PLAN, notice.unit_id)
    context = {
        "notice": notice,
        "row": notice_row(line),
        "lights": light_parts(line.tasks, links),
        "progress": progress_parts(line.issues, links),
        "carried": carried_over(Issue.objects.filter(notice=notice), request.user).count(),
        "rates": [rate(r) for r in (line.issues.completion_rate, line.issues.closing_rate)],
        "plans": plans,
        "base": baseline.of_notice(notice.pk),
        "standing": plan_review.standing(notice, request.user) if plans else None,
        "deviations": changed_tasks(request, notice),
        "pushes": push_figures(notice, request.user, today=timezone.localdate()),
        "sees_letters": holds(request.user, Can.BOARD),
        "may_import": may_import(request.user, notice) and notice.stage != Stage.ARCHIVED,
        "may_pack": dossier.packer(request.user, notice) is None,
        "packages": packages.packages_of(request.user, notice),
        "kept_days": KEPT.days,
        "may_report": inspection_report.reporter(request.user, notice) is None,
        "form": StageForm(initial={"stage": notice.stage, "version": notice.version}),
        "materials": MaterialsForm(
            initial={"evidence_kinds": notice.evidence_kinds, "version": notice.version},
            auto_id="materials_%s",
        ),
    }
    return render(request, "notices/notice_detail.html", context)


def changed_tasks(request: PersonRequest, notice: Notice) -> list[Deviation]:
    """Deviations from the approved plan, of the issues and tasks this person sees."""
    changes = PlanChange.objects.filter(notice=notice)
    if not has(request.user, Can.SEE_NOTICE, notice.unit_id):
        changes = changes.filter(task__in=Task.objects.visible_to(request.user).filter(notice=notice))
    return deviations(changes)


@login_required
@require_POST
def notice_stage(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_notice(request, pk)
    if not has(request.user, Can.PLAN, notice.unit_id):
        raise Http404
    form = StageForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请从列表中选择要改为的阶段。")
        return redirect("notices:notice_detail", pk=pk)
    notice.version = form.cleaned_data["version"]
    try:
        set_stage(notice, Stage(form.cleaned_data["stage"]), by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"批次已改为“{Stage(notice.stage).label}”。")
    return redirect("notices:notice_detail", pk=pk)


@login_required
@require_POST
def notice_materials(request: PersonRequest, pk: int) -> HttpResponse:
    """What every task of the notice must have before it is handed in."""
    notice = one_notice(request, pk)
    if not has(request.user, Can.PLAN, notice.unit_id):
        raise Http404
    form = MaterialsForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("notices:notice_detail", pk=pk)
    notice.version = form.cleaned_data["version"]
    try:
        changed = require_for_notice(
            notice, form.cleaned_data["evidence_kinds"], by=request.user, at=timezone.now()
        )
    except Refused as why:
        messages.error(request, str(why))
    else:
        now = notice.evidence_kinds or "不作要求"
        messages.success(request, f"应交材料{'已改为' if changed else '没有变化，仍是'}：{now}。")
    return redirect("notices:notice_detail", pk=pk)


@login_required
@require_safe
def ledger_word(request: PersonRequest, pk: int) -> HttpResponse:
    """整改台账 as Word: what the person sees of the notice."""
    notice, today = one_notice(request, pk), timezone.localdate()
    try:
        content = ledger_bytes(notice, request.user, today=today)
    except Refused as why:
        messages.error(request, str(why))
        return redirect("notices:notice_detail", pk=pk)
    return download(content, f"整改台账_{notice.title[:60]}_{today}.docx")
