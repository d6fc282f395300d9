import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from notices.domain import search
from notices.models import SearchEntry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def task():
    county = factories.make_unit("青禾县")
    return factories.make_task(
        factories.make_issue(factories.make_notice(county)), lead=county, text="清淤涵洞三处"
    )


def test_an_index_that_is_right(task, capsys):
    call_command("check_search")

    marks = 3 if connection.vendor == "sqlite" else 4  # there one mark stands for both texts of an issue
    assert capsys.readouterr().out == f"检索索引与实际相符；{marks} 处改动等待编入，查询时已直接比对。\n"


def test_a_wrong_entry_is_a_problem_until_it_is_repaired(task, capsys):
    search.catch_up()
    SearchEntry.objects.filter(text__contains="涵洞").delete()

    with pytest.raises((CommandError, SystemExit)):
        call_command("check_search")
    call_command("check_search", "--repair", "--json")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    call_command("check_search")

    assert (told["wrong"], told["repaired"], search.wrong_entries()) == (
        2
        if connection.vendor == "sqlite"
        else 1,  # there the words lie beside the entry and are missed as well
        True,
        [],
    )
