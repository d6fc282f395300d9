"""方案报批: the plan is checked, submitted, approved by somebody else of the office (or returned), and frozen."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.access import has, people_with
from accounts.models import User
from accounts.roles import Can, Role
from notices.domain import baseline, inbox, planning
from notices.errors import Refused
from notices.ledger.checks import Finding
from notices.ledger.uploads import cross_checks
from notices.models import Issue, Notice, PlanBaseline, PlanReview, Task
from notices.terms import CLOSED_STATES, MessageKind, Stage, State

SHOWN = 8  # numbers named in a sentence
# Cross-checks that the plan's own check says already, or says better.
COVERED = ("issue_without_task", "no_lead", "no_leader", "no_deadline", "deadline_before_feedback")


@dataclass(frozen=True)
class Standing:
    """Where the plan stands. `blocking` must be put right before it is submitted; `checks` are the
    cross-checks of the three lists, `remarks` those among them that are only told."""

    baseline: PlanBaseline | None
    waiting: PlanReview | None
    last: PlanReview | None
    blocking: list[Finding]
    checks: list[Finding]

    @property
    def remarks(self) -> list[Finding]:
        return [f for f in self.checks if f.code not in COVERED]


def standing(notice: Notice, user: User) -> Standing:
    base = baseline.of_notice(notice.pk)
    last = PlanReview.objects.filter(notice=notice).order_by("-pk").first()
    waiting = last if last and last.state == PlanReview.State.WAITING else None
    return Standing(base, waiting, last, blocking(notice), cross_checks(notice, user))


def blocking(notice: Notice) -> list[Finding]:
    """What an approved plan may not lack: each finding names the issues or tasks. Closed tasks are not asked."""
    live = Task.objects.filter(notice=notice, parent=None).exclude(state=State.CANCELLED)
    asked = live.exclude(state__in=CLOSED_STATES).in_order()
    bare = Issue.objects.filter(notice=notice).exclude(pk__in=live.values("issue")).in_order()
    no_day = Q(deadline=None)
    found = [
        _finding("issue_without_task", "个问题没有整改任务", bare),
        _finding("no_lead", "项任务没有牵头单位（须为系统中的单位）", asked.filter(lead_unit=None)),
        _finding("no_leader", "项任务没有责任领导", asked.filter(leader_text="", leader=None)),
        _finding(
            "no_deadline",
            "项任务没有完成时限（长期坚持的除外）",
            asked.filter(no_day, keep_up=False),
        ),
        _finding(
            "no_review",
            "项长期坚持的任务没有复查周期",
            asked.filter(no_day, keep_up=True, review_days=None),
        ),
    ]
    if notice.feedback_on:
        what = f"项任务的完成时限早于反馈日期（{notice.feedback_on}）"
        found.append(_finding("too_early", what, asked.filter(deadline__lt=notice.feedback_on)))
    return [f for f in found if f is not None]


def _finding(code: str, what: str, rows: Iterable[Issue] | Iterable[Task]) -> Finding | None:
    numbers = tuple(row.number for row in rows)
    if not numbers:
        return None
    shown = "、".join(numbers[:SHOWN]) + ("等" if len(numbers) > SHOWN else "")
    return Finding(code, f"有 {len(numbers)} {what}：{shown}。", numbers)


@transaction.atomic
def submit(notice: Notice, *, note: str, by: User, at: dt.datetime) -> PlanReview:
    """报批. Refused while something is missing, while another submission waits, and once the plan is approved."""
    row = _open_notice(notice, by)
    if baseline.of_notice(row.pk):
        raise Refused("整改方案已经批准，不能重复报批；以后的改动逐项填写修改原因即可。")
    if PlanReview.objects.filter(notice=row, state=PlanReview.State.WAITING).exists():
        raise Refused("整改方案已经报批，请等待批准或退回。")
    lacking = blocking(row)
    if lacking:
        raise Refused("方案还不能报批：" + "".join(f.message for f in lacking))
    review = PlanReview(
        notice=row,
        note=note.strip(),
        digest=baseline.digest(baseline.plan_rows(row)),
        by=by,
        by_name=by.name,
        at=at,
    )
    review.save(force_insert=True)
    act = audit.Act("plan.submit", "notice", row.pk, row.pk, data={"digest": review.digest})
    audit.record(act, by=by, at=at)
    others = [u for u in people_with(Role.OFFICE, row.unit_id) if u.pk != by.pk]
    inbox.tell(others, MessageKind.STEP, f"整改方案待批准：{row.title}", body=review.note, task=None, at=at)
    return review


def refusal(user: User, review: PlanReview) -> str | None:
    """None when this person may approve the plan; else the sentence that says why not."""
    if not has(user, Can.PLAN, review.notice.unit_id):
        return "只有整改办可以批准整改方案。"
    if user.pk == review.by_id and not _alone(user, review.notice):
        return "报批人不能批准自己报批的方案，请由整改办其他人员批准。"
    return None


def _alone(user: User, notice: Notice) -> bool:
    """One-person office: nobody else holds the role where the notice's office is."""
    return {u.pk for u in people_with(Role.OFFICE, notice.unit_id)} == {user.pk}


