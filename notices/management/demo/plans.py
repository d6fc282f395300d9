"""The approved plan of the demo, what was changed of it later and why, and a task broken down for sub-units."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from accounts.models import Unit, User
from notices.domain import plan_review, planning, subplans
from notices.management.demo.cast import OFFICE
from notices.management.demo.course import Act, Beat, Key
from notices.models import Notice, Task

EARLIER = {(2, 1): 25}  # the plan's deadline was so many days before the present one
BROKEN_DOWN = (20, 3)


@dataclass(frozen=True)
class Section:
    """A part: `due` counts days from today."""

    text: str
    unit: str
    contact: str
    due: int


SECTIONS = (
    Section("逐校核对教辅材料征订清单，对违规推荐、变相强制征订的逐校建立台账。", "xuejian", "梁柏筠", -30),
    Section("完成乡镇学校征订公示栏检查，督促未公示的学校限期公示。", "xuejian", "梁柏筠", 25),
    Section("汇总自查情况，起草全县中小学教辅材料征订管理意见。", "jiaoyu", "吴清漾", 60),
)
CENTRE, BUREAU, HEAD = "liangbojun", "wuqingyang", "zhenghuaiyu"
OFFLINE = "征订清单涉及学校和经销单位信息，已线下核验。"
DONE: dict[str, Any] = {"outcome": "completed", "no_evidence": OFFLINE}
# Part, days ago, hour, verb, by whom, with what.
STEPS: tuple[tuple[int, int, int, str, str, dict[str, Any]], ...] = (
    (1, 80, 9, "part", BUREAU, {}),
    (2, 80, 10, "part", BUREAU, {}),
    (3, 80, 11, "part", BUREAU, {}),
    (1, 78, 9, "accept", CENTRE, {}),
    (2, 78, 10, "accept", CENTRE, {}),
    (3, 77, 9, "accept", BUREAU, {}),
    (
        1,
        58,
        15,
        "report",
        CENTRE,
        {"text": "已核对52所学校征订清单，发现超目录征订4所，已建立台账并责令清退。"},
    ),
    (1, 44, 15, "submit", CENTRE, DONE),
    (1, 43, 9, "approve", CENTRE, {}),
    (1, 40, 10, "close", HEAD, {"outcome": "completed"}),
    (2, 13, 16, "report", CENTRE, {"text": "已检查乡镇学校31所，其中27所按要求公示，4所正在补充公示内容。"}),
    (3, 5, 16, "report", BUREAU, {"text": "管理意见已完成初稿，正在征求学校和家长代表意见。"}),
)
REWRITTEN = "委托第三方检测机构对在建高标准农田项目开展质量抽检，抽检比例不低于30%，结果向社会公开。"
CHANGES = (
    ((2, 1), 18, "postpone", {"reason": "7 个滞后项目的用地手续须待上级批复，经整改办研究同意顺延。"}),
    ((4, 3), 55, "rewrite", {"text": REWRITTEN, "reason": "原措施未明确抽检比例，按市委巡察办意见补充。"}),
)


def part_key(number: int) -> Key:
    """The place of a part among the tasks of the story."""
    return BROKEN_DOWN[0], BROKEN_DOWN[1] * 100 + number


def plan_acts(*, today: dt.date, now: dt.datetime) -> Iterator[Act]:
    """In order; a weekend moves to its Friday, behind what happened that day."""
    last = dt.datetime.min.replace(tzinfo=now.tzinfo)
    for number, days, hour, verb, by, data in STEPS:
        more = {"number": number} if verb == "part" else {}
        last = max(_instant(days, hour, today, now), last + dt.timedelta(minutes=20))
        yield Act(last, part_key(number), Beat(days, hour, verb, by, {**data, **more}))
    for key, days, verb, data in CHANGES:
        yield Act(_instant(days, 11, today, now), key, Beat(days, 11, verb, OFFICE, data))


def _instant(days: int, hour: int, today: dt.date, now: dt.datetime) -> dt.datetime:
    """On a weekday, never after `now`."""
    day = today - dt.timedelta(days=days)
    day -= dt.timedelta(days=max(0, day.weekday() - 4))
    return min(now, dt.datetime.combine(day, dt.time(hour, 37), now.tzinfo))


def approve_plan(notice: Notice, *, by: User, at: dt.datetime, other: User, then: dt.datetime) -> None:
    """Submitted by one of the office, approved by the other."""
    review = plan_review.submit(notice, note="经领导小组会议研究，现将整改方案报批。", by=by, at=at)
    plan_review.approve(review, by=other, at=then)


def break_down(task: Task, act: Act, *, units: dict[str, Unit], by: User, today: dt.date) -> Task:
    section = SECTIONS[act.beat.data["number"] - 1]
    return subplans.add_part(
        task,
        text=section.text,
        lead=units[section.unit],
        contact_text=section.contact,
        deadline_text=(today + dt.timedelta(days=section.due)).isoformat(),
        by=by,
        at=act.at,
        today=act.at.date(),
    )


def change(task: Task, act: Act, *, by: User, today: dt.date, due: int) -> None:
    """A change of the approved plan, with its reason."""
    data = act.beat.data
    if act.beat.verb == "rewrite":
        values = {"text": data["text"]}
        planning.edit_task(task, values, base={}, by=by, at=act.at, reason=data["reason"])
        return
    day = today + dt.timedelta(days=due)
    planning.change_deadline(task, day, "", data["reason"], by=by, at=act.at)
