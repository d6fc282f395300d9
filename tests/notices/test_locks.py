"""Which field is read-only for whom in which state: the table by hand, and the same sentence wherever it is met."""

import json

import pytest
from rest_framework.test import APIClient

from notices import locks
from notices.domain import grid_write, planning
from notices.domain.grid_write import Acting
from notices.errors import Refused
from notices.forms.edit import shown_values
from notices.locks import Capacity
from notices.models import Notice, Task
from notices.terms import Stage, State
from tests.factories import AT, TODAY, make_task, make_token, make_world
from tests.notices.ledger.conftest import Trip

STATES = ("draft", "pending", "active", "submitted", "verifying", "completed", "sustained", "cancelled")
# A letter for each state of STATES: - free; c cancelled; o only the office; d as well, asking leads to more time;
# l the lead is changed by a step; b before work; e ended; u only office and lead unit; w only units of the task.
TABLE = {
    ("text", "office"): "-------c", ("text", "lead"): "oooooooc", ("text", "part"): "oooooooc",
    ("text", "other"): "oooooooc",
    ("kind", "lead"): "oooooooc", ("evidence_kinds", "lead"): "oooooooc", ("supporting", "lead"): "oooooooc",
    ("leader_text", "lead"): "oooooooc", ("review_days", "lead"): "oooooooc", ("keep_up", "lead"): "oooooooc",
    ("deadline", "office"): "-------c", ("deadline", "lead"): "oodooooc", ("deadline", "part"): "oooooooc",
    ("deadline", "other"): "oooooooc",
    ("lead_unit", "office"): "-llll--c", ("lead_unit", "lead"): "oooooooc", ("lead_unit", "part"): "oooooooc",
    ("lead_unit", "other"): "oooooooc",
    ("contact_phone", "office"): "-------c", ("contact_phone", "lead"): "-----e-c",
    ("contact_phone", "part"): "uuuuuuuc", ("contact_phone", "other"): "uuuuuuuc",
    ("contact_text", "lead"): "-----e-c", ("remark", "lead"): "-----e-c", ("remark", "part"): "uuuuuuuc",
    ("progress", "office"): "-------c", ("progress", "lead"): "bb---r-c", ("progress", "part"): "bb---r-c",
    ("progress", "other"): "wwwwwwwc",
    ("next_step", "lead"): "bb---r-c", ("blocked", "part"): "bb---r-c",
}  # fmt: skip
SAID = {
    "-": "",
    "c": "任务已撤销，不能修改。",
    "o": "某某只能由整改办修改。",
    "d": "某某只能由整改办修改，需要延期请在任务页“申请延期”。",
    "l": "任务已交单位办理，更换某某请在任务页用“改派”。",
    "e": "任务已销号，某某不再修改，需要更正请联系整改办。",
    "r": "任务已销号，不再填报某某；情况有反复的，由整改办“反弹重改”。",
    "u": "某某只能由整改办和牵头单位修改。",
    "w": "只有承担该任务的单位可以填报某某。",
}


@pytest.mark.parametrize(("field", "who"), TABLE)
def test_the_table(field, who):
    found = [locks.refusal({field: "某某"}, state, Capacity(who)) for state in STATES]

    begin = "任务处于“{}”，签收并进入整改后才能填报某某。"
    said = SAID | {"b": ""}
    expected = [
        begin.format(State(state).label) if letter == "b" else said[letter]
        for state, letter in zip(STATES, TABLE[field, who], strict=True)
    ]
    assert found == expected
    assert list(STATES) == [s.value for s in State]


def test_fields_of_one_reason_share_a_sentence():
    fields = {"text": "整改措施", "kind": "措施类别", "remark": "备注", "deadline": "完成时限"}

    assert locks.refusal(fields, "active", Capacity.LEAD) == (
        "整改措施、措施类别只能由整改办修改。完成时限只能由整改办修改，需要延期请在任务页“申请延期”。"
    )
    assert locks.locked(fields, "completed", Capacity.PART)["remark"] == "备注只能由整改办和牵头单位修改。"


# ── Issues ───────────────────────────────────────────────────────────────────
SET = "问题编号由系统编排，不能修改。"
FOLLOWS = "整改进度由各项任务的状态得出，不能直接修改，请在任务里办理。"
ISSUE = {  # field: (label, why for the office, why for everybody else)
    "title": ("问题", "", "问题只能由整改办修改。"),
    "detail": ("具体表现", "", "具体表现只能由整改办修改。"),
    "aspect": ("方面", "", "方面只能由整改办修改。"),
    "source": ("问题来源", "", "问题来源只能由整改办修改。"),
    "target": ("整改目标", "", "整改目标只能由整改办修改。"),
    "leader_text": ("责任领导", "", "责任领导只能由整改办修改。"),
    "lead_text": ("牵头单位", "", "牵头单位只能由整改办修改。"),
    "responsible_text": ("责任单位", "", "责任单位只能由整改办修改。"),
    "deadline": ("整改时限", "", "整改时限只能由整改办修改。"),
    "issue_number": ("问题编号", SET, SET),
    "issue_progress": ("整改进度", FOLLOWS, FOLLOWS),
}
OTHERS = [Capacity.LEAD, Capacity.PART, Capacity.OTHER]


