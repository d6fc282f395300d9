"""审计日志: for the auditor only."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.models import Event
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import journal
from notices.errors import Refused
from notices.forms.audit import AuditForm
from notices.report.table import write_table
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.ledger_choice import attachment, written
from notices.views.rights import requires

NEWEST = (Key("pk", int, desc=True),)
COLUMNS = [
    ("序号", 10),
    ("时间", 20),
    ("姓名", 14),
    ("单位", 24),
    ("来源", 18),
    ("动作", 24),
    ("动作代码", 20),
]
COLUMNS += [("对象", 16), ("结果", 8), ("内容", 60), ("链序号", 10)]


@requires(Can.READ_AUDIT)
@require_safe
def audit_log(request: PersonRequest) -> HttpResponse:
    form = AuditForm(request.GET)
    rows = journal.entries(**form.cleaned_data) if form.is_valid() else Event.objects.none()
    page = page_of(rows, NEWEST, request.GET)
    head = audit.read_head(settings.AUDIT_HEAD)
    context = {
        "form": form,
        "lines": [journal.line(row) for row in page.rows],
        "page": page,
        "count": in_words(capped(rows)),
        "sealed": head.seq if head else 0,
    }
    return render(request, "notices/audit_log.html", context)


@requires(Can.READ_AUDIT)
@require_POST
def audit_export(request: PersonRequest) -> HttpResponseBase:
    """The rows of the present question as a workbook, oldest first."""
    form = AuditForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有导出：请先改正查询条件。")
        return redirect("notices:audit_log")
    asked = {name: str(value) for name, value in form.cleaned_data.items() if value}
    try:
        lines = journal.export(
            journal.entries(**form.cleaned_data), by=request.user, at=timezone.now(), asked=asked
        )
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("notices:audit_log")
    file = written(lambda target: write_table(target, "审计日志", COLUMNS, (_row(line) for line in lines)))
    return attachment(file, f"审计日志_{timezone.localdate()}.xlsx")


def _row(line: journal.Line) -> list[object]:
    facts = "\n".join(f"{name}：{value}" for name, value in line.facts)
    at = timezone.localtime(line.at)
    who = [line.pk, f"{at:%F %T%z}", line.who, line.unit, line.address]
    return [*who, line.what, line.code, line.subject, "成功" if line.ok else "未成功", facts, line.seq]
