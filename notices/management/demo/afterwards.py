"""What happens after the plan in the demo: more time asked for, reviews, one look-back, issues that are alike."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from accounts.models import User
from notices.domain import extensions, links, lookback, planning, reviews
from notices.domain.extensions import Decision
from notices.domain.lookback import Judgement, Plan
from notices.domain.reviews import Finding
from notices.management.demo.cast import HEAD, OFFICE, STAFF, SUPERVISOR
from notices.management.demo.course import Act, Beat, Key
from notices.models import Extension, LookBack, LookBackItem
from notices.terms import LinkKind, LookBackVerdict, PoolRule, ReviewVerdict, SampleSize

if TYPE_CHECKING:
    from notices.management.demo.story import Stage

FLOOD = "入汛以来连续降雨，现场施工条件受限，工序无法如期衔接。"
SURVEY = "第三方机构进场时间推迟，清查结果须经村民代表会议确认，预计晚于原时限。"
AUDIT = "涉及历史资料多，须逐份核对原始凭证，现有人手难以按期完成。"
FOUND_FIRM = "现场察看、查阅台账并与经办人员座谈，制度执行到位，未发现反弹。"

BEATS: tuple[tuple[Key, Beat], ...] = (
    # Approved: the deadline has moved and the count stands on the task.
    ((12, 1), Beat(9, 10, "ask_time", STAFF["qinghe"], {"reason": SURVEY, "done": "已完成资产资金清查，资源清查过半。", "due": 45})),
    ((12, 1), Beat(8, 9, "decide_time", HEAD["qinghe"], {"note": "情况属实，同意上报。"})),
    ((12, 1), Beat(7, 15, "decide_time", OFFICE, {"note": "同意，请每周报送清查进度。"})),
    # With the office.
    ((6, 3), Beat(4, 10, "ask_time", STAFF["xuejian"], {"reason": FLOOD, "done": "已完成校舍回访登记，维修台账已建立。", "due": 50})),
    ((6, 3), Beat(3, 9, "decide_time", HEAD["xuejian"], {"note": "同意延期。"})),
    # With the head of the unit.
    ((16, 1), Beat(1, 16, "ask_time", STAFF["qinghe"], {"reason": AUDIT, "done": "整顿方案已制定，联系领导已到村调研。", "due": 40})),
    # Kept up: one is due for review, one has been reviewed.
    ((1, 3), Beat(10, 11, "interval", OFFICE, {"review_days": 7})),
    ((9, 2), Beat(3, 15, "review", SUPERVISOR, {"text": "抽查5座水库，责任人公示牌已更新，巡查记录完整，继续坚持。"})),
    # A look-back with two of its tasks judged.
    ((1, 1), Beat(5, 9, "look_back", SUPERVISOR, {"title": "第一次回头看", "amount": 5, "seed": "yunling-1"})),
    ((1, 1), Beat(4, 15, "judge", SUPERVISOR, {"position": 1})),
    ((1, 1), Beat(3, 16, "judge", SUPERVISOR, {"position": 2})),
    ((6, 1), Beat(2, 10, "link", OFFICE, {"other": (2, 1), "note": "都属于项目前期准备不足、进度管理不严，一并举一反三。"})),
)  # fmt: skip


def acts_after(*, today: dt.date, now: dt.datetime) -> Iterator[Act]:
    """The same as any other act of the story: on its day, never after `now`."""
    for key, beat in BEATS:
        day = today - dt.timedelta(days=beat.days)
        yield Act(min(now, dt.datetime.combine(day, dt.time(beat.hour, 20), now.tzinfo)), key, beat)


def _ask_time(stage: "Stage", act: Act, by: User) -> None:
    data = act.beat.data
    extensions.ask(
        stage.tasks[act.key],
        reason=data["reason"],
        done_so_far=data["done"],
        wanted_on=stage.today + dt.timedelta(days=data["due"]),
        by=by,
        at=act.at,
        today=act.at.date(),
    )


def _decide_time(stage: "Stage", act: Act, by: User) -> None:
    rows = Extension.objects.open().select_related("task__notice", "task__lead_unit", "asked_by")
    row = rows.get(task=stage.tasks[act.key])
    extensions.decide(row, Decision(True, act.beat.data["note"]), by=by, at=act.at, today=act.at.date())
    stage.tasks[act.key].refresh_from_db(fields=["version", "deadline", "deadline_text", "extension_count"])


def _interval(stage: "Stage", act: Act, by: User) -> None:
    planning.edit_task(stage.tasks[act.key], act.beat.data, base={}, by=by, at=act.at)


def _review(stage: "Stage", act: Act, by: User) -> None:
    finding = Finding(act.beat.data["text"], ReviewVerdict.KEEP)
    reviews.record(stage.tasks[act.key], finding, by=by, at=act.at, today=act.at.date())


def _look_back(stage: "Stage", act: Act, by: User) -> None:
    data: dict[str, Any] = act.beat.data
    begun = act.at.date()
    plan = Plan(
        data["title"],
        begun,
        begun + dt.timedelta(days=20),
        method="实地察看、查阅台账、座谈了解",
        rule=PoolRule.ALL,
        sample=SampleSize.NUMBER,
        amount=data["amount"],
    )
    lookback.begin(stage.tasks[act.key].notice, plan, by=by, at=act.at, seed=data["seed"])


def _judge(stage: "Stage", act: Act, by: User) -> None:
    campaign = LookBack.objects.get(notice=stage.tasks[act.key].notice)
    items = LookBackItem.objects.select_related("look_back__notice", "task__notice")
    item = items.get(look_back=campaign, position=act.beat.data["position"])
    said = Judgement(LookBackVerdict.FIRM, FOUND_FIRM)
    lookback.judge(item, said, by=by, at=act.at, today=act.at.date())


def _link(stage: "Stage", act: Act, by: User) -> None:
    data = act.beat.data
    issue, other = (stage.tasks[key].issue for key in (act.key, data["other"]))
    links.confirm(issue, other, kind=LinkKind.ALIKE, note=data["note"], by=by, at=act.at)


DEEDS: Mapping[str, Callable[["Stage", Act, User], None]] = {
    "ask_time": _ask_time,
    "decide_time": _decide_time,
    "interval": _interval,
    "review": _review,
    "look_back": _look_back,
    "judge": _judge,
    "link": _link,
}
