"""催办情况: which pushes nothing followed yet, for how many days, and how many by unit."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain.coverage import coverage, covered_tasks
from notices.domain.push_figures import nudges_by_unit
from notices.models import Nudge
from notices.views.keyset import Key, address, capped, in_words, page_of
from notices.views.rights import requires

ORDER = (Key("at", dt.datetime.fromisoformat, desc=True), Key("pk", int, desc=True))
TABS = (("", "全部"), ("open", "未回应"), ("answered", "已回应"))


@requires(Can.NUDGE)
@require_safe
def nudge_list(request: PersonRequest) -> HttpResponse:
    """`tab` open or answered, `unit` a lead unit; both in the address."""
    tasks = covered_tasks(coverage(request.user, chosen_notices(request)))
    units = nudges_by_unit(tasks)
    rows = Nudge.objects.filter(task__in=tasks.order_by().values("pk"))
    unit = request.GET.get("unit", "")
    chosen = next((u for u in units if str(u.unit) == unit), None)
    rows = rows.filter(task__lead_unit=chosen.unit) if chosen else rows
    kept = {"": rows, "open": rows.filter(answered_at=None), "answered": rows.exclude(answered_at=None)}
    tab = request.GET.get("tab", "") if request.GET.get("tab", "") in kept else ""
    page = page_of(kept[tab].select_related("task__issue", "task__lead_unit"), ORDER, request.GET)
    today = timezone.localdate()
    context = {
        "page": page,
        "rows": [(row, _days(row, today)) for row in page.rows],
        "count": in_words(capped(kept[tab])),
        "tabs": [(label, in_words(capped(kept[code])), address(request.GET, tab=code), code == tab) for code, label in TABS],
        "units": [(u, address(request.GET, unit=str(u.unit))) for u in units],
        "chosen": chosen,
        "all_url": address(request.GET, unit=""),
    }  # fmt: skip
    return render(request, "notices/nudge_list.html", context)


def _days(row: Nudge, today: dt.date) -> int:
    """Days from the push to the answer, or to today."""
    until = timezone.localdate(row.answered_at) if row.answered_at else today
    return (until - timezone.localdate(row.at)).days
