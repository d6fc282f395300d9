"""整改情况报告: the whole of a notice, nothing withheld, with the figures of the statistics; for few, and recorded."""

import io

import docx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Event
from accounts.roles import Role
from notices.domain import inspection_report, publications, withholding
from notices.errors import Refused
from notices.models import Notice, Task, Transition
from notices.terms import State, WithholdReason
from tests.factories import AT, TODAY, make_issue, make_task, make_user, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Two aspects: one issue completed and one kept up, one with work that is late and a measure that was given up."""
    w = make_world()
    Notice.objects.filter(pk=w.notice.pk).update(inspecting_body="省委第二巡视组", signed_by="中共云岭县委")
    done = make_task(w.issue, lead=w.bureau, state=State.COMPLETED, text="开展专题学习")
    kept = make_issue(w.notice, title="关于村级财务不规范的问题", aspect=1)
    sustained = make_task(kept, lead=w.town, state=State.SUSTAINED, text="村账镇管", review_days=60)
    open_issue = make_issue(w.notice, title="关于水源地保护不力的问题", aspect=2, detail="保护区内有网箱。")
    late = make_task(open_issue, lead=w.bureau, deadline="2026-11-08", text="拆除网箱", leader_text="樊领导")
    gone = make_task(open_issue, lead=w.bureau, state=State.CANCELLED, text="另建围网")
    Task.objects.filter(pk=sustained.pk).update(latest_text="已交接账目", latest_next="每季度抽查一次")
    Task.objects.filter(pk=late.pk).update(latest_text="已拆三处", latest_blocked="养殖户未签协议")
    Transition.objects.create(task=gone, step="cancel", source="active", target="cancelled", reason="并入拆除", by_name="葛主任", at=AT)  # fmt: skip
    w.done, w.sustained, w.late, w.gone = done, sustained, late, gone
    w.notice.refresh_from_db()
    return w


def words(w, user="office"):
    content = inspection_report.take(w.notice, by=getattr(w, user), at=AT, today=TODAY)
    read = docx.Document(io.BytesIO(content))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in read.tables]
    return [p.text for p in read.paragraphs if p.text], tables


def test_every_issue_and_measure_stands_with_progress_state_unit_and_leader(world):
    said, _ = words(world)

    assert (
        said[:2] == ["云岭县关于省委第二巡视组反馈意见整改情况的报告", "省委第二巡视组："]
        or said[2] == "省委第二巡视组："
    )
    place = said.index("1. 关于水源地保护不力的问题")
    number = world.late.issue.number
    assert said[place : place + 6] == [
        "1. 关于水源地保护不力的问题",
        "具体表现：保护区内有网箱。",
        f"问题编号：{number}。责任领导：樊领导；牵头单位：云岭县教育局。整改进度：正在整改。",
        "（1）拆除网箱。",
        "牵头单位：云岭县教育局；责任领导：樊领导；完成时限：2026-11-08；状态：整改中。",
        "进展情况：已拆三处。",
    ]
    assert "长期坚持：每季度抽查一次。" in said
    assert f"已撤销的措施 {world.gone.number}：另建围网。撤销原因：并入拆除。" in said
    assert said[-2:] == ["中共云岭县委", "2026年11月20日"]


def test_what_is_not_finished_stands_with_its_reason_and_what_is_kept_up_with_its_review(world):
    _, (by_aspect, counted, unfinished, kept) = words(world)

    assert unfinished[1:] == [
        [
            world.late.number,
            "拆除网箱",
            "云岭县教育局\n樊领导",
            "2026-11-08\n超期 12 天",
            "整改中",
            "养殖户未签协议",
            "",
        ]
    ]
    assert kept[1:] == [[world.sustained.number, "村账镇管", "青禾镇", "每季度抽查一次", "每 60 天复查一次"]]
    assert [row[1:] for row in by_aspect[1:]] == [
        ["2", "1", "1", "0", "0", "50%"],
        ["1", "0", "0", "1", "0", "0%"],
        ["3", "1", "1", "1", "0", "33.33%"],
    ]
    told = {label: value for row in counted[1:] for label, value in (row[:2], row[2:])}
    assert (told["任务总数"], told["超期任务数"], told["任务完成率"]) == ("3", "1", "33.33%")


def test_an_item_that_the_public_text_withholds_is_in_it(world):
    edition = publications.begin(world.notice, by=world.office, at=AT, today=TODAY)
    item = edition.items.get(issue=world.late.issue)
    withholding.ask(edition, [item.pk], WithholdReason.SENSITIVE, note="正在办理", by=world.office, at=AT)
    item.refresh_from_db()
    withholding.approve(item, by=world.office_two, at=AT)

    said, _ = words(world)

    assert "1. 关于水源地保护不力的问题" in said


def test_only_the_office_and_heads_of_the_party_take_it_and_it_is_recorded(world):
    world.party_head = make_user("first", (Role.HEAD, world.county), name="夏书记")
    for who in ("staff", "head", "leader", "supervisor", "town_head", "admin"):
        with pytest.raises(Refused, match="只有整改办和被巡视巡察单位的负责人"):
            words(world, who)
    assert not Event.objects.filter(action="notice.report").exists()

    words(world, "party_head")

    event = Event.objects.get(action="notice.report")
    assert (event.actor_name, event.notice_id, event.data) == (
        "夏书记",
        world.notice.pk,
        {"day": "2026-11-20"},
    )


def test_the_queries_are_the_same_for_few_tasks_and_for_many(world):
    inspection_report.report_of(world.notice, today=TODAY)  # the notice's unit, asked once
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as sent:
            inspection_report.report_of(world.notice, today=TODAY)
        counts.append(len(sent))
        make_task(make_issue(world.notice, title="又一个问题", aspect=3), lead=world.town)

    assert counts[0] == counts[1]
