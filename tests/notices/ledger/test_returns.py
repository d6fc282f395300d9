"""An upload given back: problems marked in it, or our values in its own cells."""

import io
import zipfile

import openpyxl
import pytest
from openpyxl import Workbook

from notices.ledger.annotate import annotate_xlsx
from notices.ledger.patch import patch_workbook
from notices.ledger.returns import annotated, give_back
from notices.ledger.uploads import apply_upload, keep, prepare, undo_upload
from notices.models import LedgerUpload, Task
from notices.records import CellProblem
from notices.terms import State
from tests.factories import AT, TODAY, make_task

ROWS = [
    ["云岭县整改台账"],
    ["序号", "反馈问题", "整改措施", "责任单位", "整改时限", "整改进展", "完成情况"],
    [1, "关于学习不深入的问题", "修订学习制度", "云岭县教育局", "2026年12月底前", "", "正在整改"],
    [2, "关于台账不全的问题", "补齐台账", "青禾镇", "2024717日", "", "未启动"],
]


def workbook(rows=ROWS):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.active.merge_cells("A1:G1")
    book.active["C3"].font = openpyxl.styles.Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def upload(world, tmp_path):
    make_task(world.issue, lead=world.bureau)
    path = tmp_path / "单位台账.xlsx"
    path.write_bytes(workbook())
    prepared = prepare(world.notice, str(path), name=path.name, by=world.office, at=AT, today=TODAY)
    return keep(prepared, world.notice, str(path), by=world.office, at=AT)


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_upload_is_kept_applied_once_and_undone(upload, world):
    assert upload.counts == {"add": 1, "change": 1, "keep": 0, "conflict": 0, "refused": 0}

    done = apply_upload(upload, by=world.office, at=AT, today=TODAY)

    assert (done.added_issues, done.added_tasks, done.changed) == (1, 1, 1)
    assert upload.state == LedgerUpload.State.APPLIED
    new = Task.objects.get(text="补齐台账")
    assert (new.deadline, new.deadline_text, new.lead_unit) == (None, "2024717日", world.town)
    undone = undo_upload(upload, by=world.office, at=AT, today=TODAY)
    assert (undone.restored, undone.cancelled) == (1, 1)
    assert Task.objects.get(text="补齐台账").state == State.CANCELLED


def test_second_upload_of_the_same_file_changes_nothing(upload, world):
    apply_upload(upload, by=world.office, at=AT, today=TODAY)

    again = prepare(world.notice, upload.file.path, name="a.xlsx", by=world.office, at=AT, today=TODAY)

    assert [r for r in again.plan.rows] == []
    assert again.plan.counts["keep"] == 2


def test_annotated_file_carries_comments_on_coloured_cells(upload):
    book = openpyxl.load_workbook(io.BytesIO(annotated(upload)))

    cell = book["Sheet"]["E4"]
    assert "2024717日" in cell.comment.text
    assert cell.fill.fgColor.rgb == "00F8CBC6"
    assert book["核对结果"]["A2"].value == "Sheet"
    assert book["Sheet"]["C3"].font.bold


def test_comment_inside_a_merge_stands_on_its_anchor(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook())

    book = openpyxl.load_workbook(
        io.BytesIO(annotate_xlsx(str(path), [CellProblem("Sheet", "C1", "x", "说明", 1)]))
    )

    assert book["Sheet"]["A1"].comment.text == "说明"


def test_values_are_filled_into_the_very_file(upload, world):
    apply_upload(upload, by=world.office, at=AT, today=TODAY)
    Task.objects.filter(text="修订学习制度").update(latest_text="已印发<制度>&办法")

    patched = give_back(upload, by=world.office)

    with upload.file.open("rb") as content:
        before = members(content.read())
    after = members(patched.content)
    assert patched.unpatched == ()
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet1.xml"]
    page = openpyxl.load_workbook(io.BytesIO(patched.content))["Sheet"]
    assert page["F3"].value == "已印发<制度>&办法"
    assert (page["C3"].font.bold, page["E3"].value, page["G3"].value) == (True, "2026年12月底前", "正在整改")


COUNTED = [
    ["序号", "反馈问题", "整改措施", "责任单位", "责任人及联系电话", "整改时限", "整改进展"],
    [
        1,
        "关于台账不全的问题",
        "1.补齐台账\n2.开展抽查",
        "青禾镇（牵头）、云岭县教育局（配合）",
        "周晓岚 0700-1234567",
        "1.2026年12月底前\n2.长期坚持",
        "1.已补12册\n2.已抽查",
    ],
]


