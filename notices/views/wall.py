"""挂图作战: the wall for those signed in, the same by a link without signing in, and the links."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.person import PersonRequest
from accounts.roles import Can
from notices.charts import unlinked
from notices.context import chosen_notice, chosen_notices, seen_notices
from notices.domain import walls
from notices.domain.coverage import Coverage, coverage
from notices.domain.once import new_token
from notices.domain.walls import Group, LinkAsked, Wall
from notices.forms.wall import WallLinkForm
from notices.models import Notice, WallLink
from notices.terms import Light
from notices.views import figures
from notices.views.acts import acted
from notices.views.figures import Links, Number, light_parts, rate
from notices.views.rights import requires

REFRESH = 60  # seconds
OFTEN = 60  # times a minute one address may open walls by links
# Light → its shape and its word in one character: colour, shape and word on every square.
SIGNS = {
    Light.RED.value: ("■", "红"),
    Light.YELLOW.value: ("▲", "黄"),
    Light.GREEN.value: ("●", "绿"),
    Light.LONG.value: ("◆", "长"),
    Light.DONE.value: ("✓", "完"),
}
SIZES = ((150, "big"), (500, "mid"), (1100, "small"))  # squares up to so many, and how large they are drawn


@dataclass(frozen=True)
class Bar:
    label: str
    chart: SafeString
    total: Number


@dataclass(frozen=True)
class Drawn:
    """A group with its squares; `url`: the list of its tasks."""

    title: str
    total: int
    url: str
    squares: SafeString


@requires(Can.BOARD)
@require_safe
def wall(request: PersonRequest) -> HttpResponse:
    """`names=1`: with the leaders' names."""
    notices, one = chosen_notices(request), chosen_notice(request)
    names = request.GET.get("names") == "1"
    links = Links(str(one.pk) if one else "")
    context = shown(coverage(request.user, notices), names=names, links=links)
    single = one or (notices[0] if len(notices) == 1 else None)
    context |= {"title": single.title if single else f"全部批次（{len(notices)} 个）", "nothing": not notices}
    context["names_url"] = reverse("notices:wall") if names else f"{reverse('notices:wall')}?names=1"
    return render(request, "notices/wall.html", context)


