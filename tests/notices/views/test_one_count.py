"""A number is counted once: the interface, the workbook and every document print what the statistics say of the same
notice on the same day."""

import io
import re
from collections import Counter
from dataclasses import asdict

import docx
import openpyxl
import pytest
from django.utils import timezone

from notices.domain import bulletins, inspection_report, publications, statistics
from notices.domain.notice_papers import bulletin_bytes, publication_bytes
from notices.domain.publication_text import edition
from notices.ledger.export import export_ledger
from notices.ledger.schema import LIST_TITLES
from notices.models import Bulletin
from notices.terms import Light, PrintedProgress
from tests.notices.views.test_board_numbers import rich_world
from tests.notices.views.test_weekly import close, last_monday

pytestmark = pytest.mark.django_db
HEADER = 3  # row of a sheet with the names of its columns


@pytest.fixture
def w():
    world = rich_world()
    world.today, world.at = timezone.localdate(), timezone.now()
    world.notice.refresh_from_db()
    world.tasks = statistics.figures([world.notice.pk], unit=None, today=world.today)
    world.issues = statistics.issue_figures([world.notice.pk])
    assert min(world.tasks.completed, world.tasks.sustained, world.tasks.red, world.tasks.cancelled) > 0
    assert world.tasks.completion_rate != world.issues.completion_rate
    return world


def of_word(content):
    """Its paragraphs as one text, and its tables."""
    read = docx.Document(io.BytesIO(content))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in read.tables]
    return "\n".join(p.text for p in read.paragraphs), tables


def pairs(table):
    """{name: value} of a table whose cells are names and values in turn."""
    cells = [cell for row in table for cell in row]
    return dict(zip(cells[::2], cells[1::2], strict=True))


def sheet(book, listed):
    page = book[LIST_TITLES[listed]]
    names = [cell.value for cell in page[HEADER]]
    rows = page.iter_rows(min_row=HEADER + 1, values_only=True)
    return [dict(zip(names, row, strict=True)) for row in rows if row[1]]


def rate(value):
    return f"{value.normalize():f}%"


def test_the_interface_says_what_the_statistics_say(client, w):
    client.force_login(w.office)

    board = client.get(f"/api/board/?notice={w.notice.pk}").json()
    wall = client.get(f"/api/wall/?notice={w.notice.pk}").json()

    counted = {name: n for name, n in asdict(w.tasks).items() if name in board["figures"]}
    assert {name: board["figures"][name] for name in counted} == counted
    assert wall["figures"] == board["figures"]
    assert board["issues"] == asdict(w.issues)
    lights = Counter(task["light"] for group in wall["groups"] for task in group["tasks"])
    assert lights == {light.value: w.tasks.of(light) for light in Light if light != Light.NONE}


def test_the_workbook_says_what_the_statistics_say(w):
    target = io.BytesIO()
    export_ledger(w.notice, target, by=None, at=w.at, today=w.today)
    book = openpyxl.load_workbook(target)

    progress = sheet(book, "progress")

    sums = {
        name: sum(row[name] for row in progress)
        for name in ("任务数", "已完成", "长期坚持", "整改中", "超期")
    }
    tasks = w.tasks
    assert list(sums.values()) == [tasks.total, tasks.completed, tasks.sustained, tasks.open, tasks.red]
    assert len(progress) == w.issues.total
    assert Counter(row["整改进度"] for row in sheet(book, "issues")) == {
        str(code.label): n for code in PrintedProgress if (n := getattr(w.issues, code))
    }
    lights = Counter(row["亮灯"] for row in sheet(book, "tasks") if row["亮灯"])
    parts = 1  # a part of another task has a row and a red light of its own, and is not counted
    assert lights[Light.RED.label] == tasks.red + parts
    assert (lights[Light.LONG.label], lights[Light.DONE.label]) == (tasks.sustained, tasks.done)


def test_the_weekly_brief_says_what_the_statistics_said_when_the_week_was_closed(w):
    row = close(w, last_monday())
    issue = bulletins.draft(row, by=w.office, at=w.at)
    joined = Bulletin.objects.select_related("notice__unit", "snapshot").get(pk=issue.pk)

    _, tables = of_word(bulletin_bytes(joined, today=w.today))

    told = pairs(tables[0][1:])
    assert {name: told[name] for name in list(told)[:7]} == {
        "任务总数": f"{w.tasks.total} 项",
        "已完成整改": f"{w.tasks.completed} 项",
        "阶段性完成并需长期坚持": f"{w.tasks.sustained} 项",
        "整改完成率（按任务）": f"{w.tasks.completion_rate}%",
        "销号率（按任务）": f"{w.tasks.closing_rate}%",
        "红灯（已超期）": f"{w.tasks.red} 项",
        "黄灯（临近时限）": f"{w.tasks.yellow} 项",
    }


def test_the_public_notice_says_what_the_statistics_say(w):
    row = publications.begin(w.notice, by=w.office, at=w.at, today=w.today)

    said, _ = of_word(publication_bytes(row, edition(row, today=w.today).text))

    issues = w.issues
    assert f"反馈的{issues.total}个问题中" in said
    assert f"整改完成率{rate(issues.completion_rate)}" in said
    printed = Counter(re.findall(r"整改进度：(\S+?)。", said))
    assert printed == {str(code.label): n for code in PrintedProgress if (n := getattr(issues, code))}


def test_the_report_to_the_inspecting_body_says_what_the_statistics_say(w):
    content = inspection_report.take(w.notice, by=w.office, at=w.at, today=w.today)

    _, (by_aspect, counted, *_) = of_word(content)

    issues, tasks = w.issues, w.tasks
    numbers = [issues.total, issues.completed, issues.sustained, issues.in_progress, issues.not_started]
    assert by_aspect[-1] == ["合计", *map(str, numbers), rate(issues.completion_rate)]
    told = pairs(counted[1:])
    wanted = {
        "任务总数": tasks.total, "已完成任务数": tasks.completed, "阶段性完成任务数": tasks.sustained,
        "在办任务数": tasks.open, "超期任务数": tasks.red, "任务完成率": rate(tasks.completion_rate),
        "按期率": rate(tasks.on_time_rate),
    }  # fmt: skip
    assert {name: told[name] for name in wanted} == {name: str(n) for name, n in wanted.items()}
