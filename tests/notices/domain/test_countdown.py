import datetime as dt

import pytest

from notices.domain.countdown import age, countdown, reason
from notices.models import Task
from notices.terms import State

TODAY = dt.date(2026, 11, 22)


def task(state=State.ACTIVE, **fields):
    return Task(state=state, **fields)


@pytest.mark.parametrize(
    ("state", "deadline", "finished_on", "words"),
    [
        (State.ACTIVE, dt.date(2026, 11, 10), None, "超期 12 天"),
        (State.ACTIVE, dt.date(2026, 11, 21), None, "超期 1 天"),
        (State.PENDING, dt.date(2026, 11, 22), None, "今日到期"),
        (State.DRAFT, dt.date(2026, 11, 27), None, "剩 5 天"),
        (State.ACTIVE, None, None, "无时限"),
        (State.SUBMITTED, dt.date(2026, 11, 10), dt.date(2026, 11, 20), "待审核 2 天"),
        (State.VERIFYING, dt.date(2026, 12, 1), dt.date(2026, 11, 19), "待验收 3 天"),
        (State.VERIFYING, dt.date(2026, 12, 1), dt.date(2026, 11, 22), "今日起待验收"),
        (State.COMPLETED, dt.date(2026, 11, 10), dt.date(2026, 11, 20), ""),
        (State.CANCELLED, dt.date(2026, 11, 10), None, ""),
    ],
)
def test_countdown(state, deadline, finished_on, words):
    found = countdown(task(state, deadline=deadline, finished_on=finished_on), today=TODAY)

    assert found == words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"deadline": dt.date(2026, 11, 10), "extension_count": 1}, "超期 12 天，延期 1 次"),
        (
            {"deadline": dt.date(2026, 11, 27), "relapse_count": 1, "nudge_count": 2},
            "剩 5 天，反弹 1 次，催办 2 次",
        ),
        (
            {
                "state": State.SUBMITTED,
                "deadline": dt.date(2026, 11, 10),
                "finished_on": dt.date(2026, 11, 19),
            },
            "待审核 3 天，超期 9 天提交",
        ),
        (
            {
                "state": State.COMPLETED,
                "deadline": dt.date(2026, 11, 10),
                "finished_on": dt.date(2026, 11, 9),
                "closed_on": dt.date(2026, 11, 12),
            },
            "2026-11-12 销号",
        ),
    ],
)
def test_reason_says_everything_that_bears_on_the_light(fields, words):
    assert reason(task(**fields), today=TODAY) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (None, "尚未填报"),
        (TODAY, "今天"),
        (dt.date(2026, 11, 21), "昨天"),
        (dt.date(2026, 11, 10), "12 天前"),
    ],
)
def test_age(day, words):
    assert age(day, today=TODAY) == words