@require_safe
def wall_public(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever has the address: the wall as its maker may see it now, without links."""
    if _too_often(request):
        answer = HttpResponse(
            "打开过于频繁，请一分钟后再试。", status=429, content_type="text/plain; charset=utf-8"
        )
        answer["Retry-After"] = str(REFRESH)
        return _cautious(answer)
    link = walls.link_of(token, today=timezone.localdate())
    if link is None:
        raise Http404
    context = shown(walls.cover_of(link), names=link.names, links=None)
    return _cautious(
        render(request, "notices/wall.html", {**context, "title": link.notice.title, "public": True})
    )


def _cautious(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _too_often(request: HttpRequest) -> bool:
    """Counted in the memory of each web process."""
    key = f"wall-{request.META.get('REMOTE_ADDR', '')}-{timezone.now():%H%M}"
    cache.add(key, 0, 2 * REFRESH)
    return cache.incr(key) > OFTEN


def shown(cover: Coverage, *, names: bool, links: Links | None) -> dict[str, Any]:
    """What the template prints. `links` None: for whoever has the address, so nothing leads anywhere."""
    today, linked, where = timezone.localdate(), links is not None, links or Links("")
    found = walls.wall(cover, today=today)
    total = sum(len(group.squares) for group in found.groups)
    lights = light_parts(found.figures, where)
    series = figures.week_series(found.weeks, where)
    return {
        "as_of": timezone.localtime(),
        "refresh": REFRESH,
        "found": found,
        "linked": linked,
        "total": Number("任务", str(found.figures.total), where.tasks()),
        "red": Number("红灯", str(found.figures.red), where.tasks(light="red")),
        "rates": (
            Number("整改完成率", rate(found.issues.completion_rate), where.issues(progress="completed")),
            Number("销号率", rate(found.figures.closing_rate), where.tasks(closed="true")),
        ),
        "lights": [(part, *SIGNS[part.code]) for part in lights],
        "donut": drawn(figures.light_donut(found.figures, lights), linked=linked),
        "groups": [
            Drawn(g.title, len(g.squares), _list_of(g, where), squares(g, linked=linked))
            for g in found.groups
        ],
        "by_aspect": all(g.aspect is not None for g in found.groups),
        "size": next((name for most, name in SIZES if total <= most), "tiny"),
        "many": total > SIZES[1][0],
        "units": bars(found, where, linked=linked),
        "most_units": walls.MOST_UNITS,
        "series": [(one.code, one.label) for one in series],
        "week_chart": drawn(figures.week_chart(series), linked=linked),
        "names": names,
    }


def drawn(chart: SafeString, *, linked: bool) -> SafeString:
    return chart if linked else unlinked(chart)


def _list_of(group: Group, links: Links) -> str:
    only: dict[str, object] = {} if group.aspect is None else {"aspect": group.aspect}
    return replace(links, notice=str(group.notice)).tasks(**only)


def squares(group: Group, *, linked: bool) -> SafeString:
    """One square a task: colour, shape, word and number; the number without the part all of a heading share."""
    words = {code: str(label) for code, label in Light.choices}
    rows = ((s, *SIGNS[s.light], words[s.light]) for s in group.squares)
    if linked:
        base = reverse("notices:task_list")
        return format_html_join(
            "",
            '<li class="sq sq-{}"><a href="{}/{}" title="{} {}"><i aria-hidden="true">{}</i><em>{}</em><b>{}</b></a></li>',
            (
                (s.light, base, s.pk, s.number, word, shape, short, _short(s.number))
                for s, shape, short, word in rows
            ),
        )
    return format_html_join(
        "",
        '<li class="sq sq-{}" title="{} {}"><i aria-hidden="true">{}</i><em>{}</em><b>{}</b></li>',
        ((s.light, s.number, word, shape, short, _short(s.number)) for s, shape, short, word in rows),
    )


def _short(number: str) -> str:
    """W02-006-01 → 006-01."""
    head, _, rest = number.partition("-")
    return rest if rest and head[:1].isalpha() else number


def bars(found: Wall, links: Links, *, linked: bool) -> list[Bar]:
    return [
        Bar(row.label, drawn(row.chart, linked=linked), Number(row.label, str(row.total), row.url))
        for row in figures.unit_rows(found.units, links)
    ]


# ── Links ────────────────────────────────────────────────────────────────────
@requires(Can.BOARD)
@require_http_methods(["GET", "HEAD", "POST"])
def wall_links(request: PersonRequest) -> HttpResponse:
    """Links in sight, and the form of a new one; its address is shown once."""
    today = timezone.localdate()
    seen = seen_notices(request)
    data = request.POST if request.method == "POST" else None
    one = chosen_notice(request)
    initial = {"token": new_token(), "notice": one.pk if one else None}
    form = WallLinkForm([(n.pk, n.title) for n in seen], today, data, initial=initial)

    def make(at: Any, _files: Any) -> None:
        given = form.cleaned_data
        notice = Notice.objects.visible_to(request.user).get(pk=given["notice"])
        asked = LinkAsked(given["label"], given["last_on"], given["names"])
        row, token = walls.open_link(notice, asked, by=request.user, at=at, today=today)
        request.session["wall_token"] = (row.pk, token)

    if data is not None and acted(request, form, make):
        messages.success(request, "大屏链接已建立，地址只显示这一次，请复制保存。")
        return redirect("notices:wall_links")
    fresh = request.session.pop("wall_token", None) if data is None else None
    rows = WallLink.objects.visible_to(request.user).select_related("notice", "by").newest_first()[:100]
    context = {
        "form": form,
        "rows": [(row, _standing(row, request), walls.may_end(request.user, row)) for row in rows],
        "address": request.build_absolute_uri(reverse("notices:wall_public", args=[fresh[1]]))
        if fresh
        else "",
        "longest": walls.LONGEST,
    }
    return render(request, "notices/wall_links.html", context, status=422 if form.is_bound else 200)


def _standing(row: WallLink, request: PersonRequest) -> str:
    if row.ended_at:
        return "已停用"
    return "有效" if row.last_on >= timezone.localdate() else "已到期"


@requires(Can.BOARD)
@require_POST
def wall_link_end(request: PersonRequest, pk: int) -> HttpResponse:
    rows = WallLink.objects.visible_to(request.user).select_related("notice")
    link = get_object_or_404(rows, pk=pk)
    ended = walls.end_link(link, by=request.user, at=timezone.now())
    messages.success(request, f"“{link.label}”{'已停用，原地址不再打开' if ended else '此前已停用'}。")
    return redirect("notices:wall_links")
