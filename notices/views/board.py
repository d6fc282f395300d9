"""总览: what a leader, the office, a head or a supervisor covers, on one page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import holds, memberships
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notice, chosen_notices
from notices.domain.board import board as gather
from notices.domain.board_past import compared
from notices.domain.board_past import past_board as as_it_was
from notices.domain.coverage import Coverage, coverage, covered_tasks
from notices.domain.snapshot_view import sight_of
from notices.domain.snapshots import Broken, open_snapshot
from notices.models import Snapshot
from notices.terms import Light
from notices.views import figures
from notices.views.lines import lines, prepared
from notices.views.rights import requires

MOST_RED = 8


@requires(Can.BOARD)
@require_safe
def board(request: PersonRequest) -> HttpResponse:
    """Today's figures, or those of a closed week of one notice (`week` in the address)."""
    today = timezone.localdate()
    chosen, notice = chosen_notices(request), chosen_notice(request)
    single = chosen[0] if len(chosen) == 1 else None
    weeks = list(Snapshot.objects.filter(notice=single).newest_first().defer("head")) if single else []
    past = next((row for row in weeks if str(row.starts_on) == request.GET.get("week")), None)
    if past is not None:
        return past_board(request, past, weeks)
    cover = coverage(request.user, chosen)
    found = gather(cover, today=today)
    links = figures.Links(str(notice.pk) if notice else "")
    red = prepared(covered_tasks(cover), today=today).order_by("deadline", "pk")
    red = red.filter(light=Light.RED)  # type: ignore[misc]
    before = compared(cover, chosen)
    context = {
        **figures.shown(found, links, today=today, before=before),
        "covers": covers(cover),
        "single": len(cover.notices) == 1,
        "nothing": not cover.notices,
        "red": lines(list(red[:MOST_RED]), user=request.user, today=today),
        "overdue_url": reverse("notices:overdue") if holds(request.user, Can.NUDGE) else None,
        "here": request.get_full_path(),
        "weeks_closed": weeks,
        "before": before,
        "as_of": today,
    }
    return render(request, "notices/board.html", context)


def past_board(request: PersonRequest, row: Snapshot, weeks: list[Snapshot]) -> HttpResponse:
    """The board as of a closed week; every number leads to the list the snapshot keeps."""
    full = Snapshot.objects.select_related("notice__unit").get(pk=row.pk)
    context = {
        "single": True,
        "past": full,
        "weeks_closed": weeks,
        "as_of": full.today,
        "covers": covers(coverage(request.user, [full.notice])),
    }
    try:
        found = as_it_was(open_snapshot(full), sight_of(request.user, full.notice))
    except Broken as why:
        return render(request, "notices/board.html", {**context, "broken": str(why)}, status=409)
    links = figures.SnapshotLinks(str(full.notice_id), full.pk)
    context |= figures.shown(found, links, today=full.today)
    return render(request, "notices/board.html", context)


def covers(cover: Coverage) -> str:
    """In words, what the figures cover."""
    units = [m.unit.label for m in memberships(cover.user) if m.unit_id in cover.units]
    led = f"{'、'.join(units)}及下级单位牵头的任务" if units else "本人负责的任务"
    if units and holds(cover.user, Can.OVERSEE):
        led += "和本人作为责任领导的任务"
    if not cover.part:
        return "全部任务"
    return f"整改办所辖批次的全部任务，其他批次中{led}" if cover.whole else led