def test_fields_that_share_a_cell_are_filled_in_together(world, tmp_path):
    path = tmp_path / "单位台账.xlsx"
    path.write_bytes(workbook([[None], *COUNTED]))
    prepared = prepare(world.notice, str(path), name=path.name, by=world.office, at=AT, today=TODAY)
    upload = keep(prepared, world.notice, str(path), by=world.office, at=AT)
    apply_upload(upload, by=world.office, at=AT, today=TODAY)

    same = give_back(upload, by=world.office)
    Task.objects.filter(text="开展抽查").update(latest_text="已抽查2次")
    Task.objects.filter(text__in=["补齐台账", "开展抽查"]).update(contact_text="林小路")
    changed = give_back(upload, by=world.office)

    with upload.file.open("rb") as content:
        assert members(same.content) == members(content.read())
    page = openpyxl.load_workbook(io.BytesIO(changed.content))["Sheet"]
    assert [page[f"{c}3"].value for c in "DEFG"] == [
        "青禾镇（牵头）、云岭县教育局（配合）",
        "林小路 0700-1234567",
        "1.2026年12月底前\n2.长期坚持",
        "1.已补12册\n2.已抽查2次",
    ]


SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>
<x:row r="2" spans="1:9"><x:c r="B2" s="1"><x:v>1</x:v></x:c><x:c r="D2"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row>
<x:row r="4"/></x:sheetData><x:mergeCells count="1"><x:mergeCell ref="F2:F3"/></x:mergeCells></x:worksheet>"""


def odd_workbook():
    content = members(workbook())
    content["xl/worksheets/sheet1.xml"] = SHEET.encode()
    content["xl/drawings/drawing9.xml"] = b"<opaque/>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, data in content.items():
            package.writestr(name, data)
    return out.getvalue()


def test_patch_keeps_prefix_style_and_order():
    wanted = {"B2": "新", "A2": "前", "C2": "中", "A3": "新行", "A4": "原空行", "H9": "后"}

    patched = patch_workbook(odd_workbook(), {"Sheet": wanted})

    page = openpyxl.load_workbook(io.BytesIO(patched.content))["Sheet"]
    assert {cell: page[cell].value for cell in wanted} == wanted
    assert page["D2"].value == "=1+1"
    assert b'<x:c r="B2" s="1" t="inlineStr">' in members(patched.content)["xl/worksheets/sheet1.xml"]
    assert members(patched.content)["xl/drawings/drawing9.xml"] == b"<opaque/>"


def test_cells_that_cannot_be_patched_are_named():
    patched = patch_workbook(odd_workbook(), {"Sheet": {"D2": "x", "F3": "y"}, "没有": {"A1": "z"}})

    assert patched.unpatched == (
        "工作表“没有”不在文件里，没有回填。",
        "Sheet!F3 在合并单元格内部，没有回填。",
        "Sheet!D2 是公式，没有回填。",
    )


def test_unknown_unit_of_a_new_row_is_named_by_its_cell(world, tmp_path):
    path = tmp_path / "单位台账.xlsx"
    path.write_bytes(workbook([*ROWS[:2], [1, "关于台账不全的问题", "补齐台账", "教育居", "年底前", "", ""]]))

    plan = prepare(world.notice, str(path), name=path.name, by=world.office, at=AT, today=TODAY).plan

    [problem] = [p for p in plan.problems if p.code == "unknown_unit"]
    assert (problem.cell, problem.message.partition("，")[0]) == (
        "D3",
        "Sheet!D3 单位“教育居”不在单位名录中",
    )


def test_blocks_side_by_side_are_filled_in_each_with_its_own(world, tmp_path):
    head = ["序号", "问题", "整改措施", "责任单位", "时限"]
    rows = [
        [None],
        [*head, *head],
        [1, "甲", "甲措施", "青禾镇", "6月底", 2, "乙", "乙措施", "云岭县教育局", "年底前"],
    ]
    path = tmp_path / "单位台账.xlsx"
    path.write_bytes(workbook(rows))
    prepared = prepare(world.notice, str(path), name=path.name, by=world.office, at=AT, today=TODAY)
    upload = keep(prepared, world.notice, str(path), by=world.office, at=AT)
    apply_upload(upload, by=world.office, at=AT, today=TODAY)

    same = give_back(upload, by=world.office)

    with upload.file.open("rb") as content:
        assert members(same.content) == members(content.read())
