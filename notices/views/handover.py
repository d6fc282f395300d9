"""工作移交: somebody leaves; everything open in that name goes to others at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.people import Unfit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import handover as passing
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.errors import Refused
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.rights import requires

BY_NAME = (Key("name", str), Key("pk", int))


@requires(Can.PLAN, Can.APPROVE)
@require_safe
def handover_list(request: PersonRequest) -> HttpResponse:
    people, q = passing.people_of(request.user), request.GET.get("q", "").strip()[:50]
    people = people.filter(name__icontains=q) if q else people
    page = page_of(people, BY_NAME, request.GET)
    context = {
        "lines": passing.with_counts(
            people.filter(pk__in=[p.pk for p in page.rows]).order_by("name", "pk"), request.user
        ),
        "page": page,
        "count": in_words(capped(people)),
        "q": q,
    }
    return render(request, "notices/handover_list.html", context)


@requires(Can.PLAN, Can.APPROVE)
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: PersonRequest, pk: int) -> HttpResponse:
    """GET: the list before, each with a choice. POST: all of it at once, and the list after."""
    person = get_object_or_404(passing.people_of(request.user), pk=pk)
    at, error = timezone.now(), ""
    if request.method == "POST":
        wanted, seen = _asked(request)
        try:
            done = only_once(
                request.POST.get("once", ""),
                lambda: passing.hand_over(person, wanted, seen=seen, by=request.user, at=at),
                by=request.user,
                at=at,
            )
        except AlreadyDone as why:
            messages.info(request, str(why))
        except (Unfit, Refused) as why:
            error = str(why)
        else:
            context = {"person": person, "done": done, "left": passing.items(person, user=request.user)}
            return render(request, "notices/handover_done.html", context)
    context = {
        "person": person,
        "items": [
            (item, request.POST.get(f"to-{item.key}", ""))
            for item in passing.items(person, user=request.user)
        ],
        "everything": request.POST.get("to", ""),
        "choices": [
            (str(u.pk), u.name, u.position_title) for u in passing.successors(person, user=request.user)
        ],
        "token": new_token(),
        "error": error,
    }
    return render(request, "notices/handover.html", context, status=422 if error else 200)


def _asked(request: PersonRequest) -> tuple[dict[str, int], dict[str, int]]:
    """Key → successor: an item's own choice, else the one for everything ("-": stays). Key → version seen."""
    everything = request.POST.get("to", "")
    wanted, seen = {}, {}
    for name, value in request.POST.items():
        key = name.removeprefix("to-")
        if key == name:
            continue
        chosen = str(value) or everything
        if chosen.isdecimal() and len(chosen) < 19:
            wanted[key] = int(chosen)
            version = request.POST.get(f"seen-{key}", "")
            seen[key] = int(version) if version.isdecimal() and len(version) < 10 else -1
    return wanted, seen
