"""The frame: which entries stand in the row and which under 更多."""

import pytest

from notices.context import FRONT, NAV, ROW, Entry, folded
from tests.factories import make_world

pytestmark = pytest.mark.django_db


def entries(*names):
    return [Entry(name, name, f"/{name}", False) for name in names]


def names(found):
    return [e.name for e in found]


def test_what_fits_stays_in_its_order():
    every = entries(*(e[0] for e in NAV[:ROW]))
    assert folded(every) == (every, [])


def test_of_more_the_first_ones_lead_and_none_is_lost():
    every = entries(*(e[0] for e in NAV))
    row, more = folded(every)
    assert names(row) == list(FRONT)
    assert sorted(names(row) + names(more)) == sorted(names(every))


def test_every_first_one_exists():
    assert set(FRONT) <= {e[0] for e in NAV}


def test_the_page_under_more_names_itself(client):
    w = make_world()
    client.force_login(w.office)
    page = client.get("/intake").content.decode()
    assert '<summary aria-current="page">录入</summary>' in page
    assert "<summary>更多</summary>" in client.get("/tasks").content.decode()
