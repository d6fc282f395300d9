"""The contact's telephone number: whole for who has business with it, on the task's page and of one task over HTTP;
with its middle hidden in every list and export; and a masked number that comes back is the stored one."""

import io
import re
import zipfile

import pytest
from rest_framework.test import APIClient

from notices.domain import contacts, grid_write, planning, subplans
from notices.domain.grid_write import Acting
from notices.errors import Refused
from notices.models import Task
from tests.factories import AT, TODAY, make_task, make_token, make_users, make_world

pytestmark = pytest.mark.django_db
NUMBER, SHOWN = "13812341234", "138****1234"
WRONG = "联系电话：“138****9999”隐去了中间的数字，与系统中的号码对不上，请填写完整号码，或保持原样不改。"
WHOLE = {
    "staff": True,  # of the lead unit
    "head": True,
    "section_staff": False,  # of a unit below the lead, supporting
    "town_staff": False,  # of a supporting unit
    "town_head": False,
    "leader": True,  # presses the county's units
    "office": True,
    "supervisor": True,
}


@pytest.fixture
def w():
    world = make_world()
    world.task = make_task(
        world.issue,
        lead=world.bureau,
        supporting=(world.section, world.town),
        contact_text="安经办",
        contact_phone=NUMBER,
    )
    return world


def numbers(text):
    return set(re.findall(r"138[\d*]{4}1234", text))


@pytest.mark.parametrize(("name", "whole"), WHOLE.items())
def test_the_whole_number_is_for_who_has_business_with_it(client, w, name, whole):
    person, expected = getattr(w, name), {NUMBER} if whole else {SHOWN}
    client.force_login(person)
    api = APIClient()
    api.force_authenticate(person)

    assert contacts.knows_phone(person, w.task) is whole
    assert numbers(client.get(f"/tasks/{w.task.pk}").content.decode()) == expected
    assert {api.get(f"/api/tasks/{w.task.pk}/").json()["contact_phone"]} == expected


def test_the_contact_and_the_leader_know_it_by_themselves(w):
    one, other = make_users(("hu", (), "胡联系", ""), ("ji", (), "季领导", ""))
    Task.objects.filter(pk=w.task.pk).update(contact=one, leader=other)
    w.task.refresh_from_db()

    assert [contacts.knows_phone(p, w.task) for p in (one, other, w.admin)] == [True, True, False]


@pytest.mark.parametrize("name", ["staff", "town_staff", "leader", "office"])
def test_no_list_and_no_export_holds_a_whole_number(client, w, name):
    client.force_login(getattr(w, name))

    for url in ("/tasks", "/duties", "/issues", "/overdue", "/api/tasks/", f"/search?q={NUMBER[-4:]}"):
        assert NUMBER not in client.get(url).content.decode(), url
    assert client.get("/api/tasks/").json()["results"][0]["contact_phone"] == SHOWN
    answer = client.post("/ledger/export", {"notice": w.notice.pk})
    book = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    texts = {member: book.read(member).decode("utf-8", "replace") for member in book.namelist()}
    assert [member for member, text in texts.items() if NUMBER in text] == []
    assert [member for member, text in texts.items() if SHOWN in text] != []


# ── On the way back ──────────────────────────────────────────────────────────
def change(w, number):
    return planning.edit_task(w.task, {"contact_phone": number}, base={}, by=w.staff, at=AT)


def stored(w):
    return Task.objects.get(pk=w.task.pk).contact_phone


def test_the_mask_of_the_stored_number_changes_nothing(w):
    assert (change(w, SHOWN), stored(w)) == ([], NUMBER)


def test_another_mask_is_refused_and_a_whole_number_taken(w):
    with pytest.raises(Refused) as refused:
        change(w, "138****9999")
    assert (str(refused.value), stored(w)) == (WRONG, NUMBER)

    assert (change(w, "13900001111"), stored(w)) == (["contact_phone"], "13900001111")


def test_over_http_a_masked_number_is_the_stored_one_or_refused(w):
    key = make_token(w.staff)
    api = APIClient(headers={"Authorization": f"Token {key}", "If-Match": "*"})

    kept = api.patch(f"/api/tasks/{w.task.pk}/", {"contact_phone": SHOWN, "remark": "改"}, format="json")
    refused = api.patch(f"/api/tasks/{w.task.pk}/", {"contact_phone": "138****9999"}, format="json")

    assert (kept.status_code, kept.json()["remark"], stored(w)) == (200, "改", NUMBER)
    assert (refused.status_code, refused.json()["detail"]) == (409, WRONG)


def test_the_sheet_of_the_plan_refuses_it_by_its_cell(w):
    block = [["138****9999"]]

    found = grid_write.paste(w.notice, [w.task.pk], "phone", block, Acting(w.office, AT))
    same = grid_write.paste(w.notice, [w.task.pk], "phone", [[SHOWN]], Acting(w.office, AT))

    assert [str(r) for r in found.refusals] == [f"第 1 行第 1 列（{w.task.number}“联系电话”）：{WRONG}"]
    assert (same.refusals, stored(w)) == ([], NUMBER)


def test_a_new_part_takes_no_masked_number(w):
    given = {"text": "排查", "lead": w.section, "contact_phone": SHOWN}

    with pytest.raises(Refused, match="隐去了中间的数字"):
        subplans.add_part(w.task, **given, by=w.staff, at=AT, today=TODAY)
