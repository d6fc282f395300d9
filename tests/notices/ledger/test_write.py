"""The workbook as bytes: what it holds, what the gate says of it, and what comes back from the child."""

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace

import openpyxl
import pytest

from accounts.files.check import check
from accounts.files.limits import FORM, LARGE
from notices.ledger.schema import (
    BY_KEY,
    COLUMNS,
    EDITABLE_LISTS,
    LAYOUT,
    LIST_TITLES,
    clean_header,
    column_help,
    editable_keys,
    header_index,
)
from notices.ledger.skeleton import Frame
from notices.ledger.write import Line, Sheetful, escape, write_workbook

FRAME = Frame(
    "云岭县整改",
    "云岭县",
    "2026年11月20日",
    7,
    12,
    ("云岭县", "青禾镇"),
    {"tasks": 2, "wide": 3},
    ("督查编码",),
)
EMPTY = Sheetful(lambda: ())


def line(listed, key="1.0", group=1, extras=(), **values):
    return Line(key, (*[values.get(k, "") for k in LAYOUT[listed]], *extras), group)


def write(**lists):
    out = io.BytesIO()
    rows = write_workbook(FRAME, dict.fromkeys(LAYOUT, EMPTY) | lists, out)
    return rows, out.getvalue()


def tasks(*texts):
    return Sheetful(
        lambda: [line("tasks", f"{n}.0", extras=("x",), remark=text) for n, text in enumerate(texts, 1)]
    )


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+8",
        "-x",
        "@a",
        "\t=1",
        "＝1",
        "_x000D_x",
        "a<b>&\"'",
        "  空白  ",
        "多\n行",
        "𠮷䶮",
        "1.0",
        "007",
    ],
)
def test_text_comes_back_the_same_through_gate_and_child(tmp_path, text):
    path = tmp_path / "a.xlsx"
    path.write_bytes(write(tasks=tasks(text))[1])

    found = check(str(path), name="a.xlsx", purpose="ledger")

    page = next(s for s in found.workbook.sheets if s.name == "任务清单")
    assert page.rows[3][LAYOUT["tasks"].index("remark") + 1] == text


def test_risky_text_keeps_its_quote_and_dates_are_real():
    lines = [line("tasks", remark="=1+1", deadline=dt.date(2026, 12, 31), extras=("",))]
    page = openpyxl.load_workbook(io.BytesIO(write(tasks=Sheetful(lambda: lines))[1]))["任务清单"]

    row = {c.value: page.cell(4, c.column) for c in page[3]}
    assert (row["备注"].data_type, row["备注"].quotePrefix) == ("s", True)
    assert (row["完成时限"].is_date, row["完成时限"].value.date()) == (True, dt.date(2026, 12, 31))


def test_wide_ledger_merges_the_issue_over_its_tasks():
    rows = [line("wide", issue="甲", measure=str(n), extras=("",)) for n in range(3)]
    rows.append(line("wide", group=2, issue="乙", measure="4", extras=("",)))
    content = write(wide=Sheetful(lambda: rows, merged=True))[1]

    page = openpyxl.load_workbook(io.BytesIO(content))["整改台账"]

    merged = {str(m) for m in page.merged_cells.ranges if m.min_row > 3}
    assert merged == {f"{letter}4:{letter}6" for letter in "BCDEFGH"}
    assert [page.cell(n, 4).value for n in (4, 5, 6, 7)] == ["甲", None, None, "乙"]


def test_long_issue_text_gets_room_over_its_rows():
    rows = [
        line("wide", issue="长" * 200, measure="短", extras=("",)),
        line("wide", issue="长" * 200, measure="短", extras=("",)),
    ]
    page = openpyxl.load_workbook(io.BytesIO(write(wide=Sheetful(lambda: rows, merged=True))[1]))["整改台账"]

    assert sum(page.row_dimensions[n].height for n in (4, 5)) > 24 * 14


def test_lists_have_drop_downs_freeze_filter_and_footer():
    book = openpyxl.load_workbook(io.BytesIO(write(tasks=tasks("甲"))[1]))
    page = book["任务清单"]

    lists = {v.formula1 for v in page.data_validations.dataValidation if v.type == "list"}
    assert "'_ledger'!$D$1:$D$2" in lists
    assert '"具体整改,举一反三,建章立制"' in lists
    stops = [v for v in page.data_validations.dataValidation if v.type == "custom" and v.errorStyle == "stop"]
    assert "B4:B505" in {str(v.sqref) for v in stops}
    assert (page.freeze_panes, page.auto_filter.ref) == ("C4", "A3:W5")
    assert "&P" in page.oddFooter.center.text
    assert page.conditional_formatting
    assert [book["_ledger"].cell(n, 2).value for n in (1, 2, 3)] == ["1", "7", "12"]


def test_same_rows_give_the_same_bytes_of_rows():
    first, second = (zipfile.ZipFile(io.BytesIO(write(tasks=tasks("甲"))[1])) for _ in range(2))

    assert first.read("xl/worksheets/sheet2.xml") == second.read("xl/worksheets/sheet2.xml")


@pytest.mark.parametrize(
    ("text", "xml"),
    [
        ("a&b<c>", "a&amp;b&lt;c&gt;"),
        ("a\rb\x01", "a_x000D_b_x0001_"),
        ("_x000D_", "_x005F_x000D_"),
        ("\ud800", "�"),
        ("两\n行\t", "两\n行\t"),
    ],
)
def test_escape(text, xml):
    assert escape(text) == xml


