"""日历: a month by day, one day, and the feed for calendars elsewhere."""

import calendar as months
import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.person import PersonRequest
from notices.context import chosen_notices
from notices.domain import agenda, feeds
from notices.domain.agenda import Item
from notices.domain.workdays import Calendar, load_calendar

SHOWN = 4  # items of a day in the month; the rest stands on the day's own page
PAGES = {
    "deadline": "task_detail",
    "review": "task_detail",
    "letter": "letter_detail",
    "directive": "directive_detail",
}
WORDS = {"deadline": "时限", "review": "复查", "letter": "函件", "directive": "批示"}


@dataclass(frozen=True)
class Entry:
    kind: str
    label: str
    number: str
    title: str
    unit: str
    url: str


@dataclass(frozen=True)
class Day:
    """`entries` are the first of the day's, `more` how many stand behind them. `mark`: 休 on a day off, 班 on a week-end day
    that is worked."""

    day: dt.date
    inside: bool
    mark: str
    entries: list[Entry]
    more: int


@login_required
@require_safe
def calendar(request: PersonRequest) -> HttpResponse:
    """`month` (2026-11) as a grid of weeks, or `day` (2026-11-22) as a list; this month otherwise."""
    today = timezone.localdate()
    notices = [n.pk for n in chosen_notices(request)]
    day = _day(request.GET.get("day", ""))
    if day is not None:
        found = agenda.items(request.user, first=day, last=day, notices=notices)
        context = {"day": day, "entries": [_entry(i) for i in found], "today": today}
        return render(request, "notices/calendar_day.html", context)
    first = _day(f"{request.GET.get('month', '')}-01") or today.replace(day=1)
    last = first.replace(day=months.monthrange(first.year, first.month)[1])
    found = agenda.items(request.user, first=first, last=last, notices=notices)
    token = request.session.pop("feed_token", "")
    working = load_calendar(first)
    context = {
        "weeks": _weeks(first, found, working),
        "days_note": working.note(first.year),
        "first": first,
        "before": _month(first - dt.timedelta(days=1)),
        "after": _month(last + dt.timedelta(days=1)),
        "count": len(found),
        "most": len(found) >= agenda.MOST,
        "kinds": [(code, label) for code, label in agenda.KINDS.items()],
        "feed": feeds.feed_of(request.user),
        "feed_url": request.build_absolute_uri(reverse("notices:calendar_feed", args=[token]))
        if token
        else "",
        "today": today,
    }
    return render(request, "notices/calendar.html", context)


def _day(text: str) -> dt.date | None:
    """None also for years no calendar shows."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def _month(day: dt.date) -> str:
    return f"{day:%Y-%m}"


def _weeks(first: dt.date, found: list[Item], working: Calendar) -> list[list[Day]]:
    """Weeks from Monday; days of the neighbouring months are empty."""
    by_day: dict[dt.date, list[Entry]] = {}
    for item in found:
        by_day.setdefault(item.day, []).append(_entry(item))
    grid = months.Calendar().monthdatescalendar(first.year, first.month)
    return [[_cell(day, first, by_day.get(day, []), working) for day in week] for week in grid]


def _cell(day: dt.date, first: dt.date, entries: list[Entry], working: Calendar) -> Day:
    mark = ("班" if day.weekday() >= 5 else "") if working.is_working(day) else "休"
    return Day(day, day.month == first.month, mark, entries[:SHOWN], max(0, len(entries) - SHOWN))


def _entry(item: Item) -> Entry:
    url = reverse(f"notices:{PAGES[item.kind]}", args=[item.subject])
    return Entry(item.kind, WORDS[item.kind], item.number, item.title, item.unit, url)


@login_required
@require_POST
def calendar_address(request: PersonRequest) -> HttpResponse:
    """A new address (the old one stops), or none. It is shown once."""
    if request.POST.get("revoke"):
        feeds.revoke(request.user, at=timezone.now())
        messages.success(request, "订阅地址已停用。")
    else:
        request.session["feed_token"] = feeds.renew(request.user, at=timezone.now())
        messages.success(request, "新的订阅地址已生成，只显示这一次；原来的地址已失效。")
    return redirect("notices:calendar")


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever has the address: the owner's days as the owner may see them now."""
    owner = feeds.owner_of(token)
    if owner is None:
        raise Http404
    content = feeds.content(owner, at=timezone.now(), today=timezone.localdate())
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
