"""Which letter is proposed: by hand, from the rule of each preset."""

import datetime as dt

import pytest

from notices.domain import letters
from notices.domain.letter_climb import Past, next_kind, suggestions
from notices.models import Letter, Notice
from notices.terms import LetterKind
from tests.factories import AT, TODAY, make_task, make_world

DAY = dt.timedelta(days=1)
R, ORDER, A, Q = LetterKind


def sent(kind, days, *, due=None, replied=False):
    """Issued so many days ago, the reply due so many days from today."""
    reply_by = None if due is None else TODAY + due * DAY
    return Past(kind, False, TODAY - days * DAY, reply_by, replied)


def draft(kind):
    return Past(kind, True)


@pytest.mark.parametrize(
    ("preset", "left", "past", "expected"),
    [
        ("standard", 1, [], None),
        ("standard", 0, [], None),
        ("standard", -1, [], R),
        ("jiangjin", 21, [], None),
        ("jiangjin", 20, [], R),
        ("jiangjin", 11, [], R),
        ("jiangjin", 10, [], ORDER),
        ("jiangjin", 0, [], ORDER),
        ("jiangjin", -1, [], A),
        ("jiangjin", 10, [sent(R, 2, due=5)], ORDER),  # time alone lifts it
        ("jiangjin", 15, [sent(R, 2, due=5)], None),  # in force, reply not yet due
        ("standard", -5, [sent(R, 3, due=4)], None),
        ("standard", -5, [sent(R, 8, due=-1)], ORDER),  # no reply in time
        ("standard", -5, [sent(R, 8, due=-1, replied=True)], None),  # replied, given time
        ("standard", -12, [sent(R, 9, due=-2, replied=True)], None),
        ("standard", -12, [sent(R, 10, due=-3, replied=True)], ORDER),  # replied, but late still
        ("standard", -12, [sent(R, 30), sent(ORDER, 10, due=-5)], A),
        ("standard", -12, [sent(A, 20, due=-10)], Q),
        ("standard", -40, [sent(Q, 30, due=-10)], None),  # nothing above
        ("standard", -1, [draft(R)], None),  # being written
        ("standard", -20, [sent(R, 12, due=-5), draft(ORDER)], None),
        ("jiangjin", -1, [draft(R)], A),  # a lighter draft does not stand in the way
    ],
)
def test_the_next_kind(preset, left, past, expected):
    found = next_kind(preset, left=left, past=past, today=TODAY)

    assert (found[0] if found else None) == expected


def test_why_is_said():
    late = next_kind("standard", left=-12, past=[sent(R, 11, due=-3)], today=TODAY)
    slow = next_kind("standard", left=-12, past=[sent(R, 11, due=-3, replied=True)], today=TODAY)

    assert late == (ORDER, "提醒函逾期 3 天未回复")
    assert slow == (ORDER, "提醒函签发 11 天后任务仍超期 12 天")


@pytest.mark.django_db
def test_one_proposal_for_each_unit_and_kind_and_none_is_issued(django_assert_num_queries):
    world = make_world()
    late = [make_task(world.issue, lead=world.bureau, deadline=TODAY - n * DAY) for n in (3, 9)]
    make_task(world.issue, lead=world.town, deadline=TODAY - DAY)
    make_task(world.issue, lead=world.town, deadline=TODAY + DAY)
    make_task(world.issue, lead=world.town, state="verifying", deadline=TODAY - DAY)
    row = letters.begin(world.notice, R, unit=world.bureau, tasks=[late[0]], by=world.office, at=AT - 12 * DAY, today=TODAY - 12 * DAY)  # fmt: skip
    letters.issue(row, by=world.office, at=AT - 12 * DAY, today=TODAY - 12 * DAY)
    notices = list(Notice.objects.all())

    with django_assert_num_queries(2):
        found = suggestions(notices, today=TODAY)

    assert [(s.kind, s.unit, [t.pk for t in s.tasks]) for s in found] == [
        (ORDER, "教育局", [late[0].pk]),
        (R, "教育局", [late[1].pk]),
        (R, "青禾镇", [late[1].pk + 1]),
    ]
    assert Letter.objects.count() == 1
