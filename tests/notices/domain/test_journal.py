"""The log as the auditor reads it: content only as hashes, accounts in words."""

import datetime as dt

import pytest

from accounts import audit
from accounts.audit import Act
from accounts.models import Event
from accounts.roles import Role
from notices.domain import journal
from notices.errors import Refused
from tests.factories import AT, make_unit, make_user

pytestmark = pytest.mark.django_db
TEXT = "已清理台账并印发制度"


def facts_of(act: Act) -> dict[str, str]:
    return dict(journal.line(audit.record(act, by=None, at=AT)).facts)


# ── What may be read ─────────────────────────────────────────────────────────
def test_content_is_shown_as_a_hash_that_only_tells_equal_from_other():
    first = facts_of(Act("task.edit", "task", 7, 1, data={"text": [TEXT, "新"], "state": "active"}))
    again = facts_of(Act("task.edit", "task", 8, 1, data={"text": ["旧", TEXT], "remark": ""}))

    assert set(first) == {"text", "state"}
    assert all(TEXT not in value and "active" not in value for value in first.values())
    assert first["text"].split(" → ")[0] == again["text"].split(" → ")[1]
    assert first["text"].split(" → ")[1] != again["text"].split(" → ")[0]


@pytest.mark.parametrize("kind", ["user", "unit", "page"])
def test_accounts_units_and_addresses_are_shown_as_they_are(kind):
    assert facts_of(Act("person.grant", kind, 3, data={"role": "office", "n": [1, 2]})) == {
        "role": "office",
        "n": "[1, 2]",
    }


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("task.submit", "任务：申请销号"),
        ("task.take_over", "任务：接收历史台账"),
        ("person.grant", "人员：授予角色"),
        ("user.sign_in", "账号：登录"),
        ("request.refused", "请求：未办成的请求"),
        ("strange.deed", "strange：deed"),
    ],
)
def test_an_action_has_words(action, words):
    assert journal.label_of(action) == words


# ── What is asked for ────────────────────────────────────────────────────────
def test_rows_are_found_by_day_name_action_and_result():
    office = make_user("office", (Role.OFFICE, make_unit("云岭县")), name="葛主任")
    day = dt.timedelta(days=1)
    audit.record(Act("task.report", "task", 1), by=office, at=AT)
    audit.record(Act("task.submit", "task", 1), by=office, at=AT + day)
    audit.record(Act("user.sign_in", "user", 1, ok=False), by=None, at=AT + 2 * day)
    on = AT.astimezone().date()

    def found(**asked) -> list[str]:
        return list(journal.entries(**asked).order_by("pk").values_list("action", flat=True))

    assert found() == ["task.report", "task.submit", "user.sign_in"]
    assert found(since=on + day) == ["task.submit", "user.sign_in"]
    assert found(until=on) == ["task.report"]
    assert found(since=on + day, until=on + day) == ["task.submit"]
    assert found(who="葛") == ["task.report", "task.submit"]
    assert found(what="task.s") == ["task.submit"]
    assert found(ok="0") == ["user.sign_in"]
    assert found(ok="1", what="user") == []


# ── What is taken out ────────────────────────────────────────────────────────
def test_an_export_leaves_a_row_of_its_own():
    auditor = make_user("auditor", (Role.AUDITOR, make_unit("云岭县")))
    audit.record(Act("task.report", "task", 1), by=None, at=AT)

    lines = list(journal.export(journal.entries(what="task"), by=auditor, at=AT, asked={"what": "task"}))

    assert [line.code for line in lines] == ["task.report"]
    row = Event.objects.get(action="audit.export")
    assert (row.actor, row.data) == (auditor, {"what": "task"})


def test_nobody_else_takes_it_out():
    office = make_user("office", (Role.OFFICE, make_unit("云岭县")))

    with pytest.raises(Refused, match="只有审计员"):
        journal.export(journal.entries(), by=office, at=AT, asked={})
    assert not Event.objects.exists()
