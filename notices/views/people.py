"""人员: accounts for the system administrator and the security administrator."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import control, posts, second_factor
from accounts.access import holds, reach
from accounts.models import Proposal, User
from accounts.people import Newcomer, Unfit, change_person
from accounts.person import PersonRequest
from accounts.phones import masked
from accounts.roles import Can, Role
from notices.domain import people_desk
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.forms.people import NewPersonForm, PeopleFilter, PersonForm, PostForm, SignOutForm
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.rights import requires
from notices.views.slips import slip_page

BY_NAME = (Key("name", str), Key("pk", int))
DONE = {
    "lock": "账号已停用，所有登录已退出。",
    "unlock": "账号已启用，因输错密码、动态口令的锁定一并解除。",
    "factor": "动态口令已重置，下次登录时重新绑定。",
}


def one_person(request: PersonRequest, pk: int) -> User:
    return get_object_or_404(control.people_of(request.user), pk=pk)


@requires(Can.ACCOUNTS, Can.GRANT)
@require_safe
def person_list(request: PersonRequest) -> HttpResponse:
    form = PeopleFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    now = timezone.now()
    rows = people_desk.listed(request.user, **asked, at=now, lasts=settings.ACCOUNT_UNUSED)
    page = page_of(people_desk.with_posts(rows, request.user), BY_NAME, request.GET)
    locked = control.locked_out(
        page.rows, at=now, limit=settings.AXES_FAILURE_LIMIT, cooloff=settings.AXES_COOLOFF_TIME
    )
    context = {
        "form": form,
        "page": page,
        "lines": [(person, masked(person.phone), person.username in locked) for person in page.rows],
        "count": in_words(capped(rows)),
        "waiting": posts.proposals_of(request.user).filter(state=Proposal.State.WAITING).count(),
        "manages": holds(request.user, Can.ACCOUNTS),
        "guards": holds(request.user, Can.GRANT),
    }
    return render(request, "notices/person_list.html", context)


@requires(Can.ACCOUNTS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: PersonRequest) -> HttpResponse:
    """The account, its first password on a slip shown once, and the proposal of its first role."""
    data = request.POST if request.method == "POST" else None
    form = NewPersonForm(reach(request.user, Can.ACCOUNTS), data)
    if form.is_valid():
        given, at = form.cleaned_data, timezone.now()
        try:
            newcomer: Newcomer = only_once(
                request.POST.get("once", ""),
                lambda: posts.take_on(
                    given["username"],
                    form.values(),
                    (given["unit"], Role(given["role"])),
                    by=request.user,
                    at=at,
                    strict=settings.TWO_PERSON_ROLES,
                ),
                by=request.user,
                at=at,
            )
        except AlreadyDone as why:
            messages.info(request, f"{why}初始密码只显示一次，如未记下请重置密码。")
            return redirect("notices:person_list")
        except Unfit as why:
            form.add_error(None, str(why))
        else:
            return slip_page(request, [newcomer], "账号已建立")
    context = {"form": form, "token": new_token(), "apart": posts.APART}
    return render(request, "notices/person_new.html", context, status=422 if form.is_bound else 200)


@requires(Can.ACCOUNTS, Can.GRANT)
@require_safe
def person_detail(request: PersonRequest, pk: int) -> HttpResponse:
    return _person_page(request, one_person(request, pk))


def _person_page(request: PersonRequest, person: User, *, status: int = 200, **more: Any) -> HttpResponse:
    strict, units = settings.TWO_PERSON_ROLES, reach(request.user, Can.ACCOUNTS)
    factor = second_factor.enrolled(person)
    context = {
        "person": person,
        "held": posts.held_by(person, seen_by=request.user),
        "proposals": posts.proposals_of(request.user).filter(user=person).order_by("-pk")[:20],
        "may": {
            deed: control.refusal(request.user, deed, person, strict=strict) is None for deed in control.DEEDS
        },
        "why_not": control.refusal(request.user, "lock", person, strict=strict),
        "form": PostForm(units) if units and person.pk != request.user.pk else None,
        "guarded": strict or control.guarded(control.units_of(person)),
        "factor": factor,
        "locked_out": bool(
            control.locked_out(
                [person],
                at=timezone.now(),
                limit=settings.AXES_FAILURE_LIMIT,
                cooloff=settings.AXES_COOLOFF_TIME,
            )
        ),
        "sign_ins": person.sign_ins.count(),
        "apart": posts.APART,
        "token": new_token(),
        "manages": holds(request.user, Can.ACCOUNTS),
        **more,
    }
    return render(request, "notices/person_detail.html", context, status=status)


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request: PersonRequest, pk: int) -> HttpResponse:
    person = one_person(request, pk)
    why_not = control.refusal(request.user, "change", person, strict=settings.TWO_PERSON_ROLES)
    if why_not:
        messages.error(request, why_not)
        return redirect("notices:person_detail", pk=pk)
    data = request.POST if request.method == "POST" else None
    form = PersonForm(data, instance=person, initial={"version": person.version})
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            changed = change_person(
                one_person(request, pk), form.values(), by=request.user, at=timezone.now(), version=version
            )
        except Unfit as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, "修改已保存。" if changed else "内容没有变化，未作修改。")
            return redirect("notices:person_detail", pk=pk)
    context = {"form": form, "person": person}
    return render(request, "notices/person_edit.html", context, status=422 if form.is_bound else 200)


@requires(Can.ACCOUNTS, Can.GRANT)
@require_POST
def person_deed(request: PersonRequest, pk: int, deed: str) -> HttpResponse:
    """停用, 启用, 重置动态口令."""
    person = one_person(request, pk)
    asked: dict[str, Any] = {
        "by": request.user,
        "at": timezone.now(),
        "strict": settings.TWO_PERSON_ROLES,
    }
    try:
        if deed == "lock":
            control.lock(person, request.POST.get("why", ""), **asked)
        elif deed == "unlock":
            control.unlock(person, **asked)
        else:
            control.reset_factor(person, **asked)
    except Unfit as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"“{person.name}”：{DONE[deed]}")
    return redirect("notices:person_detail", pk=pk)


@requires(Can.ACCOUNTS, Can.GRANT)
@never_cache
@require_POST
def person_password(request: PersonRequest, pk: int) -> HttpResponse:
    """A new first password, shown once, in the answer itself."""
    person, at = one_person(request, pk), timezone.now()
    try:
        password = only_once(
            request.POST.get("once", ""),
            lambda: control.reset_password(person, by=request.user, at=at, strict=settings.TWO_PERSON_ROLES),
            by=request.user,
            at=at,
        )
    except (Unfit, AlreadyDone) as why:
        messages.error(request, str(why))
        return redirect("notices:person_detail", pk=pk)
    return slip_page(request, [Newcomer(person, password)], "密码已重置")


@requires(Can.GRANT)
@require_http_methods(["GET", "HEAD", "POST"])
def people_sign_out(request: PersonRequest) -> HttpResponse:
    """全部下线: everybody's sign-ins end but the one this is asked from."""
    here = request.session.session_key or ""
    form = SignOutForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        ended, keys = control.end_all_sessions(
            given["why"], keep=here, tokens=given["tokens"], by=request.user, at=timezone.now()
        )
        keys_too = f"，{keys} 个接口令牌一并作废" if keys else ""
        messages.success(request, f"已退出 {ended} 处登录{keys_too}。您的本次登录保留。")
        return redirect("notices:person_list")
    rows = control.signed_in_under(request.user).exclude(session_key=here)
    context = {"form": form, "open": rows.count(), "people": rows.values("user").distinct().count()}
    return render(request, "notices/people_sign_out.html", context, status=422 if form.is_bound else 200)


@requires(Can.ACCOUNTS, Can.GRANT)
@require_POST
def person_sessions(request: PersonRequest, pk: int) -> HttpResponse:
    person = one_person(request, pk)
    try:
        ended = control.end_sessions(
            person, by=request.user, at=timezone.now(), strict=settings.TWO_PERSON_ROLES
        )
    except Unfit as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"“{person.name}”：已退出 {ended} 处登录，接口令牌一并作废。")
    return redirect("notices:person_detail", pk=pk)
