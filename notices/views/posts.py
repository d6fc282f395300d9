"""任职: proposed by the system administrator, granted by the security administrator; who holds which role."""

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import control, posts
from accounts.access import holds, reach
from accounts.models import Proposal
from accounts.people import Unfit
from accounts.person import PersonRequest
from accounts.roles import Can, Role
from notices.domain import people_desk
from notices.forms.people import PeopleFilter, PostForm
from notices.report.table import write_table
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.ledger_choice import attachment, written
from notices.views.people import one_person
from notices.views.rights import requires

BY_UNIT = (Key("unit_id", int), Key("role", str), Key("pk", int))
COLUMNS = [
    ("单位", 30),
    ("角色", 14),
    ("姓名", 14),
    ("登录名", 18),
    ("手机", 16),
    ("账号", 8),
    ("最近登录", 20),
]
MOST = 500  # proposals decided in one go


@requires(Can.ACCOUNTS)
@require_POST
def person_propose(request: PersonRequest, pk: int) -> HttpResponse:
    person = one_person(request, pk)
    form = PostForm(reach(request.user, Can.ACCOUNTS), request.POST)
    if not form.is_valid():
        messages.error(
            request, "没有提出：" + "".join(str(e) for errors in form.errors.values() for e in errors)
        )
        return redirect("notices:person_detail", pk=pk)
    unit, role = form.cleaned_data["unit"], Role(form.cleaned_data["role"])
    try:
        row = posts.propose(
            person, unit, role, by=request.user, at=timezone.now(), strict=settings.TWO_PERSON_ROLES
        )
    except Unfit as why:
        messages.error(request, str(why))
    else:
        said = "本单位未设安全管理员，已直接生效。" if row.alone else "等待安全管理员审批，批准后生效。"
        messages.success(request, f"已提出“{person.name}”任“{unit.name}”{role.label}，{said}")
    return redirect("notices:person_detail", pk=pk)


@requires(Can.ACCOUNTS, Can.GRANT)
@require_POST
def post_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(posts.memberships_of(request.user), pk=pk)
    try:
        posts.withdraw(held, by=request.user, at=timezone.now(), strict=settings.TWO_PERSON_ROLES)
    except Unfit as why:
        messages.error(request, str(why))
    else:
        messages.success(
            request,
            f"已撤销“{held.user.name}”的“{held.unit.name}”{held.get_role_display()}，权限即刻收回。",
        )
    there = control.people_of(request.user).filter(pk=held.user_id).exists()
    return redirect("notices:person_detail", held.user_id) if there else redirect("notices:person_list")


@requires(Can.ACCOUNTS, Can.GRANT)
@require_http_methods(["GET", "HEAD", "POST"])
def proposal_list(request: PersonRequest) -> HttpResponse:
    """What waits; POST grants or refuses those that are ticked, each on its own."""
    rows = posts.proposals_of(request.user)
    if request.method == "POST":
        _decide(request, rows.filter(pk__in=_ticked(request), state=Proposal.State.WAITING))
        return redirect("notices:proposal_list")
    waiting = rows.filter(state=Proposal.State.WAITING).order_by("pk")[:MOST]
    context = {
        "waiting": waiting,
        "decided": rows.exclude(state=Proposal.State.WAITING).order_by("-decided_at", "-pk")[:20],
        "grants": holds(request.user, Can.GRANT),
        "apart": posts.APART,
        "guarded": settings.TWO_PERSON_ROLES
        or control.guarded(reach(request.user, Can.ACCOUNTS) | reach(request.user, Can.GRANT)),
    }
    return render(request, "notices/proposal_list.html", context)


def _ticked(request: PersonRequest) -> list[int]:
    return [int(pk) for pk in request.POST.getlist("proposal")[:MOST] if pk.isdecimal() and len(pk) < 19]


def _decide(request: PersonRequest, rows: QuerySet[Proposal]) -> None:
    """Each on its own: one that is refused by a rule stops no other."""
    yes, note = request.POST.get("verdict") == "grant", request.POST.get("note", "")
    done, refused = 0, []
    at = timezone.now()
    for row in rows.order_by("pk"):
        try:
            if yes:
                posts.grant(row, by=request.user, at=at)
            else:
                posts.refuse(row, note, by=request.user, at=at)
        except Unfit as why:
            refused.append(f"{row}：{why}")
        else:
            done += 1
    if done:
        messages.success(request, f"已{'批准' if yes else '不批准'} {done} 项任职。")
    if refused:
        messages.error(request, "以下没有办理：\n" + "\n".join(dict.fromkeys(refused)))
    if not done and not refused:
        messages.error(request, "没有办理：请先勾选待审批的任职；刚刚被他人办理的不再重复办理。")


@requires(Can.ACCOUNTS)
@require_POST
def proposal_take_back(request: PersonRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(posts.proposals_of(request.user), pk=pk)
    try:
        posts.take_back(row, by=request.user, at=timezone.now())
    except Unfit as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"已撤回：{row}。")
    return redirect("notices:proposal_list")


@requires(Can.ACCOUNTS, Can.GRANT)
@require_safe
def role_list(request: PersonRequest) -> HttpResponse:
    """Who holds which role, by unit."""
    form = PeopleFilter(request.GET)
    role = form.cleaned_data["role"] if form.is_valid() else ""
    rows = people_desk.posts(request.user)
    rows = rows.filter(role=role) if role else rows
    page = page_of(rows, BY_UNIT, request.GET)
    context = {
        "form": form,
        "page": page,
        "lines": list(people_desk.as_posts(page.rows)),
        "count": in_words(capped(rows)),
    }
    return render(request, "notices/role_list.html", context)


@requires(Can.ACCOUNTS, Can.GRANT)
@require_POST
def role_export(request: PersonRequest) -> HttpResponseBase:
    rows = people_desk.export_posts(request.user, at=timezone.now())
    cells = (
        [
            row.unit,
            row.role,
            row.name,
            row.username,
            row.phone,
            "在用" if row.active else "停用",
            f"{timezone.localtime(row.signed_in_at):%Y-%m-%d %H:%M}" if row.signed_in_at else "从未登录",
        ]
        for row in rows
    )
    file = written(lambda target: write_table(target, "人员任职", COLUMNS, cells))
    return attachment(file, f"人员任职_{timezone.localdate()}.xlsx")
