"""import_units: a roster of units and people, all of it or nothing."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook, load_workbook

from accounts.models import Event, Membership, Unit, User
from accounts.roles import Role
from notices.domain import rollup
from tests.factories import make_issue, make_notice, make_task, make_unit, make_user

pytestmark = pytest.mark.django_db

UNITS = [
    ["单位名称*", "简称", "别名", "上级单位", "排序"],
    ["云岭县教育局基建办", "基建办", None, "教育局", 30],  # before its parent, named by its short name
    ["云岭县教育局", "教育局", "县教育局、云岭教育局", "云岭县", 20],
    ["云岭县", "县", None, None, 10],
]
PEOPLE = [
    ["姓名*", "登录名*", "单位*", "角色*", "职务", "手机", "邮箱"],
    ["周敏", "zhoumin", "云岭县教育局", "经办人", "科员", 13900000001.0, "zhoumin@example.cn"],
    ["吴岚", "wulan", "县教育局", "head", "局长", None, None],
    ["郑一帆", "zhengyifan", "云岭县", "整改办、督导组", None, None, None],
    ["郑一帆", "zhengyifan", "云岭县教育局", "责任领导", None, None, None],
]


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR = tmp_path / "var"
    return settings.VAR


@pytest.fixture
def book(tmp_path):
    def write(units=UNITS, people=PEOPLE) -> str:
        made = Workbook()
        made.remove(made.active)
        for title, rows in (("单位", units), ("人员", people)):
            if rows is not None:
                sheet = made.create_sheet(title)
                for row in rows:
                    sheet.append(row)
        path = tmp_path / "roster.xlsx"
        made.save(path)
        return str(path)

    return write


def run(path, capsys, *options) -> dict:
    call_command("import_units", path, "--json", *options)
    return json.loads(capsys.readouterr().out)


def test_units_and_people_are_made_in_any_order_of_rows(book, capsys):
    found = run(book(), capsys)

    assert (found["units"], found["people"], found["problems"]) == (3, 3, [])
    assert dict(Unit.objects.values_list("name", "parent__name")) == {
        "云岭县": None,
        "云岭县教育局": "云岭县",
        "云岭县教育局基建办": "云岭县教育局",
    }
    bureau = Unit.objects.get(name="云岭县教育局")
    assert (bureau.short_name, bureau.aliases, bureau.position) == ("教育局", ["县教育局", "云岭教育局"], 20)
    assert set(Membership.objects.values_list("user__username", "unit__name", "role")) == {
        ("zhoumin", "云岭县教育局", "staff"),
        ("wulan", "云岭县教育局", "head"),
        ("zhengyifan", "云岭县", "office"),
        ("zhengyifan", "云岭县", "supervisor"),
        ("zhengyifan", "云岭县教育局", "leader"),
    }
    user = User.objects.get(username="zhoumin")
    assert (user.name, user.position_title, user.phone, user.email) == (
        "周敏",
        "科员",
        "13900000001",
        "zhoumin@example.cn",
    )


def test_the_slip_holds_the_passwords_and_nothing_else_does(book, capsys, var):
    found = run(book(), capsys)

    slip = Path(found["slip"])
    assert slip.parent == var / "slips"
    assert slip.stat().st_mode & 0o077 == 0
    page = slip.read_text()
    passwords = [
        line.split("<code>")[1].split("</code>")[0] for line in page.splitlines() if "初始密码</span>" in line
    ]
    users = [User.objects.get(username=name) for name in ("zhoumin", "wulan", "zhengyifan")]
    assert [u.check_password(p) for u, p in zip(users, passwords, strict=True)] == [True, True, True]
    assert all(u.must_change_password for u in users)
    stored = json.dumps(list(Event.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert not any(p in stored for p in passwords)


def test_a_second_run_finds_nothing_new(book, capsys, var):
    run(book(), capsys)
    events = Event.objects.count()

    found = run(book(), capsys)

    assert found["new"] == {"units": 0, "people": 0}
    assert found["changed"] == {"units": 0, "people": 0}
    assert found["slip"] is None
    assert Event.objects.count() == events
    assert len(list((var / "slips").iterdir())) == 1


def test_changed_fields_are_updated_and_empty_cells_leave_what_is_there(book, capsys):
    run(book(), capsys)
    people = [PEOPLE[0], ["周敏", "zhoumin", "教育局", "单位负责人", "副局长", None, None]]
    units = [UNITS[0], ["云岭县教育局", "县教育", None, "云岭县", None]]

    found = run(book(units, people), capsys)

    assert found["changed"] == {"units": 1, "people": 1}
    user = User.objects.get(username="zhoumin")
    assert (user.position_title, user.phone) == ("副局长", "13900000001")
    assert list(user.memberships.values_list("role", flat=True)) == ["head"]
    bureau = Unit.objects.get(name="云岭县教育局")
    assert (bureau.short_name, bureau.aliases, bureau.position) == ("县教育", ["县教育局", "云岭教育局"], 20)
    assert User.objects.get(username="wulan").memberships.count() == 1


def test_a_moved_unit_takes_scope_and_counters_along(book, capsys):
    run(book(), capsys)
    county, section = Unit.objects.get(name="云岭县"), Unit.objects.get(name="云岭县教育局基建办")
    make_task(make_issue(make_notice(county)), lead=section)

    run(book([UNITS[0], ["云岭县教育局基建办", None, None, "云岭县", None]], None), capsys)

    assert Unit.objects.get(pk=section.pk).parent == county
    assert rollup.wrong_rows() == []


def bad(rows, *changes):
    """A copy of the rows with cells replaced: (row, column, value), counted from 1 as Excel does."""
    copy = [list(row) for row in rows]
    for row, column, value in changes:
        copy[row - 1][column - 1] = value
    return copy


PROBLEMS = [
    (bad(UNITS, (2, 4, "云岭县教育")), PEOPLE, [("单位", "A2", "no_parent")]),
    (bad(UNITS, (4, 4, "云岭县教育局基建办")), PEOPLE, [("单位", "A2", "circle")]),
    (bad(UNITS, (3, 1, None)), None, [("单位", "A3", "empty"), ("单位", "A2", "no_parent")]),
    (bad(UNITS, (3, 5, "第三")), PEOPLE, [("单位", "E3", "not_a_number")]),
    ([*UNITS, ["云岭县 教育局", None, None, None, None]], PEOPLE, [("单位", "A5", "twice")]),
    (UNITS, bad(PEOPLE, (2, 3, "水利局")), [("人员", "C2", "no_unit")]),
    (UNITS, bad(PEOPLE, (2, 4, "局长")), [("人员", "D2", "no_role")]),
    (UNITS, bad(PEOPLE, (2, 2, "周敏")), [("人员", "B2", "bad_login")]),
    (UNITS, bad(PEOPLE, (2, 7, "zhoumin#example.cn")), [("人员", "G2", "bad_email")]),
    (UNITS, bad(PEOPLE, (2, 1, None), (3, 4, None)), [("人员", "A2", "empty"), ("人员", "D3", "empty")]),
    (UNITS, bad(PEOPLE, (3, 2, "ZHOUMIN")), [("人员", "B3", "login_twice")]),
    (UNITS, bad(PEOPLE, (4, 4, "整改办、审计员")), [("人员", "B4", "roles_clash")]),
    (UNITS, bad(PEOPLE, (2, 1, "周" * 51)), [("人员", "A2", "too_long")]),
    ([["名称", "上级"], ["云岭县", None]], PEOPLE, [("单位", "A1", "no_header")]),
]


@pytest.mark.parametrize(("units", "people", "expected"), PROBLEMS)
def test_every_problem_names_its_cell_and_nothing_is_written(book, capsys, var, units, people, expected):
    with pytest.raises(CommandError, match="未作任何改动"):
        run(book(units, people), capsys)

    found = json.loads(capsys.readouterr().out)
    named = [(p["sheet"], p["cell"], p["code"]) for p in found["problems"]]
    assert [n for n in named if n in expected] == expected
    for problem in found["problems"]:
        assert problem["message"].startswith(f"工作表“{problem['sheet']}”")
        assert problem["message"].endswith("。")
    assert not Unit.objects.exists()
    assert not User.objects.exists()
    assert not Event.objects.exists()
    assert not var.exists()


def test_all_problems_are_listed_at_once(book, capsys):
    people = bad(PEOPLE, (2, 3, "水利局"), (3, 4, "局长"), (4, 2, None))

    with pytest.raises(CommandError, match="表格有 3 处问题"):
        run(book(UNITS, people), capsys)


def test_an_unknown_unit_offers_the_likeliest(book, capsys):
    make_unit("云岭县教育局")

    with pytest.raises(CommandError):
        run(book(None, bad(PEOPLE[:2], (2, 3, "云岭县教育"))), capsys)

    problem = json.loads(capsys.readouterr().out)["problems"][0]
    assert problem["message"] == "工作表“人员”C2：没有单位“云岭县教育”，是否为：云岭县教育局。"


def test_a_workbook_with_neither_sheet_is_refused(tmp_path, capsys):
    path = tmp_path / "other.xlsx"
    Workbook().save(path)

    with pytest.raises(CommandError):
        run(str(path), capsys)

    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "no_sheet"


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_workbook_is_refused_with_a_sentence(tmp_path, capsys, content):
    path = tmp_path / "roster.xlsx"
    path.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        run(str(path), capsys)

    assert str(refused.value).endswith("。")


def test_a_missing_file_and_a_missing_argument_are_refused(tmp_path):
    with pytest.raises(CommandError, match="^找不到文件“nowhere.xlsx”，请核对路径。$"):
        call_command("import_units", "nowhere.xlsx")
    with pytest.raises(CommandError, match="请指定要导入的文件"):
        call_command("import_units")
    with pytest.raises(CommandError, match="是文件夹"):
        call_command("import_units", str(tmp_path))


def test_acts_are_recorded_under_the_person_who_acts(book, capsys):
    make_user("boss", (Role.ADMIN, make_unit("云岭县")), name="康管理")

    run(book(), capsys, "--by", "boss")

    assert set(Event.objects.values_list("actor_name", flat=True)) == {"康管理"}
    with pytest.raises(CommandError, match="没有登录名为“ghost”的在用账号"):
        run(book(), capsys, "--by", "ghost")


def test_only_those_who_manage_accounts_may_import(book, capsys):
    make_user("office", (Role.OFFICE, make_unit("云岭县")))

    with pytest.raises(CommandError, match="只有系统管理员可以导入单位与人员。"):
        run(book(), capsys, "--by", "office")

    assert Unit.objects.count() == 1


def test_the_template_can_be_filled_and_imported(tmp_path, capsys):
    path = tmp_path / "空表.xlsx"
    call_command("import_units", "--template", str(path))
    capsys.readouterr()
    book = load_workbook(path)
    assert [[c.value for c in sheet[1]] for sheet in book] == [UNITS[0], PEOPLE[0]]
    for sheet, rows in zip(book, (UNITS, PEOPLE), strict=True):
        for row in rows[1:]:
            sheet.append(row)
    book.save(path)

    found = run(str(path), capsys)

    assert found["new"] == {"units": 3, "people": 3}
    with pytest.raises(CommandError, match="已存在，请换一个文件名"):
        call_command("import_units", "--template", str(path))
