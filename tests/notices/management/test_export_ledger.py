import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from accounts.files.check import check
from notices.ledger.schema import BY_KEY, LAYOUT, LIST_TITLES
from notices.models import LedgerExport
from tests.factories import make_task, make_world


@pytest.fixture
def world(db):
    return make_world()


def export(capsys, *arguments, **options):
    call_command("export_ledger", *map(str, arguments), as_json=True, **options)
    return json.loads(capsys.readouterr().out)


def test_six_lists_are_written_and_counted(world, tmp_path, capsys):
    make_task(world.issue, lead=world.bureau, supporting=(world.town,))
    target = tmp_path / "三清单.xlsx"

    answer = export(capsys, world.notice.pk, target)

    rows = {"问题清单": 1, "任务清单": 1, "责任清单": 2, "进度清单": 1, "整改台账": 1}
    assert answer == {"file": str(target), "rows": rows}
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == [*LIST_TITLES.values(), "填报说明", "_ledger"]
    assert book["_ledger"].sheet_state == "veryHidden"
    for listed, keys in LAYOUT.items():
        page = book[LIST_TITLES[listed]]
        assert [c.value for c in page[3]][1:] == [BY_KEY[k].header_in(listed) for k in keys]
        assert page.column_dimensions["A"].hidden
        assert (page.page_setup.orientation, page.print_title_rows) == ("landscape", "$3:$3")
    assert LedgerExport.objects.get().counts["tasks"] == 1


def test_what_is_written_passes_the_gate(world, tmp_path, capsys):
    make_task(world.issue, lead=world.bureau)
    target = tmp_path / "a.xlsx"
    export(capsys, world.notice.title, target)

    checked = check(str(target), name="a.xlsx", purpose="ledger")

    assert (checked.verdict.accepted, checked.verdict.code) == (True, "ok")


def test_unit_gets_its_rows_only(world, tmp_path, capsys):
    make_task(world.issue, lead=world.bureau)
    make_task(world.issue, lead=world.town)

    answer = export(capsys, world.notice.pk, tmp_path / "a.xlsx", unit="教育局")

    assert answer["rows"]["任务清单"] == 1


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.xls", {}, "“a.xls”应以 .xlsx 结尾。"),
        ("没有/a.xlsx", {}, "不存在"),
        ("a.xlsx", {"unit": "青禾镇政府"}, "没有叫“青禾镇政府”的单位。是否指：青禾镇"),
        ("a.xlsx", {"by": "nobody"}, "没有登录名为“nobody”的在用账号"),
    ],
)
def test_refusals_say_what_to_do_and_leave_no_file(world, tmp_path, name, options, sentence):
    with pytest.raises(CommandError) as raised:
        call_command("export_ledger", str(world.notice.pk), str(tmp_path / name), **options)

    assert sentence in str(raised.value)
    assert list(tmp_path.iterdir()) == []
