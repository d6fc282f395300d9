"""The documented example, run as a technician would run it, against a real server."""

import sys
from pathlib import Path

import pytest
from django.db import connection

from notices.models import Progress, Task
from notices.terms import State
from tests.factories import make_task, make_token, make_world
from tests.processes import run

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "file_report.py"
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_example_files_once_and_hands_in(live_server):
    if connection.vendor != "sqlite":
        pytest.skip("says the same on every engine: runs in one round")
    world = make_world()
    task = make_task(world.issue, lead=world.bureau)
    key = make_token(world.staff, "read", "report")

    def example(*words, token=key):
        env = {"TRACKER_URL": live_server.url, "TRACKER_TOKEN": token, "PATH": "", "PYTHONUTF8": "1"}
        return run(str(EXAMPLE), *words, env=env, seconds=60)

    first = example(task.number, "已完成排查", "--next", "修订制度")
    again = example(task.number, "已完成排查", "--next", "修订制度")
    submitted = example(task.number, "已完成修订", "--submit", "completed", "--no-evidence", "材料另报")
    strange = example("W99-001-01", "x")
    wrong = example(task.number, "x", token="zg_wrong")

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == again.stdout
    assert first.stdout.startswith("已填报：W01-001-01，第 ")
    assert submitted.stdout.endswith("已申请销号：W01-001-01，状态 submitted\n")
    assert (strange.returncode, strange.stderr) == (1, "没有找到任务 W99-001-01，或令牌无权查看。\n")
    assert (wrong.returncode, wrong.stderr) == (1, "请先登录（401）：访问令牌无效或账号已停用。\n")
    assert list(Progress.objects.order_by("pk").values_list("text", flat=True)) == [
        "已完成排查",
        "已完成修订",
    ]
    assert Task.objects.get().state == State.SUBMITTED
    assert sys.version_info >= (3, 9)
