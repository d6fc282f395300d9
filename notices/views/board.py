"""总览: what a leader, the office, a head or a supervisor covers, on one page."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import has, holds, memberships
from accounts.models import Unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notice, chosen_notices
from notices.domain.board import board as gather
from notices.domain.board_past import compared
from notices.domain.board_past import past_board as as_it_was
from notices.domain.board_past_tasks import MOST_RED
from notices.domain.coverage import Coverage, coverage, covered_tasks
from notices.domain.ranks import set_ranks
from notices.domain.snapshot_view import sight_of
from notices.domain.snapshots import Broken, open_snapshot
from notices.domain.statistics_parts import BY
from notices.errors import Refused
from notices.filters import lead_units_of
from notices.models import Notice, Snapshot
from notices.terms import Light, Stage
from notices.views import figures
from notices.views.board_parts import blocks, board_address
from notices.views.keyset import address
from notices.views.lines import lines, prepared
from notices.views.origin import back_to
from notices.views.outcome_sums import board_sums, past_sums
from notices.views.rights import requires


@dataclass(frozen=True)
class Asked:
    """What the address asks for: the division of the lights, one unit's board, a closed week of one notice."""

    by: str
    unit: Unit | None
    notice: Notice | None
    weeks: list[Snapshot]
    past: Snapshot | None

    @property
    def fixed(self) -> tuple[tuple[str, object], ...]:
        return (("lead_unit", self.unit.pk),) if self.unit else ()


def asked(request: PersonRequest) -> Asked:
    chosen = chosen_notices(request)
    single = chosen[0] if len(chosen) == 1 else None
    weeks = list(Snapshot.objects.filter(notice=single).newest_first().defer("head")) if single else []
    by = request.GET.get("by", "")
    wanted = request.GET.get("unit", "")
    known = wanted.isdecimal() and len(wanted) < 19
    return Asked(
        by=by if by in BY else "unit",
        unit=lead_units_of(request).filter(pk=wanted).first() if known else None,
        notice=chosen_notice(request),
        weeks=weeks,
        past=next((row for row in weeks if str(row.starts_on) == request.GET.get("week")), None),
    )


@requires(Can.BOARD)
@require_safe
def board(request: PersonRequest) -> HttpResponse:
    """Today's figures, or those of a closed week of one notice (`week` in the address); of one unit (`unit`)."""
    wanted = asked(request)
    if wanted.past is not None:
        return past_board(request, wanted, wanted.past)
    today, chosen = timezone.localdate(), chosen_notices(request)
    cover = replace(coverage(request.user, chosen), within=wanted.unit.pk if wanted.unit else None)
    found = gather(cover, today=today, by=wanted.by)
    links = figures.Links(str(wanted.notice.pk) if wanted.notice else "", fixed=wanted.fixed)
    red = prepared(covered_tasks(cover), today=today).order_by("deadline", "pk")
    red = red.filter(light=Light.RED)  # type: ignore[misc]
    before = None if wanted.unit else compared(cover, chosen)
    ranks = all(n.ranks for n in chosen)
    page = board_address(notice=links.notice)
    context = {
        **frame(request, wanted, chosen),
        **figures.shown(found, links, today=today, before=before),
        **blocks(found, links, today=today, ranks=ranks, page=page),
        "single": len(cover.notices) == 1,
        "nothing": not cover.notices,
        "red": lines(list(red[:MOST_RED]), user=request.user, today=today),
        "overdue_url": reverse("notices:overdue") if holds(request.user, Can.NUDGE) else None,
        "before": before,
        "sums": board_sums(
            request.user, chosen, wanted.unit, notice=wanted.notice.pk if wanted.notice else None
        ),
        "as_of": today,
    }
    return render(request, "notices/board.html", context)


def past_board(request: PersonRequest, wanted: Asked, row: Snapshot) -> HttpResponse:
    """The board as of a closed week; every number leads to the list the snapshot keeps."""
    full = Snapshot.objects.select_related("notice__unit").get(pk=row.pk)
    context = {**frame(request, wanted, [full.notice]), "single": True, "past": full, "as_of": full.today}
    within = wanted.unit.pk if wanted.unit else None
    try:
        sight = sight_of(request.user, full.notice)
        reader = open_snapshot(full)
        found = as_it_was(reader, sight, by=wanted.by, within=within)
        context |= {"sums": past_sums(reader, sight, wanted.unit), "no_sums": not reader.kept("gain")}
    except Broken as why:
        return render(request, "notices/board.html", {**context, "broken": str(why)}, status=409)
    links = figures.SnapshotLinks(str(full.notice_id), full.pk, fixed=wanted.fixed)
    page = board_address(notice=full.notice_id, week=full.starts_on)
    context |= figures.shown(found.board, links, today=full.today)
    context |= blocks(found.board, links, today=full.today, ranks=full.notice.ranks, page=page)
    context["red_then"] = [(t, (full.today - t.deadline).days) for t in found.red if t.deadline]
    return render(request, "notices/board.html", context)


def frame(request: PersonRequest, wanted: Asked, notices: list[Notice]) -> dict[str, Any]:
    """What stands around the figures."""
    one = notices[0] if len(notices) == 1 else None
    plans = one is not None and has(request.user, Can.PLAN, one.unit_id) and one.stage != Stage.ARCHIVED
    past = wanted.past
    return {
        "covers": covers(coverage(request.user, notices)),
        "here": request.get_full_path(),
        "weeks_closed": wanted.weeks,
        "unit": wanted.unit,
        "by": wanted.by,
        "bys": [
            (code, label, address(request.GET, by=code), code == wanted.by) for code, label in BY.items()
        ],
        "whole_url": board_address(
            notice=wanted.notice.pk if wanted.notice else "", week=past.starts_on if past else ""
        ),
        "ranks": all(n.ranks for n in notices),
        "ranks_of": one if plans and past is None else None,
        "one": one,
    }


def covers(cover: Coverage) -> str:
    """In words, what the figures cover."""
    units = [m.unit.label for m in memberships(cover.user) if m.unit_id in cover.units]
    led = f"{'、'.join(units)}及下级单位牵头的任务" if units else "本人负责的任务"
    if units and holds(cover.user, Can.OVERSEE):
        led += "和本人作为责任领导的任务"
    if not cover.part:
        return "全部任务"
    return f"整改办所辖批次的全部任务，其他批次中{led}" if cover.whole else led


@requires(Can.PLAN)
@require_POST
def notice_ranks(request: PersonRequest, pk: int) -> HttpResponse:
    """Switch the ranking of one notice on or off."""
    seen = Notice.objects.visible_to(request.user).defer("text")
    notice = get_object_or_404(seen, pk=pk)
    if not has(request.user, Can.PLAN, notice.unit_id):
        raise Http404
    version = request.POST.get("version", "")
    shown = request.POST.get("shown") == "1"
    try:
        number = int(version) if version.isdecimal() and len(version) < 10 else -1
        set_ranks(notice, shown, version=number, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"本批次{'显示' if shown else '不再显示'}单位排名。")
    return redirect(back_to(request, reverse("notices:board")))
