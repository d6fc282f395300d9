"""责任清单: unit by unit, roles in order, phones masked."""

import re

import pytest

from notices.models import TaskUnit
from notices.terms import State, UnitRole
from tests.factories import make_issue, make_notice, make_task, make_world

pytestmark = pytest.mark.django_db


def rows(page):
    """(unit, role, number) as listed."""
    found = []
    for part in re.split(r'<section class="card list-part">', page.content.decode())[1:]:
        unit = re.search(r'list-aspect">(.+?) <small>', part)[1]
        pairs = re.findall(r'role-\w+">(\w+)</span>.*?data-label="编号">([^<]+)<', part, re.S)
        found += [(unit, role, number) for role, number in pairs]
    return found


@pytest.fixture
def w():
    world = make_world()
    make_task(
        world.issue,
        lead=world.bureau,
        supporting=(world.town,),
        contact_text="安经办",
        contact_phone="13812341234",
    )
    make_task(world.issue, lead=world.town)
    make_task(world.issue, lead=world.town, state=State.CANCELLED)
    return world


def test_units_with_their_parts_the_lead_first(client, w):
    client.force_login(w.office)

    assert rows(client.get("/duties")) == [
        ("云岭县教育局", "牵头", "W01-001-01"),
        ("青禾镇", "牵头", "W01-001-02"),
        ("青禾镇", "配合", "W01-001-01"),
    ]


def test_contact_and_masked_phone_stand_with_the_lead_only(client, w):
    client.force_login(w.office)

    page = client.get("/duties").content.decode()

    assert re.findall(r'data-label="责任人">([^<]+)<', page) == ["安经办", "—", "—"]
    assert re.findall(r'data-label="联系电话">([^<]+)<', page) == ["138****1234", "—", "—"]
    assert "13812341234" not in page


def test_former_leads_are_history(client, w):
    TaskUnit.objects.filter(role=UnitRole.SUPPORTING).update(role=UnitRole.FORMER)
    client.force_login(w.office)

    assert [role for _, role, _ in rows(client.get("/duties"))] == ["牵头", "牵头"]


def test_a_name_that_matches_no_unit_stands_at_the_end(client, w):
    TaskUnit.objects.create(
        task=w.issue.tasks.get(number="W01-001-01"), unit_text="某某专班", role=UnitRole.RESPONSIBLE
    )
    client.force_login(w.office)

    assert rows(client.get("/duties"))[-1] == ("某某专班（未对应到系统单位）", "责任", "W01-001-01")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"role": "supporting"}, [("青禾镇", "配合", "W01-001-01")]),
        ({"q": "W01-001-02"}, [("青禾镇", "牵头", "W01-001-02")]),
        ({"q": "安经办"}, [("云岭县教育局", "牵头", "W01-001-01")]),
        ({"state": "completed"}, []),
    ],
)
def test_filters(client, w, query, expected):
    client.force_login(w.office)

    assert rows(client.get("/duties", query)) == expected


def test_the_parts_of_a_unit_and_those_below_it(client, w):
    make_task(w.issue, lead=w.section)
    client.force_login(w.office)

    found = rows(client.get("/duties", {"unit": w.bureau.pk}))

    assert [unit for unit, _, _ in found] == ["云岭县教育局", "云岭县教育局基建办"]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("staff", [("云岭县教育局", "牵头", "W01-001-01"), ("青禾镇", "配合", "W01-001-01")]),
        ("section_staff", []),
        ("admin", []),
    ],
)
def test_each_person_sees_the_parts_of_the_own_tasks(client, w, who, expected):
    client.force_login(getattr(w, who))

    assert rows(client.get("/duties")) == expected


def test_pages_follow_each_other_without_a_gap(client, w):
    for _ in range(30):
        make_task(w.issue, lead=w.bureau, supporting=(w.town,))
    client.force_login(w.office)

    first = client.get("/duties")
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    found = rows(first) + rows(client.get(f"/duties{following}"))

    assert len(found) == len(set(found)) == 63


def test_the_list_costs_the_same_for_one_row_and_for_more(client, count_queries):
    w = make_world()
    make_task(w.issue, lead=w.bureau)
    client.force_login(w.office)
    few = count_queries(client, "/duties")

    for _ in range(3):
        make_task(make_issue(w.notice), lead=w.town, supporting=(w.bureau,))

    assert count_queries(client, "/duties") == few


def test_the_notice_switch_narrows_the_list(client, w):
    other = make_notice(w.county, title="另一批次")
    make_task(make_issue(other), lead=w.town)
    client.force_login(w.office)

    assert len(rows(client.get("/duties", {"notice": other.pk}))) == 1


def test_a_stranger_is_sent_to_sign_in(client):
    assert client.get("/duties").headers["Location"].startswith("/login")
