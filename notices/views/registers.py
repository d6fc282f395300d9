"""What the registers share — visits, findings, outcomes, meetings: filters of an address, one act behind one form,
a list as a workbook, a file of the store."""

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.person import PersonRequest
from notices.context import chosen_notice
from notices.domain.evidence import opened_file, received
from notices.domain.once import AlreadyDone, only_once
from notices.domain.reporting import StoredFile
from notices.errors import Refused
from notices.forms.task import TokenForm
from notices.models.attached import Attached
from notices.report.table import write_table
from notices.views.acts import refuse
from notices.views.evidence import TYPES
from notices.views.keyset import address
from notices.views.ledger_choice import XLSX
from notices.views.task_page import not_taken

Act = Callable[[dt.datetime, list[StoredFile]], Any]


def query_of(request: PersonRequest) -> QueryDict:
    """The filters of the address; the notice chosen in the frame unless the address names one."""
    query = request.GET.copy()
    notice = chosen_notice(request)
    if "notice" not in query and notice is not None:
        query["notice"] = str(notice.pk)
    return query


def wrong_of(form: Form) -> str:
    """A sentence about filters that could not be understood; empty when all were."""
    names = "、".join(f"“{form.fields[name].label}”" for name in form.errors)
    return f"筛选条件{names}无效，已忽略；其余条件照常生效。" if names else ""


def acted(request: PersonRequest, form: TokenForm, act: Act) -> bool:
    """Do it once when the form is sound; False when it was not or was refused, the sentences in the form. Files that
    were not taken while others were are told in a message."""
    if not form.is_valid():
        return False
    at = timezone.now()
    try:
        with received(form.cleaned_data.get("files") or []) as stored:
            only_once(form.cleaned_data["token"], lambda: act(at, stored), by=request.user, at=at)
            if stored.refused:
                messages.warning(request, not_taken(stored.refused))
    except AlreadyDone:
        return True
    except Refused as why:
        refuse(form, why)
        return False
    return True


def workbook(
    title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """The rows as a download named after the list and the day."""
    body = io.BytesIO()
    write_table(body, title, columns, rows)
    answer = HttpResponse(body.getvalue(), content_type=XLSX)
    name = f"{title}_{timezone.localdate()}.xlsx"
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    answer["Cache-Control"] = "private, no-store"
    return answer


def narrowed(query: QueryDict, **only: str) -> str:
    """The address of the list a number of this page counts; empty when the page is narrowed to something else, for then
    no list is as long as the number."""
    clash = any(query.get(name, "") not in ("", value) for name, value in only.items())
    return "" if clash else address(query, **only)


def download(request: PersonRequest, file: Attached, *, back: str) -> HttpResponseBase:
    """Only ever as an attachment, checked against its hash; `back`: where a person is led when it is not there."""
    try:
        source = opened_file(f"文件“{file.name}”", file.stored_as, file.sha256)
    except Refused as why:
        messages.error(request, str(why))
        return redirect(back)
    kind = TYPES.get(file.kind, "application/octet-stream")
    answer = FileResponse(source, as_attachment=True, filename=file.name, content_type=kind)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return answer
