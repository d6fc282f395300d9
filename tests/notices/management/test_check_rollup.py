import json

import pytest
from django.core.management import CommandError, call_command

from notices.domain import rollup
from notices.models import Rollup, TaskScope
from tests.factories import TODAY, make_task, make_world

pytestmark = pytest.mark.django_db


def test_right_counts_are_said(capsys):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY)

    call_command("check_rollup")

    assert capsys.readouterr().out == "可见范围与汇总均与实际相符。\n"


def test_wrong_counts_are_listed_and_repaired_on_demand(capsys):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, deadline=TODAY)
    TaskScope.objects.filter(unit=w.bureau).delete()
    Rollup.objects.filter(unit=w.bureau).update(count=5)

    with pytest.raises(CommandError) as refused:
        call_command("check_rollup", "--json")
    found = json.loads(capsys.readouterr().out)
    assert str(refused.value) == "有 2 处与实际不符，请用 --repair 重算。"
    assert (found["wrong"], found["repaired"]) == (2, False)
    assert found["rows"][0] == f"任务 {task.pk} 的可见范围与实际不符"

    call_command("check_rollup", "--repair", "--json")
    assert json.loads(capsys.readouterr().out)["repaired"] is True
    assert rollup.wrong_rows() == []
