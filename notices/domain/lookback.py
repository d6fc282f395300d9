"""回头看: closed tasks are chosen by a rule or drawn at random, checked on the spot, and judged firm or relapsed."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.access import has
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain import reporting, workflow
from notices.domain.reporting import StoredFile
from notices.domain.requirements import Ask
from notices.errors import Missing, Refused, Stale, StepRefused
from notices.models import Aspect, LookBack, LookBackItem, Notice, Task, TaskQuerySet
from notices.terms import CLOSED_STATES, LookBackVerdict, PoolRule, SampleSize, Stage, State

MOST_ITEMS = 1000  # in one campaign


@dataclass(frozen=True)
class Plan:
    """What a campaign shall be. `amount`: how many, or how many per cent, by `sample`; None for all."""

    title: str
    starts_on: dt.date
    ends_on: dt.date
    method: str = ""
    rule: str = PoolRule.ALL
    sample: str = SampleSize.EVERY
    amount: int | None = None
    unit: Unit | None = None
    aspect: Aspect | None = None


@dataclass(frozen=True)
class Judgement:
    """`deadline`: the new one, needed for a relapse; its cause are the findings."""

    verdict: str
    findings: str
    deadline: dt.date | None = None


def refusal(user: User, notice: Notice) -> str | None:
    """None when this person may make, judge and close look-backs on the notice; else the sentence."""
    if notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    return None if has(user, Can.VERIFY, notice.unit_id) else "只有整改办或督导组可以开展回头看。"


# ── The sample ───────────────────────────────────────────────────────────────
def pool_of(notice: Notice, plan: Plan) -> TaskQuerySet:
    """Closed top-level tasks that fit the rule."""
    closed = Task.objects.filter(notice=notice).closed().top_level()
    if plan.rule == PoolRule.UNIT:
        return closed.filter(scope__unit=plan.unit, scope__via="lead")
    if plan.rule == PoolRule.ASPECT:
        return closed.filter(issue__aspect=plan.aspect)
    if plan.rule == PoolRule.RELAPSED:
        return closed.filter(relapse_count__gt=0)
    if plan.rule == PoolRule.LATE:
        return closed.filter(finished_on__gt=F("deadline"))
    if plan.rule == PoolRule.SUSTAINED:
        return closed.filter(state=State.SUSTAINED)
    return closed


def draw(pool: Iterable[int], seed: str, count: int) -> list[int]:
    """`count` of the pool in the order they were drawn. Anybody can do it again: each id is hashed together with the
    seed (SHA-256 of "seed:id"), and the smallest hashes are the sample."""
    return sorted(pool, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).hexdigest())[:count]


def count_of(plan: Plan, pool: int) -> int:
    """How many of a pool of that size the plan asks for; a percentage is rounded up."""
    if plan.sample == SampleSize.NUMBER:
        return min(pool, plan.amount or 0)
    if plan.sample == SampleSize.PERCENT:
        return -(-pool * (plan.amount or 0) // 100)
    return pool


def drawn_again(campaign: LookBack) -> list[int]:
    """The sample as pool and seed give it; equal to the frozen one unless somebody changed a row by hand."""
    plan = Plan(
        campaign.title,
        campaign.starts_on,
        campaign.ends_on,
        sample=campaign.sample,
        amount=campaign.amount,
    )
    return draw(campaign.pool, campaign.seed, count_of(plan, len(campaign.pool)))


@transaction.atomic
def begin(notice: Notice, plan: Plan, *, by: User, at: dt.datetime, seed: str = "") -> LookBack:
    """Make a campaign and freeze its sample. 1. may this person; 2. what is missing; 3. the pool, a fresh seed unless
    one is given, the drawing; 4. rows and the event."""
    why_not = refusal(by, notice)
    if why_not:
        raise StepRefused(why_not)
    lacking = _lacking(notice, plan)
    if lacking:
        raise Missing(lacking)
    pool = sorted(set(pool_of(notice, plan).values_list("pk", flat=True)))
    seed = seed or secrets.token_hex(8)
    chosen = draw(pool, seed, count_of(plan, len(pool)))
    _check_size(chosen)
    campaign = LookBack(
        notice=notice,
        title=plan.title.strip(),
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        method=plan.method.strip(),
        rule=plan.rule,
        sample=plan.sample,
        amount=None if plan.sample == SampleSize.EVERY else plan.amount,
        unit=plan.unit if plan.rule == PoolRule.UNIT else None,
        aspect=plan.aspect if plan.rule == PoolRule.ASPECT else None,
        seed=seed,
        pool=pool,
        by=by,
        by_name=by.name,
        at=at,
    )
    campaign.save(force_insert=True)
    LookBackItem.objects.bulk_create(
        [LookBackItem(look_back=campaign, task_id=pk, position=i) for i, pk in enumerate(chosen, start=1)]
    )
    data = {"title": campaign.title, "rule": plan.rule, "seed": seed, "pool": len(pool), "drawn": chosen}
    _record(campaign, "begin", data, by=by, at=at)
    return campaign


def _check_size(chosen: Sequence[int]) -> None:
    if not chosen:
        raise Missing({"rule": "这个范围内没有已销号的任务，请换一个抽取范围。"})
    if len(chosen) > MOST_ITEMS:
        raise Missing({"sample": f"一次最多核查 {MOST_ITEMS} 项，现有 {len(chosen)} 项，请改为随机抽取。"})


def _lacking(notice: Notice, plan: Plan) -> dict[str, str]:
    found = {} if plan.title.strip() else {"title": "请填写回头看的名称。"}
    if plan.starts_on > plan.ends_on:
        found["ends_on"] = "结束日期不能早于开始日期。"
    if plan.rule not in PoolRule.values:
        found["rule"] = "请选择抽取范围。"
    if plan.rule == PoolRule.UNIT and plan.unit is None:
        found["unit"] = "按单位抽取的，请选择单位。"
    if plan.rule == PoolRule.ASPECT and (plan.aspect is None or plan.aspect.notice_id != notice.pk):
        found["aspect"] = "按方面抽取的，请选择本批次的一个方面。"
    if plan.sample not in SampleSize.values:
        found["sample"] = "请选择抽取数量。"
    elif plan.sample != SampleSize.EVERY and not plan.amount:
        found["amount"] = "请填写抽取的项数或比例，例如 10。"
    elif plan.sample == SampleSize.PERCENT and (plan.amount or 0) > 100:
        found["amount"] = "抽取比例应在 1 到 100 之间。"
    if LookBack.objects.filter(notice=notice, title=plan.title.strip()).exists():
        found["title"] = "本批次已有同名的回头看，请换一个名称。"
    return found


# ── Verdicts ─────────────────────────────────────────────────────────────────
def judge_refusal(user: User, item: LookBackItem) -> str | None:
    campaign = item.look_back
    why_not = refusal(user, campaign.notice)
    if why_not:
        return why_not
    if campaign.closed_at is not None:
        return "这次回头看已经结束，不能再填写结论。"
    if item.verdict:
        return f"任务 {item.task.number} 已有结论：{LookBackVerdict(item.verdict).label}。"
    return None


@transaction.atomic
def judge(
    item: LookBackItem,
    said: Judgement,
    *,
    files: Iterable[StoredFile] = (),
    by: User,
    at: dt.datetime,
    today: dt.date,
) -> LookBackItem:
    """Judge one task of the sample. 1. may this person; 2. what is missing; 3. the item, if nobody judged it
    meanwhile; 4. files; 5. a relapse reopens the task by the table of steps, unless that was done before; 6. the
    event."""
    why_not = judge_refusal(by, item)
    if why_not:
        raise StepRefused(why_not)
    lacking = {} if said.findings.strip() else {"findings": "请写明核查情况；发现反弹的，写明原因。"}
    closed = item.task.state in CLOSED_STATES
    if said.verdict not in LookBackVerdict.values:
        lacking["verdict"] = "请选择结论：巩固，或反弹。"
    elif said.verdict == LookBackVerdict.FIRM and not closed:
        lacking["verdict"] = f"任务已处于“{State(item.task.state).label}”，不能评为巩固，请选择“反弹”。"
    if lacking:
        raise Missing(lacking)
    values = {
        "verdict": said.verdict,
        "findings": said.findings.strip(),
        "by": by,
        "by_name": by.name,
        "unit_name": audit.unit_name_of(by),
        "at": at,
    }
    if not LookBackItem.objects.filter(pk=item.pk, verdict="").update(**values):
        raise Stale(f"任务 {item.task.number} 刚刚被他人填写了结论，请刷新后查看。")
    for key, value in values.items():
        setattr(item, key, value)
    reporting.keep_files(item.task, files, look_back_item=item, by=by, at=at)
    if said.verdict == LookBackVerdict.RELAPSED and closed:
        ask = Ask(by=by, at=at, today=today, reason=item.findings, deadline=said.deadline)
        workflow.perform(item.task, "reopen", ask)
    data = {"task": item.task_id, "verdict": item.verdict, "findings": item.findings}
    _record(item.look_back, "judge", data, by=by, at=at)
    return item


@transaction.atomic
def close(campaign: LookBack, *, summary: str, by: User, at: dt.datetime) -> LookBack:
    """End a campaign; the summary says why tasks were left out when some were."""
    why_not = refusal(by, campaign.notice)
    if why_not is None and campaign.closed_at is not None:
        why_not = "这次回头看已经结束。"
    if why_not:
        raise Refused(why_not)
    left = campaign.items.filter(verdict="").count()
    if left and not summary.strip():
        raise Missing({"summary": f"还有 {left} 项没有结论，请先核查，或在小结中写明原因。"})
    changed = LookBack.objects.filter(pk=campaign.pk, version=campaign.version, closed_at=None).update(
        closed_at=at, closed_by_name=by.name, summary=summary.strip(), version=campaign.version + 1
    )
    if not changed:
        raise Stale("这次回头看刚刚被他人修改，请刷新后重试；您填写的内容没有丢失。")
    campaign.refresh_from_db()
    _record(campaign, "close", {"summary": campaign.summary, "left": left}, by=by, at=at)
    return campaign


def _record(campaign: LookBack, verb: str, data: dict[str, object], *, by: User, at: dt.datetime) -> None:
    act = audit.Act(f"lookback.{verb}", "lookback", campaign.pk, campaign.notice_id, data=data)
    audit.record(act, by=by, at=at)