@transaction.atomic
def approve(review: PlanReview, *, by: User, at: dt.datetime) -> PlanBaseline:
    """批准: the plan as submitted becomes the baseline, a draft campaign becomes 已制定方案.

    Refused when the plan was changed since it was submitted: nobody approves what was not laid before them.
    """
    row = _waiting(review)
    notice = _open_notice(row.notice, by)
    why_not = refusal(by, row)
    if why_not:
        raise Refused(why_not)
    rows = baseline.plan_rows(notice)
    if baseline.digest(rows) != row.digest:
        raise Refused("报批以后方案又有改动，不能批准；请退回后重新报批。")
    _decide(row, PlanReview.State.APPROVED, by=by, at=at, alone=by.pk == row.by_id)
    base = baseline.freeze(notice, row, rows, at=at)
    data = {"digest": base.digest, "issues": base.issues, "tasks": base.tasks, "alone": row.alone}
    audit.record(audit.Act("plan.approve", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
    if notice.stage == Stage.DRAFT:
        planning.set_stage(notice, Stage.PLANNED, by=by, at=at)
    _tell_submitter(row, f"整改方案已批准：{notice.title}", "", by=by, at=at)
    return base


@transaction.atomic
def give_back(review: PlanReview, *, reason: str, by: User, at: dt.datetime) -> None:
    """退回, with a reason; the submitter takes an own submission back in the same way."""
    row = _waiting(review)
    notice = _open_notice(row.notice, by)
    if not reason.strip():
        raise Refused("请填写退回理由。")
    _decide(row, PlanReview.State.RETURNED, by=by, at=at, reason=reason.strip())
    act = audit.Act("plan.return", "notice", notice.pk, notice.pk, data={"reason": reason.strip()})
    audit.record(act, by=by, at=at)
    _tell_submitter(row, f"整改方案被退回：{notice.title}", reason.strip(), by=by, at=at)


def _open_notice(notice: Notice, by: User) -> Notice:
    row = Notice.objects.select_for_update(of=("self",)).select_related("unit").get(pk=notice.pk)
    if not has(by, Can.PLAN, row.unit_id):
        raise Refused("只有整改办可以办理整改方案的报批和批准。")
    if row.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    return row


def _waiting(review: PlanReview) -> PlanReview:
    row = PlanReview.objects.select_for_update(of=("self",)).select_related("notice", "by").get(pk=review.pk)
    if row.state != PlanReview.State.WAITING:
        raise Refused(f"这次报批{row.get_state_display()}，不能再办理，请刷新后查看。")
    return row


def _decide(
    row: PlanReview,
    state: PlanReview.State,
    *,
    by: User,
    at: dt.datetime,
    reason: str = "",
    alone: bool = False,
) -> None:
    PlanReview.objects.filter(pk=row.pk).update(
        state=state, decided_by=by, decided_by_name=by.name, decided_at=at, reason=reason, alone=alone
    )
    row.refresh_from_db(fields=["state", "decided_at", "reason", "alone"])


def _tell_submitter(row: PlanReview, title: str, body: str, *, by: User, at: dt.datetime) -> None:
    if row.by is not None and row.by.is_active and row.by_id != by.pk:
        inbox.tell([row.by], MessageKind.STEP, title, body=body, task=None, at=at)
