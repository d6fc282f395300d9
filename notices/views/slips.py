"""Slips with first passwords: in the answer to the act that made them, kept nowhere."""

import io
from collections.abc import Sequence

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import FileResponse, HttpResponse
from django.shortcuts import render

from accounts.people import Newcomer
from accounts.person import PersonRequest
from notices.report.document import Document, Paragraph, Table
from notices.report.word import write

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NOTE = "首次登录须修改密码。请分别当面交给本人，发放后销毁。"


def slip_page(request: PersonRequest, newcomers: Sequence[Newcomer], title: str) -> HttpResponse:
    """A page to print and cut."""
    context = {"slips": _rows(newcomers), "title": title, "address": settings.BASE_URL, "note": NOTE}
    answer = render(request, "notices/slips.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def slip_file(newcomers: Sequence[Newcomer]) -> FileResponse:
    """The same as a Word file, one row a person."""
    rows = [("单位", "姓名", "登录名", "初始密码")]
    rows += [(row["unit"], row["name"], row["login"], row["password"]) for row in _rows(newcomers)]
    table = Table(tuple(rows), shares=(34, 16, 22, 28))
    about = f"共 {len(newcomers)} 人，登录地址 {settings.BASE_URL}。{NOTE}"
    content = write(Document("初始密码条", (Paragraph(about), table)))
    answer = FileResponse(
        io.BytesIO(content), as_attachment=True, filename="初始密码条.docx", content_type=WORD
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _rows(newcomers: Sequence[Newcomer]) -> list[dict[str, str]]:
    prefetch_related_objects([one.user for one in newcomers], "memberships__unit", "proposals__unit")
    return [
        {
            "unit": "、".join(dict.fromkeys(_units(one))),
            "name": one.user.name,
            "login": one.user.username,
            "password": one.password,
        }
        for one in newcomers
    ]


def _units(one: Newcomer) -> list[str]:
    held = [row.unit.name for row in one.user.memberships.all()]
    return held + [row.unit.name for row in one.user.proposals.all()]
