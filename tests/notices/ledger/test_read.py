import datetime as dt

import pytest

from accounts.files.sheets import Sheet
from notices.ledger.read import read_ledger
from notices.records import Campaign, LedgerMark
from tests.notices.ledger.forms import CAMPAIGN, FORMS, PLAIN, sheet
from tests.notices.ledger.forms_more import MORE


def rows_as_dicts(ledger):
    for row in ledger.rows:
        table = ledger.tables[row.table]
        yield row, {**dict(zip(table.fields, row.values, strict=True)), **row.extra}


@pytest.mark.parametrize("form", FORMS + MORE, ids=[f.name for f in FORMS + MORE])
def test_every_form_reads_as_written_by_hand(form):
    ledger = read_ledger(form.sheets, campaign=CAMPAIGN)

    found = [
        (row.row, row.part, {key: values.get(key) for key in expected})
        for (row, values), (_, _, expected) in zip(rows_as_dicts(ledger), form.rows, strict=True)
    ]
    assert found == form.rows
    assert [(p.cell, p.code) for p in ledger.problems] == form.problems
    assert len(ledger.tables) == form.tables


def test_problem_names_sheet_cell_header_and_value():
    rows = [["序号", "问题", "整改措施", "完成时限"], [1, "甲", "乙", "2024717日"]]

    ledger = read_ledger([Sheet("任务清单", True, rows)], campaign=CAMPAIGN)

    [problem] = ledger.problems
    assert (problem.sheet, problem.cell, problem.row) == ("任务清单", "D2", 2)
    assert problem.message.startswith("任务清单!D2 完成时限：")
    assert "“2024717日”" in problem.message


def test_workbook_without_header_is_said():
    ledger = read_ledger([Sheet("Sheet1", True, [["你好"], ["随便写写", 3]])], campaign=CAMPAIGN)

    assert ledger.rows == ()
    assert [p.code for p in ledger.problems] == ["no_header"]


def test_chosen_columns_win_over_found_ones():
    found = read_ledger(PLAIN.sheets, campaign=CAMPAIGN).tables[0]
    chosen = {
        found.signature: {0: "", 1: "detail", 2: "issue", 3: "", 4: "responsible", 5: "finished_on", 6: ""}
    }

    table = read_ledger(PLAIN.sheets, campaign=CAMPAIGN, chosen=chosen).tables[0]

    assert {k: c for k, c in table.columns.items()} == {
        "detail": 1,
        "issue": 2,
        "responsible": 4,
        "finished_on": 5,
    }


def test_signature_is_the_same_wherever_the_header_stands():
    rows = PLAIN.sheets[0].rows
    moved = [Sheet("另一表", True, [["标题"], [], *rows])]

    here = read_ledger(PLAIN.sheets, campaign=CAMPAIGN).tables[0].signature
    there = read_ledger(moved, campaign=CAMPAIGN).tables[0].signature

    assert here == there


def test_finish_when_completion_dates_lie_before_the_feedback():
    rows = [["序号", "问题", "整改措施", "完成时间"], [1, "甲", "乙", dt.date(2021, 3, 1)]]

    table = read_ledger([Sheet("a", True, rows)], campaign=CAMPAIGN).tables[0]

    assert table.columns["finished_on"] == 3


@pytest.mark.parametrize(
    ("header", "words", "key"),
    [
        ("整改进展", ["正在推进", "正在推进"], "progress"),
        ("整改进展", ["正在推进", "已完成整改"], "state"),
        ("整改进展", ["已召开会议", "正在推进"], "progress"),
        ("完成情况", ["正在推进", "正在推进"], "state"),
    ],
)
def test_progress_column_that_only_says_under_way_is_text(header, words, key):
    rows = [["序号", "问题", "整改措施", header], [1, "甲", "乙", words[0]], [2, "丙", "丁", words[1]]]

    table = read_ledger([Sheet("CSV", True, rows)], campaign=CAMPAIGN).tables[0]

    assert table.columns[key] == 3


def test_formula_without_result_is_unknown_not_empty():
    rows = [["序号", "问题", "整改措施", "整改进展"], [1, "甲", "乙", None]]
    ledger = read_ledger([Sheet("a", True, rows, uncached=((1, 3),))], campaign=CAMPAIGN)

    assert [(p.cell, p.code, p.refuses) for p in ledger.problems] == [("D2", "bad_progress", True)]


def test_mark_of_our_own_workbook_is_read():
    meta = Sheet("_ledger", False, [["format", "1"], ["notice", "7"], ["export", "12"]])

    ledger = read_ledger([meta, sheet([["问题", "整改措施"], ["甲", "乙"]])], campaign=Campaign())

    assert ledger.mark == LedgerMark("1", 7, 12)


@pytest.mark.parametrize(
    "value", [True, 12.5, dt.time(8, 0), dt.timedelta(days=1), "\ud800", "＝1", "x" * 40_000]
)
def test_any_value_in_any_cell_is_read_without_raising(value):
    header = [
        "序号",
        "问题",
        "整改措施",
        "责任领导",
        "责任单位",
        "完成时限",
        "完成情况",
        "实际完成时间",
        "是否长期坚持",
    ]
    rows = [header, [value] * len(header), [1, "甲", "乙", *[value] * 6]]

    ledger = read_ledger([Sheet("a", True, rows)], campaign=CAMPAIGN)

    assert ledger.tables[0].fields[0] == "issue"
