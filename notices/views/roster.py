"""导入单位与人员: the workbook through gate and child process, what it would do, and only then the writing.

Between the two requests the roster travels in the form, signed for this person and for an hour: nothing is stored.
"""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import enrolment, posts
from accounts.files.check import check
from accounts.people import Unfit
from accounts.person import PersonRequest
from accounts.roles import Can, Role
from accounts.roster import PersonRow, Roster, UnitRow, read_roster
from accounts.roster_form import empty_form
from notices.domain import people_desk
from notices.domain.ledger_intake import on_disk
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.forms.people import RosterForm
from notices.views.ledger_choice import attachment, written
from notices.views.rights import requires
from notices.views.slips import slip_file, slip_page

HOUR = 3600
SHOWN = 300  # problems and people listed on the page


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def roster_import(request: PersonRequest) -> HttpResponse:
    posted = request.method == "POST"
    form = RosterForm(request.POST if posted else None, request.FILES if posted else None)
    if not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "notices/roster_import.html", {"form": form}, status=status)
    file = form.cleaned_data["file"]
    with on_disk(file) as path:
        checked = check(path, name=file.name, purpose="ledger")
    if not checked.verdict.accepted or checked.workbook is None:
        form.add_error("file", checked.verdict.message or "文件里没有工作表，请检查文件。")
        return render(request, "notices/roster_import.html", {"form": form}, status=422)
    roster = read_roster(checked.workbook.sheets, enrolment.names_for(request.user))
    return _preview(request, roster, file.name)


def _preview(request: PersonRequest, roster: Roster, name: str) -> HttpResponse:
    seen = enrolment.preview(roster, by=request.user, strict=settings.TWO_PERSON_ROLES)
    context = {
        "name": name,
        "seen": seen,
        "problems": seen.problems[:SHOWN],
        "newcomers": seen.newcomers[:SHOWN],
        "changed": seen.changed[:SHOWN],
        "roster": signing.dumps(packed(roster), salt=_salt(request), compress=True),
        "token": new_token(),
        "apart": posts.APART,
    }
    return render(request, "notices/roster_preview.html", context, status=422 if seen.problems else 200)


@requires(Can.ACCOUNTS)
@never_cache
@require_POST
def roster_confirm(request: PersonRequest) -> HttpResponseBase:
    """Writes all of it; the answer holds the first passwords, as a page or as a Word file."""
    at = timezone.now()
    try:
        given = signing.loads(request.POST.get("roster", ""), salt=_salt(request), max_age=HOUR)
    except signing.BadSignature:
        messages.error(request, "核对结果已超过一小时或不完整，请重新上传文件。没有作任何改动。")
        return redirect("notices:roster_import")
    try:
        taken, proposed = only_once(
            request.POST.get("once", ""),
            lambda: people_desk.take_roster(
                unpacked(given), by=request.user, at=at, strict=settings.TWO_PERSON_ROLES
            ),
            by=request.user,
            at=at,
        )
    except AlreadyDone as why:
        messages.info(request, f"{why}初始密码只显示一次，如未保存请逐人重置密码。")
        return redirect("notices:person_list")
    except Unfit as why:
        messages.error(request, str(why))
        return redirect("notices:roster_import")
    said = f"已导入：新增单位 {len(taken.new_units)} 个、人员 {len(taken.new_people)} 名，提出任职 {proposed} 项。"
    if not taken.new_people:
        messages.success(request, said)
        return redirect("notices:person_list")
    if request.POST.get("slips") == "word":
        return slip_file(taken.new_people)
    return slip_page(request, taken.new_people, said)


@requires(Can.ACCOUNTS)
@require_safe
def roster_template(request: PersonRequest) -> HttpResponseBase:
    """The empty form."""
    return attachment(written(lambda target: empty_form().save(target)), "单位人员表.xlsx")


def _salt(request: PersonRequest) -> str:
    return f"roster:{request.user.pk}"


def packed(roster: Roster) -> dict[str, Any]:
    return {
        "units": [asdict(row) for row in roster.units],
        "people": [asdict(row) for row in roster.people],
    }


def unpacked(given: dict[str, Any]) -> Roster:
    units = [UnitRow(**{**row, "aliases": tuple(row["aliases"])}) for row in given["units"]]
    people = [
        PersonRow(**{**row, "posts": tuple((unit, Role(role)) for unit, role in row["posts"])})
        for row in given["people"]
    ]
    return Roster(units, people)
