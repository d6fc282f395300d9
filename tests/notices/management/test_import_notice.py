"""import_notice on three published notices, on a second run, and on everything that is no notice."""

import json
import time

import pytest
from django.core.management import CommandError, call_command
from docx import Document

from accounts.models import Event
from accounts.roles import Role
from notices.domain import rollup, statistics
from notices.domain.statistics import IssueFigures
from notices.models import Aspect, Issue, Notice, Task, Transition
from notices.terms import Stage
from tests.factories import TODAY, make_unit, make_user

pytestmark = pytest.mark.django_db

SMALL = """青禾镇党委关于巡察整改情况的通报
根据县委统一部署,2026年3月2日至4月10日,县委第二巡察组对青禾镇党委进行了巡察。5月6日,巡察组向青禾镇党委反馈了意见。
一、强化组织领导
二、逐项整改落实
(一)学习贯彻方面
1.关于“学习不深入”的问题。
整改情况:一是修订学习制度。二是开展集中学习4次。
整改进度:已完成整改。
2.关于“调研不够”的问题。
整改情况:一是制定调研计划。
整改进度:正在整改。
"""


@pytest.fixture
def county():
    return make_unit("云岭县")


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "青禾镇通报.txt"
    path.write_text(SMALL, encoding="utf-8")
    return str(path)


def run(path, capsys, *options, unit="云岭县") -> dict:
    call_command("import_notice", str(path), "--unit", unit, "--json", *options)
    return json.loads(capsys.readouterr().out)


def nothing_written() -> bool:
    return not any(m.objects.exists() for m in (Notice, Aspect, Issue, Task, Transition, Event))


# ── Three published notices ──────────────────────────────────────────────────

REAL = [
    ("hecheng-2021", 6, 53, 170, IssueFigures(53, 26, 27, 0, 0)),
    ("nanhai-2019", 5, 39, 134, None),
    ("heshan-2019", 6, 58, 102, None),
]


@pytest.mark.parametrize(("name", "aspects", "issues", "tasks", "figures"), REAL)
def test_a_published_notice_becomes_its_issues_and_tasks(
    county, capsys, real_notices, figure, name, aspects, issues, tasks, figures
):
    started = time.perf_counter()
    found = run(real_notices / f"{name}.txt", capsys)
    figure(f"import of {name}", f"{time.perf_counter() - started:.2f} s")

    assert (found["created"], found["aspects"], found["issues"], found["tasks"]) == (
        True,
        aspects,
        issues,
        tasks,
    )
    notice = Notice.objects.get(pk=found["notice"])
    assert (notice.aspects.count(), notice.issues.count(), notice.tasks.count()) == (aspects, issues, tasks)
    if figures:
        assert statistics.issue_figures([notice.pk]) == figures
    assert rollup.wrong_rows() == []


def test_hecheng_stands_in_the_database_as_it_was_printed(county, capsys, real_notices):
    found = run(real_notices / "hecheng-2021.txt", capsys)

    notice = Notice.objects.get(pk=found["notice"])
    assert (notice.stage, str(notice.feedback_on), str(notice.signed_on)) == (
        "published",
        "2021-06-29",
        "2021-12-01",
    )
    states = {s: Task.objects.filter(state=s).count() for s in ("completed", "sustained", "draft")}
    assert sum(states.values()) == 170
    assert states["draft"] == 0
    assert {str(d) for d in Task.objects.values_list("closed_on", flat=True)} == {"2021-12-01"}
    whole = statistics.figures([notice.pk], unit=None, today=TODAY)
    assert (whole.total, whole.completed, whole.sustained) == (170, states["completed"], states["sustained"])
    issue = Issue.objects.get(position=1)
    assert (issue.number, issue.path, issue.tasks.count()) == ("W01-001", [1, 1], 4)
    warned = [w for w in found["warnings"] if w["line"] == 47]
    assert len(warned) == 1


def test_the_same_notice_again_creates_nothing(county, capsys, real_notices, tmp_path):
    first = run(real_notices / "hecheng-2021.txt", capsys)
    counts = [m.objects.count() for m in (Notice, Issue, Task, Transition, Event)]
    windows = tmp_path / "again.txt"
    windows.write_bytes(
        (real_notices / "hecheng-2021.txt").read_text().replace("\n", "\r\n").encode("gb18030")
    )

    for path in (real_notices / "hecheng-2021.txt", windows):
        again = run(path, capsys)
        assert again == {**first, "created": False}

    assert [m.objects.count() for m in (Notice, Issue, Task, Transition, Event)] == counts


