"""工作日调整: days the office or the administrator sets against the published arrangement."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import workdays as days
from notices.forms.reminders import DayForm
from notices.models import CalendarDay
from notices.views.rights import requires


@requires(Can.PLAN, Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def workdays(request: PersonRequest) -> HttpResponse:
    """Every day set by hand; sent, one more."""
    today = timezone.localdate()
    form = DayForm(request.POST or None, initial={"day": today})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        days.set_day(
            data["day"],
            is_working=data["is_working"],
            name=data["name"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, f"{data['day']} 已设为{'上班' if data['is_working'] else '休息'}。")
        return redirect("notices:workdays")
    known = days.load_calendar(today)
    page = {
        "form": form,
        "days": CalendarDay.objects.order_by("-day"),
        "notes": [note for year in (today.year, today.year + 1) if (note := known.note(year))],
    }
    return render(request, "notices/workdays.html", page, status=422 if form.errors else 200)


@requires(Can.PLAN, Can.ACCOUNTS)
@require_POST
def workday_clear(request: PersonRequest) -> HttpResponse:
    form = DayForm({"day": request.POST.get("day"), "is_working": "0"})
    if not form.is_valid():
        messages.error(request, "没有找到这一天，请刷新页面后再试。")
        return redirect("notices:workdays")
    day = form.cleaned_data["day"]
    days.clear_day(day, by=request.user, at=timezone.now())
    messages.success(request, f"{day} 已恢复为公布的安排。")
    return redirect("notices:workdays")
