"""回头看: campaigns with their counts, the sample of one, the verdict on a task of it; relapses by unit and aspect."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has, reach, subtree
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notice, chosen_notices
from notices.domain import lookback
from notices.domain.coverage import coverage
from notices.domain.materials import kinds_for
from notices.domain.once import new_token
from notices.domain.reporting import StoredFile
from notices.domain.statistics_relapse import RelapseLine, relapses_by_aspect, relapses_by_unit
from notices.forms.lookback import CloseForm, JudgeForm, LookBackForm
from notices.models import Aspect, LookBack, LookBackItem, Notice, Task
from notices.terms import PoolRule, SampleSize, Stage
from notices.views.acts import acted
from notices.views.figures import Links, Number
from notices.views.keyset import Key, page_of
from notices.views.rights import requires
from notices.views.task_page import not_taken

ORDER = (Key("at", dt.datetime.fromisoformat, desc=True), Key("pk", int, desc=True))


@dataclass(frozen=True)
class Relapses:
    """One line of the counts of relapses."""

    label: str
    tasks: Number
    times: int


# ── Campaigns ────────────────────────────────────────────────────────────────
@requires(Can.VERIFY)
@require_safe
def lookback_list(request: PersonRequest) -> HttpResponse:
    notices = [n for n in chosen_notices(request) if n.unit_id in reach(request.user, Can.VERIFY)]
    campaigns = LookBack.objects.visible_to(request.user).filter(notice__in=[n.pk for n in notices])
    cover = coverage(request.user, notices)
    one = chosen_notice(request)
    links = Links(str(one.pk) if one else "")
    context = {
        "page": page_of(
            campaigns.with_counts().select_related("notice").defer("pool", "notice__text"), ORDER, request.GET
        ),
        "open_notices": [n for n in notices if n.stage != Stage.ARCHIVED],
        "by_unit": [_relapses(line, links, led_by=line.key) for line in relapses_by_unit(cover)],
        "by_aspect": [
            _relapses(line, Links(str(line.notice)), aspect=line.key) for line in relapses_by_aspect(cover)
        ],
    }
    return render(request, "notices/lookback_list.html", context)


def _relapses(line: RelapseLine, links: Links, **only: object) -> Relapses:
    filters = {name: value for name, value in only.items() if value is not None}
    url = links.tasks(relapsed="true", **filters)
    return Relapses(line.label, Number("任务", str(line.tasks), url), line.times)


@requires(Can.VERIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def lookback_new(request: PersonRequest, pk: int) -> HttpResponse:
    seen = Notice.objects.visible_to(request.user).select_related("unit").defer("text")
    notice = get_object_or_404(seen, pk=pk)
    if not has(request.user, Can.VERIFY, notice.unit_id):
        raise Http404
    today = timezone.localdate()
    initial = {"token": new_token(), "starts_on": today, "ends_on": today + dt.timedelta(days=30)}
    data = request.POST if request.method == "POST" else None
    form = LookBackForm(_leads(notice), _aspects(notice), data, initial=initial)
    made: list[LookBack] = []

    def begin(at: dt.datetime, _stored: list[StoredFile]) -> None:
        made.append(lookback.begin(notice, form.plan(), by=request.user, at=at))

    if acted(request, form, begin):
        if not made:
            return redirect("notices:lookback_list")
        messages.success(request, f"已建立“{made[0].title}”，抽取 {made[0].items.count()} 项，名单已固定。")
        return redirect("notices:lookback_detail", pk=made[0].pk)
    context = {"notice": notice, "form": form, "why_not": lookback.refusal(request.user, notice)}
    return render(request, "notices/lookback_new.html", context, status=422 if form.is_bound else 200)


def _leads(notice: Notice) -> QuerySet[Unit]:
    """Units of the party that may be looked back at."""
    return Unit.objects.without_tree_fields().filter(pk__in=subtree([notice.unit_id])).by_position()


def _aspects(notice: Notice) -> QuerySet[Aspect]:
    return Aspect.objects.filter(notice=notice).order_by("number", "pk")


def one_campaign(request: PersonRequest, pk: int) -> LookBack:
    rows = LookBack.objects.visible_to(request.user).with_counts()
    return get_object_or_404(
        rows.select_related("notice__unit", "unit", "aspect").defer("notice__text"), pk=pk
    )


@requires(Can.VERIFY)
@require_safe
def lookback_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return overview(request, one_campaign(request, pk))


def overview(request: PersonRequest, campaign: LookBack, *, status: int = 200, **more: Any) -> HttpResponse:
    items = campaign.items.order_by("position").select_related("task__issue", "task__lead_unit")
    show = request.GET.get("show", "")
    listed = items.filter(verdict=show) if show in ("firm", "relapsed") else items
    n: Any = campaign  # with the counts of `with_counts`
    waiting = n.n_items - n.n_firm - n.n_relapsed
    context = {
        "campaign": campaign,
        "items": list(listed.filter(verdict="") if show == "waiting" else listed),
        "waiting": waiting,
        "show": show,
        "tabs": (("", "全部", n.n_items), ("waiting", "待核查", waiting), ("firm", "巩固", n.n_firm), ("relapsed", "反弹", n.n_relapsed)),
        "sample": in_words(campaign),
        "same": lookback.drawn_again(campaign) == list(items.values_list("task_id", flat=True)),
        "may_act": lookback.refusal(request.user, campaign.notice) is None and campaign.closed_at is None,
        "form": CloseForm(initial={"token": new_token(), "version": campaign.version}),
        **more,
    }  # fmt: skip
    return render(request, "notices/lookback_detail.html", context, status=status)


def in_words(campaign: LookBack) -> str:
    """How the sample came about, as a sentence anybody can check."""
    scope = str(PoolRule(campaign.rule).label)
    if campaign.unit:
        scope += f"（{campaign.unit.name}）"
    if campaign.aspect:
        scope += f"（{campaign.aspect.title}）"
    pool = len(campaign.pool)
    if campaign.sample == SampleSize.EVERY:
        return f"范围：{scope}，共 {pool} 项，全部核查。"
    how = f"{campaign.amount} 项" if campaign.sample == SampleSize.NUMBER else f"{campaign.amount}%"
    return (
        f"范围：{scope}，共 {pool} 项，随机抽取 {how}。抽取办法：把随机种子“{campaign.seed}”、冒号和任务的系统编号"
        "连在一起计算 SHA-256，按结果由小到大排列，取前面的若干项。用同一种子可以重新抽出同样的名单。"
    )


@requires(Can.VERIFY)
@require_POST
def lookback_close(request: PersonRequest, pk: int) -> HttpResponse:
    campaign = one_campaign(request, pk)
    form = CloseForm(request.POST)

    def close(at: dt.datetime, _stored: list[StoredFile]) -> None:
        given = form.cleaned_data["version"]
        campaign.version = campaign.version if given is None else given
        lookback.close(campaign, summary=form.cleaned_data["summary"], by=request.user, at=at)

    if acted(request, form, close):
        messages.success(request, "回头看已结束。")
        return redirect("notices:lookback_detail", pk=pk)
    return overview(request, one_campaign(request, pk), status=422, form=form)


# ── One task of a sample ─────────────────────────────────────────────────────
@requires(Can.VERIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def lookback_item(request: PersonRequest, pk: int) -> HttpResponse:
    """The task as it stands, and the verdict; a refusal keeps what was typed."""
    rows = LookBackItem.objects.filter(look_back__in=LookBack.objects.visible_to(request.user))
    item = get_object_or_404(
        rows.select_related("look_back__notice", "task__issue", "task__lead_unit"), pk=pk
    )
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = JudgeForm(data, files, initial={"token": new_token()}, kinds=kinds_for(item.task))
    today = timezone.localdate()

    def judge(at: dt.datetime, stored: list[StoredFile]) -> None:
        task = Task.objects.select_related("notice", "lead_unit", "contact", "leader").get(pk=item.task_id)
        item.task = task
        lookback.judge(item, form.judgement(), files=stored, by=request.user, at=at, today=today)

    if acted(request, form, judge):
        messages.success(request, f"任务 {item.task.number} 的核查结论已保存。")
        if form.refused:
            messages.warning(request, not_taken(form.refused))
        return redirect(reverse("notices:lookback_detail", args=[item.look_back_id]))
    context = {
        "item": item,
        "campaign": item.look_back,
        "files": list(item.evidence.order_by("at", "pk")),
        "form": form,
        "why_not": lookback.judge_refusal(request.user, item) if not form.is_bound else None,
    }
    return render(request, "notices/lookback_item.html", context, status=422 if form.is_bound else 200)
