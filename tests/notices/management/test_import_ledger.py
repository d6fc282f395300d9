import csv
import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from notices.models import LedgerUpload, Task
from notices.terms import State
from tests.factories import make_task, make_world

HEADER = ["序号", "反馈问题", "整改措施", "责任单位", "整改时限", "完成情况"]


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def exported(world, tmp_path):
    for text in ("措施一", "措施二", "措施三", "措施四"):
        make_task(world.issue, lead=world.bureau, text=text)
    path = tmp_path / "台账.xlsx"
    call_command("export_ledger", str(world.notice.pk), str(path))
    return path


def run(capsys, notice, path, **options):
    capsys.readouterr()
    call_command("import_ledger", str(notice.pk), str(path), as_json=True, **options)
    return json.loads(capsys.readouterr().out)


def edit(path, row, header, value):
    book = openpyxl.load_workbook(path)
    page = book["任务清单"]
    column = next(c.column for c in page[3] if c.value == header)
    page.cell(row, column).value = value
    page.cell(row, column).data_type = "s"
    book.save(path)


def test_three_edited_cells_are_three_changes_then_none(world, exported, capsys):
    edit(exported, 4, "整改进展", "已完成修订")
    edit(exported, 5, "责任领导", "县长 江岸")
    edit(exported, 6, "备注", "=不是公式")

    shown = run(capsys, world.notice, exported)
    assert (shown["counts"], shown["changes"], shown["applied"]) == (
        {"add": 0, "change": 3, "keep": 1, "conflict": 0, "refused": 0},
        3,
        False,
    )
    assert shown["rows"][0] == {
        "sheet": "任务清单",
        "row": 4,
        "key": f"{Task.objects.get(text='措施一').pk}.0",
        "kind": "change",
        "fields": [{"column": "整改进展", "cell": "P4", "old": "", "new": "已完成修订"}],
        "reason": "",
    }
    assert not LedgerUpload.objects.exists()

    assert run(capsys, world.notice, exported, apply=True)["applied"] is True
    assert Task.objects.get(text="措施三").remark == "=不是公式"
    again = run(capsys, world.notice, exported)
    assert (again["changes"], again["counts"]["keep"], again["rows"]) == (0, 4, [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_foreign_csv_is_added_and_found_again(world, tmp_path, capsys, encoding):
    path = tmp_path / "各镇台账.csv"
    with path.open("w", encoding=encoding, newline="") as out:
        csv.writer(out).writerows(
            [
                ["云岭县整改台账"],
                HEADER,
                [1, "关于甲的问题", "制定甲", "青禾镇", "2026年12月底前", "正在整改"],
                ["", "", "制定乙", "教育局", "长期坚持", ""],
            ]
        )

    first = run(capsys, world.notice, path, apply=True)
    second = run(capsys, world.notice, path)

    assert first["counts"] == {"add": 2, "change": 0, "keep": 0, "conflict": 0, "refused": 0}
    assert (second["counts"]["keep"], second["changes"], second["rows"]) == (2, 0, [])
    rows = Task.objects.order_by("pk").values_list("text", "lead_unit__name", "state", "deadline_text")
    assert list(rows) == [
        ("制定甲", "青禾镇", State.PENDING, "2026年12月底前"),
        ("制定乙", "云岭县教育局", State.PENDING, "长期坚持"),
    ]


def test_only_take_over_takes_states(world, tmp_path, capsys):
    path = tmp_path / "a.csv"
    rows = [HEADER, [1, "甲问题", "制定甲", "青禾镇", "2026-12-01", "已完成整改"]]
    path.write_text("\n".join(",".join(map(str, r)) for r in rows), "utf-8")

    plain = run(capsys, world.notice, path)
    taken = run(capsys, world.notice, path, apply=True, take_over=True)

    assert "state_not_taken" in [p["code"] for p in plain["problems"]]
    assert taken["applied"]
    assert Task.objects.get(text="制定甲").state == State.COMPLETED


def test_staff_may_not_take_over(world, exported):
    with pytest.raises(CommandError, match="只有整改办可以接收历史台账的状态。"):
        call_command("import_ledger", str(world.notice.pk), str(exported), by="staff", take_over=True)


def test_a_file_that_is_no_ledger_is_refused_with_a_sentence(world, tmp_path):
    path = tmp_path / "旧表.xls"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)

    with pytest.raises(CommandError) as raised:
        call_command("import_ledger", str(world.notice.pk), str(path))

    assert str(raised.value).endswith("。")
