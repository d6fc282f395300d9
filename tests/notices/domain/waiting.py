"""One row for every rule that is not about a task as such, written down as it stands in the tables."""

import datetime as dt

from notices.models import (
    Directive,
    Evidence,
    Extension,
    Finding,
    Letter,
    LookBack,
    LookBackItem,
    Supervision,
    WeekSetting,
)
from notices.terms import State
from tests.factories import AT, TODAY, make_evidence, make_task

DAY = dt.timedelta(days=1)


def extension(w, task, *, days_ago=3, **more):
    return Extension.objects.create(
        task=task, reason="招标流标", done_so_far="已重新挂网", wanted_on=TODAY + DAY * 90, asked_by=w.staff,
        deadline_before=TODAY + DAY * 40, asked_by_name="安经办", asked_at=AT - DAY * days_ago, **more,
    )  # fmt: skip


def directive(w, task, *, left=2, **more):
    return Directive.objects.create(
        notice=w.notice, task=task, unit=w.bureau, leader=w.leader, leader_name="樊领导", text="请抓紧办结",
        reply_by=TODAY + DAY * left, by=w.leader, by_name="樊领导", at=AT - DAY, **more,
    )  # fmt: skip


def letter(w, *, left=2, **more):
    return Letter.objects.create(
        notice=w.notice, party=w.county, kind="reminder", state="issued", year=2026, number=7, unit=w.bureau,
        title="关于整改进度的提醒", text="正文", signature="整改办", reply_by=TODAY + DAY * left, drafted_by=w.office,
        drafted_name="葛主任", drafted_at=AT, issued_by=w.office, issued_name="葛主任", issued_at=AT, **more,
    )  # fmt: skip


def finding(w, *, left=2):
    visit = Supervision.objects.create(
        notice=w.notice, title="第一次督导", team="纪组长", methods="talk", planned_on=TODAY, by=w.supervisor,
        by_name="纪组长", at=AT,
    )  # fmt: skip
    return Finding.objects.create(
        supervision=visit, notice=w.notice, position=1, unit=w.bureau, text="台账不实", state="handed", by=w.supervisor,
        by_name="纪组长", at=AT, handed_name="纪组长", handed_at=AT, reply_by=TODAY + DAY * left,
    )  # fmt: skip


def look_back(w, tasks, *, left=3):
    row = LookBack.objects.create(
        notice=w.notice, title="第一次回头看", starts_on=TODAY - DAY * 20, ends_on=TODAY + DAY * left, rule="all",
        sample="every", seed="1", by=w.supervisor, by_name="纪组长", at=AT,
    )  # fmt: skip
    LookBackItem.objects.bulk_create(
        LookBackItem(look_back=row, task=task, position=n) for n, task in enumerate(tasks, start=1)
    )
    return row


def evidence(task, *, left=30):
    row = make_evidence(task, name="施工许可证.pdf")
    Evidence.objects.filter(pk=row.pk).update(expires_on=TODAY + DAY * left)
    row.refresh_from_db()
    return row


def every_kind(w):
    """A task far from its deadline, and beside it one of each; the week closes on TODAY, a Friday."""
    w.task = make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 40)
    closed = make_task(w.issue, lead=w.town, state=State.COMPLETED, closed_on=TODAY - DAY * 50)
    other = make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 40)
    WeekSetting.objects.create(notice=w.notice)
    return {
        "extension_head": extension(w, w.task),
        "extension_office": extension(
            w, other, days_ago=9, state="forwarded", head=w.head, head_name="卜局长", head_at=AT - DAY * 3
        ),
        "directive": directive(w, w.task),
        "letter": letter(w),
        "finding": finding(w),
        "look_back": look_back(w, [closed]),
        "evidence": evidence(w.task),
        "week": w.bureau,
    }
