"""审计日志: read and taken out by the auditor, by key, at the same cost for any length."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts import audit
from accounts.audit import Act
from accounts.models import Event
from accounts.roles import Role
from tests.factories import AT, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client):
    user = make_user("auditor", (Role.AUDITOR, make_unit("云岭县")))
    client.force_login(user)
    return user


def write(count: int) -> None:
    acts = [Act("task.report", "task", n, 1, data={"text": f"秘密{n}"}) for n in range(count)]
    audit.record_many(acts, by=None, at=AT)


def test_pages_follow_each_other_and_show_no_content(client, auditor):
    write(60)

    first = client.get(reverse("notices:audit_log"))
    second = client.get(reverse("notices:audit_log") + first.context["page"].next)

    told = [line.subject for page in (first, second) for line in page.context["lines"]]
    assert told == [f"任务 {n}" for n in range(59, -1, -1)]
    assert "秘密" not in first.content.decode()
    assert "共 60 项" in first.content.decode()


def test_a_long_log_costs_the_same(client, auditor, django_assert_max_num_queries):
    write(200)

    with django_assert_max_num_queries(9):
        client.get(reverse("notices:audit_log"))


def test_dates_the_wrong_way_round_are_said(client, auditor):
    write(1)
    page = client.get(reverse("notices:audit_log"), {"since": "2026-11-02", "until": "2026-11-01"})

    assert "起始日期不能晚于截止日期。" in page.content.decode()
    assert page.context["lines"] == []


def test_an_empty_answer_says_what_to_do(client, auditor):
    assert (
        "请放宽日期或姓名后重试" in client.get(reverse("notices:audit_log"), {"who": "无"}).content.decode()
    )


def test_the_workbook_holds_the_rows_asked_for_as_texts(client, auditor):
    write(3)
    audit.record(Act("unit.edit", "unit", 1, data={"name": ["旧", '=HYPERLINK("x")']}), by=None, at=AT)

    answer = client.post(reverse("notices:audit_export"), {"what": "unit"})
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active

    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]][:3] == ["序号", "时间", "姓名"]
    assert len(rows) == 2
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert 'HYPERLINK("x")' in rows[1][9].value.replace("\\", "")
    assert Event.objects.filter(action="audit.export", actor=auditor).count() == 1


def test_the_auditor_finds_the_way_from_the_first_page(client, auditor):
    assert reverse("notices:audit_log") in client.get(reverse("notices:home")).content.decode()
