"""@ in comments: within the people of the task, the longest name, asked back when two fit."""

import pytest

from accounts.roles import Role
from notices.domain import mentions, reporting
from notices.domain.timeline import timeline
from notices.errors import Missing
from notices.models import Comment, Message, Task
from tests.factories import AT, make_task, make_unit, make_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def task(world):
    return make_task(world.issue, lead=world.bureau, supporting=(world.town,))


def test_the_people_of_a_task(world, task, django_assert_num_queries):
    make_user("stranger", (Role.STAFF, make_unit("云岭县水利局", parent=world.county)), name="林工程师")
    task = Task.objects.select_related("notice").prefetch_related("task_units").get()

    with django_assert_num_queries(2):
        found = mentions.people_of(task, but=world.office)

    assert [(p.user.username, p.unit) for p in found] == [
        ("leader", "县"),
        ("office2", "县"),
        ("supervisor", "县"),
        ("staff", "教育局"),
        ("head", "教育局"),
        ("town", "青禾镇"),
        ("townhead", "青禾镇"),
    ]


def test_two_of_one_name_are_asked_back_and_told_apart_by_unit(world, task):
    make_user("second", (Role.STAFF, world.town), name="安经办")

    with pytest.raises(Missing) as asked:
        reporting.comment(task, text="请@安经办 补充", by=world.office, at=AT)

    assert asked.value.fields == {
        "text": "有 2 位“安经办”（教育局、青禾镇），请写成“@安经办（教育局）”这样。"
    }
    assert not Comment.objects.exists()
    reporting.comment(task, text="请@安经办（青禾镇）补充", by=world.office, at=AT)
    assert [m.recipient.username for m in Message.objects.all()] == ["second"]
    assert [u.username for u in Comment.objects.get().mentioned.all()] == ["second"]


def test_named_twice_is_told_once_and_shown_marked(world, task):
    reporting.comment(task, text="@安经办 请办，@安经办 收到请回", by=world.office, at=AT)

    assert Message.objects.count() == 1
    (entry,) = timeline(task)
    assert entry.pieces == [("@安经办", True), (" 请办，", False), ("@安经办", True), (" 收到请回", False)]


@pytest.mark.parametrize(
    ("text", "names", "cut"),
    [
        ("没有人", [], [("没有人", False)]),
        ("@王小明和@王小", ["王小", "王小明"], [("@王小明", True), ("和", False), ("@王小", True)]),
        ("a@b.cn", ["安经办"], [("a@b.cn", False)]),
    ],
)
def test_pieces_join_to_the_text(text, names, cut):
    assert mentions.pieces(text, names) == cut
