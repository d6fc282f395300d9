import datetime as dt

import pytest

from notices.domain import reminder_words
from notices.domain.audience import Facts, Person
from notices.terms import State
from tests.factories import TODAY

DAY = dt.timedelta(days=1)


def facts(
    *, left=0, state=State.ACTIVE, waited=None, number="W01-001-01", text="修订学习制度", lead="教育局"
):
    return Facts(
        pk=1,
        number=number,
        text=text,
        state=state,
        deadline=None if left is None else TODAY + DAY * left,
        finished_on=None if waited is None else TODAY - DAY * waited,
        notice=1,
        notice_title="关于巡察整改情况的通报",
        party=1,
        lead_unit=2,
        lead_name=lead,
        contact=None,
        contact_text="",
        leader=None,
        leader_text="",
        applicant=None,
        approver=None,
        parent_lead=None,
    )


@pytest.mark.parametrize(
    ("rule", "task", "expected"),
    [
        ("left_10", facts(left=10), "距完成时限还有 10 天"),
        ("left_10", facts(left=7), "距完成时限还有 7 天"),
        ("left_0", facts(left=0), "今天到期"),
        ("left_3", facts(left=-1), "已超期 1 天"),
        ("overdue", facts(left=-15), "已超期 15 天"),
        ("waiting_head", facts(state=State.SUBMITTED, waited=4), "待单位审核 4 天"),
        ("waiting_office", facts(state=State.VERIFYING, waited=10), "待验收 10 天"),
        ("waiting_office", facts(state=State.VERIFYING), "待验收"),
    ],
)
def test_words_say_how_the_task_stands_today(rule, task, expected):
    assert reminder_words.words(rule, task, today=TODAY) == expected


def test_message_of_the_inbox():
    task = facts(left=3, text="修订\n学习制度" + "长" * 200)

    assert reminder_words.title("left_3", task, today=TODAY) == "W01-001-01 距完成时限还有 3 天"
    assert reminder_words.body("left_3", task).splitlines() == [
        "修订 学习制度" + "长" * 112 + "…",
        "牵头单位：教育局",
        "完成时限：2026-11-23",
        "批次：关于巡察整改情况的通报",
    ]


def test_digest_groups_by_urgency_and_keeps_every_character(settings):
    settings.BASE_URL = "https://zhenggai.example.cn"
    tasks = [
        ("left_10", facts(left=9, number="W02-001-01", text="清退<违规>补贴 & 补助")),
        ("waiting_head", facts(state=State.SUBMITTED, waited=3, number="W03-001-01")),
        ("overdue", facts(left=-2, number="W01-002-01")),
        ("left_0", facts(left=0, number="W01-003-01", lead=None)),
    ]
    items = [reminder_words.item(rule, task, today=TODAY) for rule, task in tasks]

    letter = reminder_words.digest(Person(7, "安经办", "an@example.cn"), items, today=TODAY)

    assert letter.to == ["an@example.cn"]
    assert letter.subject == (
        "整改督办提醒：4 项任务（已超期 1 项，今天到期 1 项，将到期 1 项，待您审核 1 项）"
    )
    assert letter.body == (
        """安经办同志：

截至 2026年11月20日，以下 4 项整改任务需要您关注。

【已超期】
W01-002-01 修订学习制度
    已超期 2 天 · 完成时限 2026-11-18 · 牵头单位 教育局
    关于巡察整改情况的通报
    https://zhenggai.example.cn/tasks/1

【今天到期】
W01-003-01 修订学习制度
    今天到期 · 完成时限 2026-11-20 · 牵头单位 未定
    关于巡察整改情况的通报
    https://zhenggai.example.cn/tasks/1

【将到期】
W02-001-01 清退<违规>补贴 & 补助
    距完成时限还有 9 天 · 完成时限 2026-11-29 · 牵头单位 教育局
    关于巡察整改情况的通报
    https://zhenggai.example.cn/tasks/1

【待您审核】
W03-001-01 修订学习制度
    待单位审核 3 天 · 完成时限 2026-11-20 · 牵头单位 教育局
    关于巡察整改情况的通报
    https://zhenggai.example.cn/tasks/1

请登录系统办理：https://zhenggai.example.cn

本邮件由系统自动发送，请勿直接回复。每人每天最多一封。
"""
    )


def test_long_digest_lists_a_hundred_and_counts_the_rest():
    items = [
        reminder_words.item("overdue", facts(left=-1, number=f"W01-{n:03d}-01"), today=TODAY)
        for n in range(130)
    ]

    letter = reminder_words.digest(Person(7, "安经办", "an@example.cn"), items, today=TODAY)

    assert letter.subject == "整改督办提醒：130 项任务（已超期 130 项）"
    assert letter.body.count("W01-") == 100
    assert "\n另有 30 项，请登录系统查看。\n" in letter.body
