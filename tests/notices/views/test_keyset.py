import pytest
from django.http import QueryDict

from notices.models import Task
from notices.views.keyset import MOST, Key, address, in_words, page_of
from tests.factories import make_task, make_world

PK = Key("pk", int)
BY_TEXT = (Key("text", str), Key("pk", int, desc=True))


def words(page):
    return [task.text for task in page.rows]


@pytest.mark.django_db
def test_equal_values_are_parted_by_the_key_in_its_own_direction():
    w = make_world()
    first, second, third = (make_task(w.issue, text=text) for text in ("b", "a", "b"))

    one = page_of(Task.objects.all(), BY_TEXT, QueryDict(""), size=2)
    two = page_of(Task.objects.all(), BY_TEXT, QueryDict(one.next[1:]), size=2)
    back = page_of(Task.objects.all(), BY_TEXT, QueryDict(two.previous[1:]), size=2)

    assert [t.pk for t in one.rows] == [second.pk, third.pk]
    assert [t.pk for t in two.rows] == [first.pk]
    assert [t.pk for t in back.rows] == [second.pk, third.pk]
    assert (one.previous, two.next, back.previous) == (None, None, None)


@pytest.mark.django_db
def test_next_page_stays_right_while_rows_come_and_go():
    w = make_world()
    for text in "abcd":
        make_task(w.issue, text=text)
    order = (Key("text", str), PK)
    one = page_of(Task.objects.all(), order, QueryDict(""), size=2)

    Task.objects.filter(text="b").delete()
    make_task(w.issue, text="0")

    assert words(page_of(Task.objects.all(), order, QueryDict(one.next[1:]), size=2)) == ["c", "d"]


def test_address_changes_one_thing_and_starts_at_the_first_page():
    query = QueryDict("q=食堂&light=red&after=1~2")

    assert address(query, light="") == "?q=%E9%A3%9F%E5%A0%82"
    assert address(query, light="green") == "?q=%E9%A3%9F%E5%A0%82&light=green"
    assert query["after"] == "1~2"


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (999, "999"), (10_000, "10,000"), (MOST + 1, "10,000+")]
)
def test_counts_in_words(count, words):
    assert in_words(count) == words
