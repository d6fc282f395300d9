"""整改成效: the register with its sums, entries by hand, proposals from texts, the list of regulations."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import holds
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import outcome_texts, outcomes
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.domain.statistics_outcomes import (
    RuleName,
    outcomes_by_unit,
    rule_names,
)
from notices.domain.supervision import visitable
from notices.errors import Refused
from notices.forms.outcome import DecideOutcomeForm, NewOutcomeForm, VoidForm
from notices.models import Notice, OutcomeEntry, OutcomeFile, OutcomeQuerySet, Task
from notices.register_filters import OutcomeFilter
from notices.terms import Metric, OutcomeSource, OutcomeState
from notices.views.keyset import Key, Page, address, capped, in_words, page_of
from notices.views.outcome_sums import listed_sums
from notices.views.registers import acted, download, query_of, workbook, wrong_of
from notices.views.rights import requires

ORDER = (Key("day", dt.date.fromisoformat, desc=True), Key("pk", int, desc=True))
FIRST = (Key("pk", int),)
SHOWN = 15  # proposals on a page: each is a form
COLUMNS = (
    ("日期", 12), ("指标", 14), ("数值", 12), ("计量单位", 10), ("责任单位", 24), ("文件名称", 50), ("说明", 30),
    ("任务编号", 14), ("来源", 10), ("原文", 60), ("状态", 10), ("登记人", 12), ("批次", 30),
)  # fmt: skip
RULE_COLUMNS = (("制度名称", 60), ("制定单位", 26), ("日期", 12), ("任务编号", 14))


def listed(request: PersonRequest) -> OutcomeFilter:
    """What the person sees, narrowed by the address; without a state in it only what counts."""
    rows = OutcomeEntry.objects.visible_to(request.user)
    if not request.GET.get("state"):
        rows = rows.confirmed()
    return OutcomeFilter(query_of(request), rows, request=request)


def writable(request: PersonRequest) -> list[Notice]:
    """Notices for which the person may enter outcomes."""
    return [n for n in chosen_notices(request) if outcomes.office(request.user, n) is None]


@requires(Can.BOARD)
@require_safe
@vary_on_headers("HX-Request")
def outcome_list(request: PersonRequest) -> HttpResponse:
    found = listed(request)
    query = query_of(request)
    rows = found.qs.select_related("unit", "task", "notice").defer("notice__text", "task__text")
    mine = writable(request)
    context = {
        "found": found,
        "page": page_of(rows, ORDER, query),
        "count": in_words(capped(found.qs)),
        "wrong": wrong_of(found.form),
        "sums": listed_sums(found.qs, query),
        "units": outcomes_by_unit(found.qs),
        "writable": mine,
        "proposed": in_words(capped(_proposed(mine))) if mine else "",
        "office": holds(request.user, Can.PLAN),
        "export": f"{reverse('notices:outcome_export')}{address(query)}",
    }
    name = "_outcome_table" if request.htmx else "outcome_list"
    return render(request, f"notices/{name}.html", context)


def _proposed(notices: list[Notice]) -> OutcomeQuerySet:
    return OutcomeEntry.objects.proposed().filter(notice__in=[n.pk for n in notices])


@requires(Can.BOARD)
@require_safe
def outcome_export(request: PersonRequest) -> HttpResponse:
    rows = listed(request).qs.select_related("unit", "task", "notice").defer("notice__text")
    ordered = rows.order_by("-day", "-pk").iterator(chunk_size=1000)
    return workbook("整改成效", COLUMNS, (_cells(row) for row in ordered))


def _cells(row: OutcomeEntry) -> list[object]:
    number = row.task.number if row.task else ""
    told = [row.day.isoformat(), str(Metric(row.metric).label), float(row.value), row.measure, row.unit.name]
    source, state = str(OutcomeSource(row.source).label), str(OutcomeState(row.state).label)
    said = [row.documents, row.remark, number, source, row.sentence, state, row.by_name, row.notice.title]
    return [*told, *said]


@requires(Can.BOARD)
@require_safe
def outcome_rules(request: PersonRequest) -> HttpResponse:
    """制度清单."""
    found = listed(request)
    context = {
        "found": found,
        "rules": rule_names(found.qs),
        "wrong": wrong_of(found.form),
        "office": holds(request.user, Can.PLAN),
        "export": f"{reverse('notices:rule_export')}{address(query_of(request))}",
    }
    return render(request, "notices/outcome_rules.html", context)


@requires(Can.BOARD)
@require_safe
def rule_export(request: PersonRequest) -> HttpResponse:
    return workbook("制度清单", RULE_COLUMNS, (_rule(rule) for rule in rule_names(listed(request).qs)))


def _rule(rule: RuleName) -> list[object]:
    return [f"《{rule.name.strip('《》')}》", rule.unit, rule.day.isoformat(), rule.task]


def one_notice(request: PersonRequest) -> Notice | None:
    """The notice named in the address or the form among those the person may enter outcomes for; else the first."""
    mine = writable(request)
    wanted = request.POST.get("notice", request.GET.get("notice", ""))
    return next((n for n in mine if str(n.pk) == wanted), mine[0] if mine and not wanted else None)


@requires(Can.PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def outcome_new(request: PersonRequest) -> HttpResponse:
    notice = one_notice(request)
    if notice is None:
        messages.error(request, "没有可以登记成效的批次：批次须已制定方案且未归档。")
        return redirect("notices:outcome_list")
    posted = request.method == "POST"
    initial = {"token": new_token(), "day": timezone.localdate(), "unit": notice.unit_id}
    data, files = (request.POST, request.FILES) if posted else (None, None)
    form = NewOutcomeForm(notice, visitable(notice), data, files, initial=initial)
    today = timezone.localdate()

    def enter(at: dt.datetime, stored: list[StoredFile]) -> None:
        outcomes.enter(notice, form.result(), files=stored, by=request.user, at=at, today=today)

    if posted and acted(request, form, enter):
        messages.success(request, "成效已登记。")
        return redirect("notices:outcome_list")
    context = {"notice": notice, "form": form, "notices": writable(request)}
    return render(request, "notices/outcome_new.html", context, status=422 if form.is_bound else 200)


def one_outcome(request: PersonRequest, pk: int) -> OutcomeEntry:
    rows = OutcomeEntry.objects.visible_to(request.user)
    joined = rows.select_related("notice__unit", "unit", "task", "progress", "replaced_by")
    return get_object_or_404(joined.defer("notice__text"), pk=pk)


def shown(request: PersonRequest, row: OutcomeEntry, *, status: int = 200, **forms: Any) -> HttpResponse:
    may = outcomes.office(request.user, row.notice) is None and row.state == OutcomeState.CONFIRMED
    seen = Task.objects.visible_to(request.user)
    context = {
        "row": row,
        "marked": marked(row),
        "task": seen.filter(pk=row.task_id).first() if row.task_id else None,
        "files": list(row.files.order_by("at", "pk")),
        "replaced": list(row.replaces.order_by("day", "pk")),
        "void": VoidForm(initial={"token": new_token(), "version": row.version}) if may else None,
        **forms,
    }
    return render(request, "notices/outcome_detail.html", context, status=status)


def marked(row: OutcomeEntry) -> tuple[str, str, str]:
    """The source sentence cut before and behind the words with the number."""
    text, start, end = row.sentence, row.mark_start, row.mark_end
    return text[:start], text[start:end], text[end:]


@login_required
@require_safe
def outcome_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return shown(request, one_outcome(request, pk))


@login_required
@require_POST
def outcome_void(request: PersonRequest, pk: int) -> HttpResponse:
    row = one_outcome(request, pk)
    form = VoidForm(request.POST)
    if request.POST.get("version", "").isdecimal():
        row.version = int(request.POST["version"][:9])

    def void(at: dt.datetime, _files: list[StoredFile]) -> None:
        outcomes.void(row, why=form.cleaned_data["why"], by=request.user, at=at)

    if acted(request, form, void):
        messages.success(request, "成效已作废，原内容仍保留。")
        return redirect("notices:outcome_detail", pk=pk)
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    return shown(request, one_outcome(request, pk), status=422, void=form)


@login_required
@require_safe
def outcome_file(request: PersonRequest, pk: int) -> HttpResponseBase:
    seen = OutcomeEntry.objects.visible_to(request.user)
    file = get_object_or_404(OutcomeFile.objects.filter(outcome__in=seen.values("pk")), pk=pk)
    return download(request, file, back=reverse("notices:outcome_detail", args=[file.outcome_id]))


# ── Proposals ────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Card:
    """A proposal with its form. `elsewhere`: units that said the same sentence, confirmed."""

    row: OutcomeEntry
    parts: tuple[str, str, str]
    form: DecideOutcomeForm
    elsewhere: str


@requires(Can.PLAN)
@require_safe
def outcome_proposals(request: PersonRequest) -> HttpResponse:
    return proposed(request)


def proposed(
    request: PersonRequest, *, refused: DecideOutcomeForm | None = None, status: int = 200
) -> HttpResponse:
    """The proposals still to be decided, oldest first; `refused` is a form that was sent and stays as it was typed."""
    mine = writable(request)
    rows = _proposed(mine).select_related("notice", "unit", "task", "progress").defer("notice__text")
    page = page_of(rows, FIRST, request.GET, size=SHOWN)
    context = {
        "page": page,
        "cards": cards(request, page, refused),
        "count": in_words(capped(rows)),
        "notices": [(n, waiting) for n in mine for waiting in [outcome_texts.unread(n)]],
        "office": True,
        "token": new_token(),
        "here": request.GET.urlencode(),
    }
    return render(request, "notices/outcome_proposals.html", context, status=status)


def cards(request: PersonRequest, page: Page, refused: DecideOutcomeForm | None) -> list[Card]:
    """Queries by notice, not by proposal."""
    rows: list[OutcomeEntry] = page.rows
    units: dict[int, list[Unit]] = {
        n.pk: visitable(n) for n in {row.notice_id: row.notice for row in rows}.values()
    }
    earlier = _earlier(rows)
    twins = _twins(rows)
    made = []
    for row in rows:
        form = DecideOutcomeForm(
            row, units[row.notice_id], earlier.get(row.pk, []), initial={"token": new_token()}
        )
        form = refused if refused is not None and refused.prefix == form.prefix else form
        made.append(Card(row, marked(row), form, "、".join(twins.get(row.pk, ()))))
    return made


def _earlier(rows: list[OutcomeEntry]) -> dict[int, list[OutcomeEntry]]:
    """What `outcomes.continued` finds for each, in one query."""
    same = OutcomeEntry.objects.confirmed().filter(
        notice__in={r.notice_id for r in rows}, metric__in={r.metric for r in rows}
    )
    kept: dict[tuple[object, ...], list[OutcomeEntry]] = {}
    for entry in same.filter(unit__in={r.unit_id for r in rows}).order_by("-day", "-pk"):
        kept.setdefault(_series(entry), []).append(entry)
    return {row.pk: kept[_series(row)] for row in rows if _series(row) in kept}


def _series(row: OutcomeEntry) -> tuple[object, ...]:
    return (row.notice_id, row.unit_id, row.metric, row.measure, row.task_id)


def _twins(rows: list[OutcomeEntry]) -> dict[int, list[str]]:
    """Units that have the same sentence confirmed already, in one query."""
    same = OutcomeEntry.objects.confirmed().filter(
        notice__in={r.notice_id for r in rows}, sentence__in={r.sentence for r in rows}
    )
    found = list(same.values_list("notice", "sentence", "metric", "unit", "unit__name"))
    return {
        row.pk: [name for n, s, m, unit, name in found if (n, s, m) == (row.notice_id, row.sentence, row.metric) and unit != row.unit_id]
        for row in rows
    }  # fmt: skip


@requires(Can.PLAN)
@require_POST
def outcome_read(request: PersonRequest) -> HttpResponse:
    """Read what was reported since the last time."""
    notice = one_notice(request)
    if notice is None:
        messages.error(request, "没有可以提取的批次：批次须已制定方案且未归档。")
        return redirect("notices:outcome_proposals")
    whole = Notice.objects.select_related("unit").get(pk=notice.pk)
    try:
        read = outcome_texts.read_texts(whole, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        left = f"还有 {read.left} 条进展没有读，请再点一次。" if read.left else ""
        messages.success(request, f"新提取 {read.new} 条，请核对原文后确认。{left}")
    return redirect("notices:outcome_proposals")


@requires(Can.PLAN)
@require_POST
def outcome_decide(request: PersonRequest, pk: int) -> HttpResponse:
    """Confirm or reject one proposal (`act`); a refused form stays in its place on the page."""
    row = one_outcome(request, pk)
    seen = request.POST.get(f"o{pk}-version", "")
    row.version = int(seen[:9]) if seen.isdecimal() else row.version
    earlier = list(outcomes.continued(row))
    form = DecideOutcomeForm(row, visitable(row.notice), earlier, request.POST)
    today = timezone.localdate()

    def confirm(at: dt.datetime, _files: list[StoredFile]) -> None:
        replaces = form.cleaned_data.get("replaces")
        outcomes.confirm(row, form.result(), replaces=replaces, by=request.user, at=at, today=today)

    if request.POST.get("act") == "reject":
        try:
            outcomes.reject(row, by=request.user, at=timezone.now())
        except Refused as why:
            messages.error(request, str(why))
            return proposed(request, status=422)
        messages.success(request, "已标为不采用，同一句话不会再次提取。")
        return redirect("notices:outcome_proposals")
    if acted(request, form, confirm):
        messages.success(request, "已确认登记。")
        return redirect("notices:outcome_proposals")
    for sentence in form.non_field_errors():
        messages.error(request, str(sentence))
    return proposed(request, refused=form, status=422)