@pytest.mark.parametrize("field", ISSUE)
def test_the_table_of_issues(field):
    label, office, others = ISSUE[field]

    found = [locks.issue_refusal({field: label}, who) for who in (Capacity.OFFICE, *OTHERS)]

    assert found == [office, others, others, others]
    assert locks.issue_locked({field: label}, Capacity.OTHER) == {field: others}
    assert locks.issue_locked({field: label}, Capacity.OFFICE) == ({field: office} if office else {})


def into(task, state):
    day = TODAY if state == State.COMPLETED else None
    Task.objects.filter(pk=task.pk).update(state=state, closed_on=day, finished_on=day)


# ── The same sentence wherever it is met ─────────────────────────────────────
MEASURE = "整改措施只能由整改办修改。"
LATER = "完成时限只能由整改办修改，需要延期请在任务页“申请延期”。"
LEAD = "任务已交单位办理，更换牵头单位请在任务页用“改派”。"
pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(world.issue, lead=world.bureau, supporting=(world.town,), contact_text="安经办")
    return world


def test_the_form_of_the_unit_shows_what_is_read_only_and_why(client, w):
    client.force_login(w.staff)

    page = client.get(f"/tasks/{w.task.pk}/edit").content.decode()

    assert [name for name in ("contact_text", "text", "deadline") if f'name="{name}"' in page] == [
        "contact_text"
    ]
    assert MEASURE in page and LATER in page


def test_the_form_of_the_office_keeps_the_lead_of_a_running_task(client, w):
    client.force_login(w.office)

    page = client.get(f"/tasks/{w.task.pk}/edit").content.decode()

    assert ('name="lead"' in page, 'name="text"' in page, LEAD in page) == (False, True, True)


def test_what_is_typed_into_a_read_only_field_is_refused_not_dropped(client, w):
    client.force_login(w.staff)
    shown = shown_values(Task.objects.prefetch_related("task_units").get(pk=w.task.pk))
    typed = {"contact_text": "柏接手", "text": "另一措施", "base": json.dumps(shown)}

    answer = client.post(f"/tasks/{w.task.pk}/edit", typed)

    assert (answer.status_code, MEASURE in answer.content.decode()) == (422, True)
    assert Task.objects.get(pk=w.task.pk).contact_text == "安经办"


@pytest.mark.parametrize(
    ("name", "state", "said"),
    [
        (
            "staff",
            State.COMPLETED,
            "只读：任务已销号，责任人、联系电话和备注不再修改，需要更正请联系整改办。",
        ),
        ("town_staff", State.ACTIVE, "只读：责任人、联系电话和备注只能由整改办和牵头单位修改。"),
        ("office", State.CANCELLED, "只读：任务已撤销，不能修改。"),
        (
            "staff",
            State.PENDING,
            "不能填报：任务处于“待签收”，签收并进入整改后才能填报进展。",
        ),
    ],
)
def test_the_page_of_the_task_says_why_nothing_can_be_changed(client, w, name, state, said):
    into(w.task, state)
    client.force_login(getattr(w, name))

    assert said in client.get(f"/tasks/{w.task.pk}").content.decode()


def test_the_interface_refuses_in_the_same_words(w):
    api = APIClient(headers={"Authorization": f"Token {make_token(w.staff)}", "If-Match": "*"})

    answer = api.patch(f"/api/tasks/{w.task.pk}/", {"deadline": "2030-01-01"}, format="json")

    assert (answer.status_code, answer.json()["detail"]) == (409, LATER)
    with pytest.raises(Refused, match=MEASURE):
        planning.edit_task(w.task, {"text": "另一措施"}, base={}, by=w.head, at=AT)


def test_the_sheet_of_the_plan_marks_the_cell_and_refuses_it(client, w):
    client.force_login(w.office)

    page = client.get(f"/notices/{w.notice.pk}/planning?only=").content.decode()
    pasted = grid_write.paste(w.notice, [w.task.pk], "lead", [["青禾镇"]], Acting(w.office, AT))

    assert page.count(f'data-locked="{LEAD}"') == 1
    assert [r.message for r in pasted.refusals] == [LEAD]