def test_all_three_stand_beside_each_other(county, capsys, real_notices):
    for name, *_ in REAL:
        run(real_notices / f"{name}.txt", capsys)

    assert Notice.objects.count() == 3
    assert Task.objects.count() == 170 + 134 + 102


# ── A notice of our own ──────────────────────────────────────────────────────


def test_printed_states_are_taken_over_and_the_rest_are_drafts(county, small, capsys):
    found = run(small, capsys)

    assert (found["issues"], found["tasks"]) == (2, 3)
    assert list(Task.objects.order_by("number").values_list("state", flat=True)) == [
        "completed",
        "completed",
        "draft",
    ]
    assert Notice.objects.get().stage == Stage.RUNNING
    assert Notice.objects.get().text == SMALL
    assert set(Event.objects.values_list("actor_name", flat=True)) == {"系统(命令行)"}


def test_without_json_a_person_reads_what_was_made(county, small, capsys):
    call_command("import_notice", small, "--unit", "云岭县")

    first = capsys.readouterr().out.splitlines()[0]
    notice = Notice.objects.get()
    assert first == f"已录入批次 {notice.pk}“{notice.title}”：1 个方面、2 个问题、3 项任务。"


def test_the_office_of_the_party_may_and_is_recorded(county, small, capsys):
    make_user("office", (Role.OFFICE, county), name="葛主任")

    run(small, capsys, "--by", "office")

    assert Notice.objects.get().created_by.username == "office"
    assert set(Event.objects.values_list("actor_name", flat=True)) == {"葛主任"}


@pytest.mark.parametrize("role", [Role.STAFF, Role.HEAD, Role.LEADER, Role.SUPERVISOR, Role.ADMIN])
def test_others_may_not(county, small, capsys, role):
    make_user("other", (role, county))

    with pytest.raises(CommandError, match="您不是“云岭县”的整改办人员"):
        run(small, capsys, "--by", "other")

    assert nothing_written()


def test_the_office_of_another_county_may_not(county, small, capsys):
    make_user("other", (Role.OFFICE, make_unit("临江县")))

    with pytest.raises(CommandError):
        run(small, capsys, "--by", "other")

    assert nothing_written()


def test_a_word_document_and_a_web_page_give_the_same_notice(county, small, capsys, tmp_path):
    document = Document()
    for line in SMALL.splitlines():
        document.add_paragraph(line)
    document.save(tmp_path / "通报.docx")
    page = "".join(f"<p>{line}</p>" for line in SMALL.splitlines())
    (tmp_path / "通报.html").write_text(f"<html><meta charset='utf-8'><body>{page}</body></html>", "utf-8")

    first = run(small, capsys)
    for name in ("通报.docx", "通报.html"):
        assert run(tmp_path / name, capsys) == {**first, "created": False}

    assert Task.objects.count() == 3


# ── What is no notice changes nothing ────────────────────────────────────────


def test_an_unknown_unit_offers_the_likeliest(county, small, capsys):
    make_unit("云岭县青禾镇党委")

    with pytest.raises(CommandError, match="^没有单位“云岭县青禾镇委”，是否为：云岭县青禾镇党委、云岭县？$"):
        run(small, capsys, unit="云岭县青禾镇委")

    assert nothing_written()


def test_without_any_unit_the_way_is_named(small, capsys):
    with pytest.raises(CommandError, match="^没有单位“云岭县”，请先用 import_units 导入单位。$"):
        run(small, capsys)


WRONG = [
    ("空.txt", b""),
    ("散文.txt", "秋天的风吹过原野。\n我们坐在河边。\n".encode()),
    ("表格.xlsx", b"PK\x03\x04"),
    ("乱码.txt", bytes(range(256)) * 4),
    ("旧稿.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    ("假稿.docx", b"<html>"),
    ("程序.exe", b"MZ\x90"),
]


@pytest.mark.parametrize(("name", "content"), WRONG)
def test_a_wrong_file_is_refused_with_one_sentence_and_changes_nothing(
    county, tmp_path, capsys, name, content
):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(CommandError) as refused:
        run(path, capsys)

    assert str(refused.value).endswith("。")
    assert "\n" not in str(refused.value)
    assert capsys.readouterr().out == ""
    assert nothing_written()


def test_a_missing_file_is_named(county, capsys):
    with pytest.raises(CommandError, match="^找不到文件“没有.txt”，请核对路径。$"):
        run("没有.txt", capsys)


def test_the_same_title_with_another_text_is_refused(county, small, capsys, tmp_path):
    run(small, capsys)
    other = tmp_path / "other.txt"
    other.write_text(SMALL.replace("4次", "5次"), encoding="utf-8")

    with pytest.raises(CommandError, match="已有同名批次"):
        run(other, capsys)

    assert Notice.objects.count() == 1
