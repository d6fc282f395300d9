"""单位: the tree, names, and what happens to units in the course of time."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import reach, subtree
from accounts.models import Membership, Unit
from accounts.people import Unfit, create_unit
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import unit_changes
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.errors import Refused
from notices.forms.units import NewUnitForm, SplitForm, TargetForm, UnitForm
from notices.views.rights import requires

DEEPEST = 4  # steps a name is moved in, at most


@dataclass(frozen=True)
class Line:
    unit: Unit
    depth: int
    people: int


def one_unit(request: PersonRequest, pk: int) -> Unit:
    units = Unit.objects.without_tree_fields().filter(pk__in=reach(request.user, Can.ACCOUNTS))
    return get_object_or_404(units.select_related("parent", "merged_into"), pk=pk)


@requires(Can.ACCOUNTS)
@require_safe
def unit_list(request: PersonRequest) -> HttpResponse:
    within = reach(request.user, Can.ACCOUNTS)
    held = Count("memberships__user", filter=Q(memberships__user__is_active=True), distinct=True)
    rows = Unit.objects.without_tree_fields().filter(pk__in=within).select_related("merged_into")
    by_parent: dict[int | None, list[Unit]] = {}
    for unit in rows.annotate(n_people=held).order_by("position", "pk"):
        by_parent.setdefault(unit.parent_id if unit.parent_id in within else None, []).append(unit)
    return render(request, "notices/unit_list.html", {"lines": _lines(by_parent)})


def _lines(by_parent: dict[int | None, list[Unit]]) -> list[Line]:
    found: list[Line] = []
    ahead = [(unit, 0) for unit in reversed(by_parent.get(None, []))]
    while ahead:
        unit, depth = ahead.pop()
        found.append(Line(unit, min(depth, DEEPEST), unit.n_people))
        ahead += [(child, depth + 1) for child in reversed(by_parent.get(unit.pk, []))]
    return found


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_new(request: PersonRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = NewUnitForm(reach(request.user, Can.ACCOUNTS), data)
    if form.is_valid():
        given, at = form.cleaned_data, timezone.now()
        try:
            unit = only_once(
                request.POST.get("once", ""),
                lambda: create_unit(
                    given["name"],
                    parent=given["parent"],
                    short_name=given["short_name"],
                    aliases=given["aliases"],
                    position=given["position"],
                    by=request.user,
                    at=at,
                ),
                by=request.user,
                at=at,
            )
        except AlreadyDone as why:
            messages.info(request, str(why))
            return redirect("notices:unit_list")
        except Unfit as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, f"已新增单位“{unit.name}”。")
            return redirect("notices:unit_list")
    context = {"form": form, "token": new_token()}
    return render(request, "notices/unit_edit.html", context, status=422 if form.is_bound else 200)


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_edit(request: PersonRequest, pk: int) -> HttpResponse:
    unit = one_unit(request, pk)
    data = request.POST if request.method == "POST" else None
    initial = {"version": unit.version, "aliases": "、".join(unit.aliases)}
    form = UnitForm(data, instance=unit, initial=initial)
    if form.is_valid():
        version = form.cleaned_data["version"]
        try:
            changed = unit_changes.edit(
                one_unit(request, pk), form.values(), version=version, by=request.user, at=timezone.now()
            )
        except (Unfit, Refused) as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, "修改已保存。" if changed else "内容没有变化，未作修改。")
            return redirect("notices:unit_list")
    fresh = one_unit(request, pk)
    context = {
        "form": form,
        "unit": fresh,
        "former": fresh.former_names.order_by("-until", "-pk"),
        "effects": unit_changes.effects(fresh),
    }
    return render(request, "notices/unit_edit.html", context, status=422 if form.is_bound else 200)


# ── Move, merge, split ───────────────────────────────────────────────────────
@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_move(request: PersonRequest, pk: int) -> HttpResponse:
    unit = one_unit(request, pk)
    form = _target_form(request, unit, "新的上级单位")
    if form.is_valid() and "confirm" in request.POST:
        parent, at = form.cleaned_data["unit"], timezone.now()
        asked = {"version": form.cleaned_data["version"], "by": request.user, "at": at}
        if _done(request, form, lambda: unit_changes.move(unit, parent, **asked)):
            messages.success(request, f"“{unit.name}”已移到“{parent.name}”之下，可见范围和汇总已重算。")
            return redirect("notices:unit_list")
    return _target_page(request, unit, form, "move")


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_merge(request: PersonRequest, pk: int) -> HttpResponse:
    unit = one_unit(request, pk)
    form = _target_form(request, unit, "并入哪个单位")
    if form.is_valid() and "confirm" in request.POST:
        into, at = form.cleaned_data["unit"], timezone.now()
        asked = {"version": form.cleaned_data["version"], "by": request.user, "at": at}
        strict = settings.TWO_PERSON_ROLES
        if _done(request, form, lambda: unit_changes.merge(unit, into, strict=strict, **asked)):
            messages.success(
                request,
                f"“{unit.name}”已并入“{into.name}”：在办任务已转过去，已销号的仍记在原单位名下；人员任职已提出，请安全管理员审批。",
            )
            return redirect("notices:unit_list")
    return _target_page(request, unit, form, "merge")


def _target_form(request: PersonRequest, unit: Unit, label: str) -> TargetForm:
    others = reach(request.user, Can.ACCOUNTS) - subtree([unit.pk])
    in_use = set(Unit.objects.active().filter(pk__in=others).values_list("pk", flat=True))
    data = request.POST if request.method == "POST" else None
    return TargetForm(in_use, label, data, initial={"version": unit.version})


def _target_page(request: PersonRequest, unit: Unit, form: TargetForm, kind: str) -> HttpResponse:
    """The choice; once a unit is chosen, what would follow, and the button that does it."""
    target = form.cleaned_data.get("unit") if form.is_bound and hasattr(form, "cleaned_data") else None
    context = {
        "unit": unit,
        "form": form,
        "kind": kind,
        "target": target if form.is_bound and not form.errors else None,
        "effects": unit_changes.effects(unit, target),
        "token": new_token(),
    }
    bad = form.is_bound and bool(form.errors)
    return render(request, "notices/unit_move.html", context, status=422 if bad else 200)


def _done(request: PersonRequest, form: Form, act: Any) -> bool:
    """Whether the act was done, now or by the same form before; a refusal stands in the form."""
    try:
        only_once(request.POST.get("once", ""), act, by=request.user, at=timezone.now())
    except AlreadyDone:
        return True
    except (Unfit, Refused) as why:
        form.add_error(None, str(why))
        return False
    return True


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def unit_split(request: PersonRequest, pk: int) -> HttpResponse:
    """The administrator sees numbers of tasks, never their content: which go is the office's word."""
    unit = one_unit(request, pk)
    parts = unit_changes.in_hand(unit)
    tasks = {p.task_id: f"{p.task.notice.unit.name} {p.task.number}（{p.get_role_display()}）" for p in parts}
    held = Membership.objects.filter(unit=unit, user__is_active=True).select_related("user").order_by("pk")
    people = {m.user_id: f"{m.user.name}（{m.user.username}）" for m in held}
    data = request.POST if request.method == "POST" else None
    form = SplitForm(list(tasks.items()), list(people.items()), data, initial={"version": unit.version})
    if form.is_valid():
        given, at = form.cleaned_data, timezone.now()
        new = unit_changes.NewUnit(given["name"], given["short_name"])
        chosen = {"tasks": given["tasks"], "people": given["people"], "version": given["version"]}
        strict = settings.TWO_PERSON_ROLES
        if _done(
            request,
            form,
            lambda: unit_changes.split(unit, new, **chosen, by=request.user, at=at, strict=strict),
        ):
            messages.success(
                request,
                f"已从“{unit.name}”分出“{new.name}”，转去任务 {len(given['tasks'])} 项；人员任职已提出，请安全管理员审批。",
            )
            return redirect("notices:unit_list")
    context = {"unit": unit, "form": form, "effects": unit_changes.effects(unit), "token": new_token()}
    return render(request, "notices/unit_split.html", context, status=422 if form.is_bound else 200)