LEDGER = [
    ("staff", State.ACTIVE, "备注", ""),
    ("staff", State.ACTIVE, "整改进展", ""),
    ("staff", State.ACTIVE, "完成时限", LATER),
    ("staff", State.PENDING, "整改进展", "任务处于“待签收”，签收并进入整改后才能填报整改进展。"),
    (
        "staff",
        State.COMPLETED,
        "整改进展",
        "任务已销号，不再填报整改进展；情况有反复的，由整改办“反弹重改”。",
    ),
    ("staff", State.COMPLETED, "备注", "任务已销号，备注不再修改，需要更正请联系整改办。"),
    ("town_staff", State.ACTIVE, "整改进展", ""),
    ("town_staff", State.ACTIVE, "责任人", "责任人只能由整改办和牵头单位修改。"),
    ("office", State.COMPLETED, "备注", ""),
]


@pytest.mark.parametrize(("name", "state", "header", "why"), LEDGER)
def test_the_ledger_refuses_in_the_same_words(w, name, state, header, why):
    into(w.task, state)
    person = getattr(w, name)
    trip = Trip(w).export(by=person)
    trip.set("任务清单", w.task.number, header, "2030-01-01" if header == "完成时限" else "已改")

    [row] = trip.plan(by=person).rows

    assert row.reason == (f"任务清单!第 4 行：{why}" if why else "")


def test_an_archived_notice_is_read_only_everywhere(client, w):
    Notice.objects.filter(pk=w.notice.pk).update(stage=Stage.ARCHIVED)
    client.force_login(w.staff)

    assert f"只读：{locks.ARCHIVED}" in client.get(f"/tasks/{w.task.pk}").content.decode()


# ── The same of an issue ─────────────────────────────────────────────────────
NOT_YOURS = "问题只能由整改办修改。"


def test_the_page_of_an_issue_says_why_it_cannot_be_changed(client, w):
    client.force_login(w.staff)
    page = client.get(f"/issues/{w.issue.pk}").content.decode()
    client.force_login(w.office)
    own = client.get(f"/issues/{w.issue.pk}").content.decode()
    form = client.get(f"/issues/{w.issue.pk}/edit").content.decode()

    assert "只读：问题的内容只能由整改办修改。" in page and "/edit" not in page
    assert "只读：" not in own and f"/issues/{w.issue.pk}/edit" in own
    assert "编号由系统编排，不能修改。" in form and FOLLOWS in form
    assert 'name="number"' not in form and 'name="progress"' not in form


def test_the_interface_changes_an_issue_for_the_office_and_refuses_others_in_the_same_words(w):
    path = f"/api/issues/{w.issue.pk}/"
    office, staff = (
        APIClient(headers={"Authorization": f"Token {make_token(user)}", "If-Match": "*"})
        for user in (w.office, w.staff)
    )

    refused = staff.patch(path, {"title": "另一问题"}, format="json")
    unknown = office.patch(path, {"progress": "completed"}, format="json")
    done = office.patch(path, {"title": "另一问题", "target": "年底前建成"}, format="json")
    stale = office.patch(
        path, {"title": "又一问题"}, format="json", headers={"If-Match": f'"{w.issue.pk}.0"'}
    )
    unseen = office.patch(path, {"title": "又一问题"}, format="json", headers={"If-Match": ""})

    assert (refused.status_code, refused.json()["detail"]) == (409, NOT_YOURS)
    assert (unknown.status_code, list(unknown.json()["errors"])) == (400, ["progress"])
    assert (done.status_code, done.json()["title"], done.headers["ETag"]) == (
        200,
        "另一问题",
        f'"{w.issue.pk}.1"',
    )
    assert (stale.status_code, unseen.status_code) == (412, 412)


@pytest.mark.parametrize("by", ["staff", "head", "leader", "supervisor"])
def test_the_rule_itself_refuses_in_the_same_words(w, by):
    with pytest.raises(Refused) as refused:
        planning.edit_issue(w.issue, {"title": "另一问题"}, base={}, by=getattr(w, by), at=AT)

    assert str(refused.value) == NOT_YOURS


@pytest.mark.parametrize(
    ("header", "why"),
    [("问题", NOT_YOURS), ("问题来源", "问题来源只能由整改办修改。"), ("方面", "方面只能由整改办修改。")],
)
def test_the_ledger_refuses_changes_of_an_issue_in_the_same_words(w, header, why):
    trip = Trip(w).export(by=w.staff)
    trip.set("问题清单", w.issue.number, header, "已改")

    [row] = trip.plan(by=w.staff).rows

    assert row.reason == f"问题清单!第 4 行：{why}"


def test_an_issue_of_an_archived_notice_is_read_only_everywhere(client, w):
    Notice.objects.filter(pk=w.notice.pk).update(stage=Stage.ARCHIVED)
    client.force_login(w.office)
    api = APIClient(headers={"Authorization": f"Token {make_token(w.office)}", "If-Match": "*"})

    answer = api.patch(f"/api/issues/{w.issue.pk}/", {"title": "另一问题"}, format="json")

    assert f"只读：{locks.ARCHIVED}" in client.get(f"/issues/{w.issue.pk}").content.decode()
    assert (answer.status_code, answer.json()["detail"]) == (409, locks.ARCHIVED)