@pytest.mark.parametrize(("count", "profile"), [(4_000, FORM), (20_000, LARGE)])
def test_many_rows_pass_the_gate(tmp_path, full_proof, count, profile):
    count *= 15 if full_proof and profile is FORM else 10 if full_proof else 1
    path = tmp_path / "a.xlsx"
    with path.open("wb") as out:
        lists = dict.fromkeys(LAYOUT, EMPTY) | {
            "tasks": Sheetful(
                lambda: (
                    line("tasks", f"{n}.0", measure=f"修订第{n}号办法", leader="江岸", extras=("",))
                    for n in range(count)
                )
            )
        }
        assert write_workbook(FRAME, lists, out)["tasks"] == count

    found = check(str(path), name="a.xlsx", purpose="ledger", profile=profile)

    assert (found.verdict.code, found.verdict.message) == ("ok", "")


# --- the schema ----------------------------------------------------------------------------------------------


def test_every_header_of_every_list_is_read_as_its_own_column():
    for listed in EDITABLE_LISTS:
        for key in editable_keys(listed):
            assert header_index()[clean_header(BY_KEY[key].header_in(listed))] == key


def test_keys_are_unique_and_lists_agree():
    assert len(BY_KEY) == len(COLUMNS)
    for listed, keys in LAYOUT.items():
        assert set(keys) == {c.key for c in COLUMNS if listed in c.lists}, LIST_TITLES[listed]


def test_no_alias_means_two_columns():
    seen = {}
    for column in COLUMNS:
        for name in column.aliases:
            assert seen.setdefault(clean_header(name), column.key) == column.key


@pytest.mark.parametrize(
    "text",
    [
        "整改\n时限",
        "整改时限*",
        "整改时限（必填）",
        " 整改 时限：",
        "整改时限(年月日)",
        "【整改时限】整改时限",
    ],
)
def test_headers_are_compared_without_decoration(text):
    assert clean_header(text) == "整改时限"


def test_contract_order_of_the_task_list():
    headers = [BY_KEY[k].header_in("tasks") for k in LAYOUT["tasks"]]
    assert re.sub(r"\s", "", " · ".join(headers[:20])) == (
        "任务编号·问题编号·问题·整改措施·措施类别·责任领导·牵头单位·责任单位·配合单位·责任人·完成时限·长期坚持·复查周期·"
        "状态·整改进展·下一步打算·实际完成时间·未完成原因·佐证材料·备注"
    )


# --- long texts, part of a ledger, nothing at all ------------------------------------------------------------


def book_of(frame=FRAME, **lists):
    out = io.BytesIO()
    write_workbook(frame, dict.fromkeys(LAYOUT, EMPTY) | lists, out)
    return openpyxl.load_workbook(io.BytesIO(out.getvalue()))


def test_a_row_that_cannot_be_high_enough_shows_its_beginning():
    page = book_of(tasks=tasks("短", "长" * 2000))["任务清单"]

    assert page.row_dimensions[5].height == 405
    assert [page.cell(n, 2).alignment.vertical for n in (4, 5)] == ["center", "top"]
    column = next(c.column for c in page[3] if c.value == "备注")
    assert [(page.cell(n, column).alignment.vertical, page.cell(n, column).value) for n in (4, 5)] == [
        ("center", "短"),
        ("top", "长" * 2000),
    ]


def test_the_wide_ledger_gives_a_long_text_several_merged_rows():
    rows = [line("wide", key="1.0", issue="甲", measure="长" * 2000, extras=("",))]
    rows.append(line("wide", key="2.0", issue="甲", measure="短", extras=("",)))
    page = book_of(wide=Sheetful(lambda: rows, merged=True))["整改台账"]

    keys = [page.cell(n, 1).value for n in range(4, page.max_row + 1)]
    [second] = [n for n, key in enumerate(keys) if key == "2.0"]
    height = sum(page.row_dimensions[n].height for n in range(4, 4 + second))
    assert (keys[0], set(keys[1:second])) == ("1.0", {""})
    assert height > 130 * 14  # lines of fifteen characters
    merged = {str(m) for m in page.merged_cells.ranges}
    measure = LAYOUT["wide"].index("measure") + 2
    letter = page.cell(3, measure).column_letter
    assert {f"{letter}4:{letter}{3 + second}", f"D4:D{4 + second}"} <= merged


def test_part_of_a_ledger_and_an_empty_one_say_so():
    frame = replace(FRAME, counts={"issues": 1}, scope="筛选后的 2 项任务")

    book = book_of(frame)

    assert (
        book["问题清单"]["B2"].value
        == "填报单位：云岭县    截至：2026年11月20日    单位：项    范围：筛选后的 2 项任务"
    )
    assert book["任务清单"]["B2"].value.endswith("    没有任务")


def test_columns_nobody_knows_stand_behind_the_issues_as_well():
    frame = replace(FRAME, issue_extras=("台账编码",))
    rows = [line("issues", issue="甲", extras=("A-7",))]

    page = book_of(frame, issues=Sheetful(lambda: rows))["问题清单"]

    last = len(LAYOUT["issues"]) + 2
    assert (page.cell(3, last).value, page.cell(4, last).value) == ("台账编码", "A-7")


def test_the_help_says_of_every_column_who_may_change_it():
    said = {(h.listed, h.header): h.who for h in column_help()}

    assert len(said) == sum(len(keys) for listed, keys in LAYOUT.items() if listed != "wide")
    assert said["任务清单", "整改进展"] == "单位、整改办"
    assert said["任务清单", "牵头单位"] == "整改办"
    assert said["责任清单", "整改措施"] == "系统生成"
    page = book_of()["填报说明"]
    assert ("任务清单", "整改进展", "单位、整改办") in {
        tuple(c.value for c in row[:3]) for row in page.iter_rows()
    }
