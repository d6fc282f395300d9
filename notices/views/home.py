"""待办: what waits for this person, and the notice switch of the frame."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from notices.context import CHOSEN


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "notices/home.html", {})


@login_required
@require_POST
def switch_notice(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the session; one that the person may not see chooses nothing."""
    request.session[CHOSEN] = request.POST.get("notice", "")[:20]
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else "/")
