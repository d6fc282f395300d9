"""Text → taken in → workbook, out and in again → Word → read again: the outline is the one it was made from."""

import json

import pytest

from accounts.roles import Role
from notices.domain import publications
from notices.domain.intake import take_notice
from notices.domain.notice_papers import publication_bytes
from notices.domain.publication_text import checks, edition
from notices.ledger.apply import apply_plan
from notices.ledger.export import export_ledger
from notices.ledger.uploads import prepare
from notices.models import Task
from notices.text.as_json import notice_as_dict
from notices.text.parse import parse_notice
from notices.text.readers import read_lines
from tests.factories import AT, TODAY, make_unit, make_user

pytestmark = pytest.mark.django_db
SAME = [
    "inspected_party",
    "inspecting_body",
    "inspection_start",
    "inspection_end",
    "feedback_on",
    "signed_by",
]
CONTACT = ["phone", "address", "postcode", "email"]


@pytest.mark.parametrize("name", ["hecheng-2021", "nanhai-2019", "heshan-2019"])
def test_real_notice_comes_back_from_workbook_and_word(real_notices, tmp_path, name):
    text = (real_notices / f"{name}.txt").read_text("utf-8")
    expected = json.loads((real_notices / f"{name}.expected.json").read_text("utf-8"))
    unit = make_unit("某区")
    office = make_user("office", (Role.OFFICE, unit))
    notice = take_notice(parse_notice(text), unit=unit, text=text, by=office, at=AT, today=TODAY).notice
    there = list(Task.objects.in_order().values())
    book = tmp_path / "台账.xlsx"
    with book.open("wb") as out:
        export_ledger(notice, out, by=office, at=AT, today=TODAY)

    back = prepare(notice, str(book), name=book.name, by=office, at=AT, today=TODAY)

    counts = {"add": 0, "change": 0, "keep": len(there), "conflict": 0, "refused": 0}
    assert (back.plan.rows, back.plan.missing, back.plan.counts) == ((), (), counts)
    assert len(there) == sum(issue["measures"] for issue in expected["issues"])
    apply_plan(back.plan, notice, by=office, at=AT, today=TODAY, why="导入台账")
    assert list(Task.objects.in_order().values()) == there

    draft = publications.begin(notice, by=office, at=AT, today=TODAY)

    found = edition(draft, today=TODAY)
    word = publication_bytes(draft, found.text)
    read = notice_as_dict(parse_notice("\n".join(read_lines(word, "通报.docx"))))

    outline = [
        {"path": i["path"], "title": i["title"], "measures": len(i["measures"]), "progress": i["progress"]}
        for i in read["issues"]
    ]
    assert outline == expected["issues"]
    assert [a["title"] for a in read["aspects"]] == expected["aspects"]
    assert {k: read[k] for k in SAME} == {k: expected[k] for k in SAME}
    assert {k: read["contact"][k] for k in CONTACT} == {k: expected[k] for k in CONTACT}
    assert read["signed_on"] == TODAY.isoformat()
    assert [f for f in checks(found) if f.blocks or "读成" in f.message] == []
