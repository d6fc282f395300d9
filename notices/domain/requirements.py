"""What a step needs, as small checks: each gives {field: sentence} for what is missing, {} when nothing is.

Asked before the click (to say what is missing) and again inside the step.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import F, Q

from accounts.access import nameable, people_with, subtree
from accounts.models import Unit, User
from accounts.roles import Role
from notices.domain import materials, permissions
from notices.errors import Refused
from notices.models import Task
from notices.terms import Outcome, State, UnitRole


@dataclass(frozen=True)
class Ask:
    """What a person fills in for a step. Fields that a step does not need are ignored."""

    by: User | None
    at: dt.datetime
    today: dt.date
    reason: str = ""
    outcome: str = ""  # terms.Outcome: the claim of a submit, the verdict of a close
    lead_unit: Unit | None = None
    deadline: dt.date | None = None
    review_days: int | None = None
    no_evidence: str = ""  # the reason there is no evidence
    merged_into: Task | None = None


Check = Callable[[Task, Ask], dict[str, str]]


def reason(task: Task, ask: Ask) -> dict[str, str]:
    return {} if ask.reason.strip() else {"reason": "请填写理由。"}


def units_for(by: User | None, task: Task) -> set[int] | None:
    """Ids of the units this person may give a part in the task; a part of a task goes to units below its lead."""
    if by is not None and task.parent is not None and not permissions.is_office(by, task):
        return subtree([task.parent.lead_unit_id]) if task.parent.lead_unit_id else set()
    return nameable(by, task.notice.unit_id)


def refuse_late_parts(ids: Iterable[int]) -> None:
    """Refused when one of these tasks, or an open part of one, is due after the task it belongs to."""
    late = (
        Task.objects.open()
        .filter(Q(pk__in=ids) | Q(parent__in=ids), deadline__gt=F("parent__deadline"))
        .select_related("parent")
        .order_by("number")
        .first()
    )
    if late is not None and late.parent is not None:
        raise Refused(
            f"子任务 {late.number} 的完成时限（{late.deadline}）晚于上级任务 {late.parent.number} 的"
            f"完成时限（{late.parent.deadline}），请调整后再保存。"
        )


def lead_unit(task: Task, ask: Ask) -> dict[str, str]:
    unit = ask.lead_unit or task.lead_unit
    if unit is None:
        return {"lead_unit": "请选择牵头单位(须为系统中已有的单位)。"}
    if not unit.is_active:
        return {"lead_unit": f"“{unit.name}”已停用，请另选牵头单位。"}
    within = units_for(ask.by, task) if ask.lead_unit else None
    if within is not None and unit.pk not in within:
        return {"lead_unit": "所选单位不在该批次的范围内，请另选牵头单位。"}
    return {}


def new_lead_unit(task: Task, ask: Ask) -> dict[str, str]:
    if ask.lead_unit is None:
        return {"lead_unit": "请选择新的牵头单位。"}
    if ask.lead_unit.pk == task.lead_unit_id:
        return {"lead_unit": f"“{ask.lead_unit.name}”已是牵头单位，请另选单位。"}
    return lead_unit(task, ask)


def claim(task: Task, ask: Ask) -> dict[str, str]:
    return (
        {}
        if ask.outcome in Outcome.values
        else {"outcome": "请选择申请结论：已完成整改，或阶段性完成并需长期坚持。"}
    )


def review_interval(task: Task, ask: Ask) -> dict[str, str]:
    """A sustained claim says what remains (in the reason) and how often it is to be reviewed."""
    if ask.outcome != Outcome.SUSTAINED:
        return {}
    found = {}
    if not ask.reason.strip():
        found["reason"] = "申请“阶段性完成并需长期坚持”的，请写明还需长期坚持的内容。"
    if not (ask.review_days or task.review_days):
        found["review_days"] = "请填写复查周期(天),例如 90。"
    return found


def progress_filed(task: Task, ask: Ask) -> dict[str, str]:
    return {} if task.progress.exists() else {"progress": "还没有填报整改进展，请先填报再申请销号。"}


def evidence_or_reason(task: Task, ask: Ask) -> dict[str, str]:
    if task.evidence_count or ask.no_evidence.strip():
        return {}
    return {"no_evidence": "还没有佐证材料，请先上传，或写明没有佐证材料的原因。"}


def required_kinds(task: Task, ask: Ask) -> dict[str, str]:
    """The kinds of material the office requires are there; a reason for having no evidence does not replace them."""
    lacking = materials.lacking_now(task)
    if not lacking:
        return {}
    return {"kinds": f"还缺应交材料：{'、'.join(lacking)}。请上传，并在上传时选择相应的材料类别。"}


def parts_filed(task: Task, ask: Ask) -> dict[str, str]:
    """Every responsible or supporting unit that works in the system has filed its part."""
    filed = set(task.progress.values_list("unit_id", flat=True))
    waiting = []
    for part in task.task_units.select_related("unit").order_by("position"):
        unit = part.unit
        if part.role not in (UnitRole.RESPONSIBLE, UnitRole.SUPPORTING) or unit is None or unit.pk in filed:
            continue
        if unit.pk != task.lead_unit_id and people_with(Role.STAFF, unit.pk, above=False):
            waiting.append(unit.name)
    return {"parts": f"以下单位尚未填报本单位承担的部分：{'、'.join(waiting)}。"} if waiting else {}


def sub_tasks_closed(task: Task, ask: Ask) -> dict[str, str]:
    still = [t.number for t in task.parts.open().order_by("number")]
    return {"parts": f"以下子任务尚未销号：{'、'.join(still)}。"} if still else {}


def no_open_parts(task: Task, ask: Ask) -> dict[str, str]:
    still = [t.number for t in task.parts.open().order_by("number")]
    return {"parts": f"以下子任务还在办理，请先撤销或销号：{'、'.join(still)}。"} if still else {}


def verdict(task: Task, ask: Ask) -> dict[str, str]:
    """The verdict may lower a claim from completed to sustained, with a reason; it never raises one."""
    if ask.outcome not in Outcome.values:
        return {"outcome": "请选择验收结论：已完成整改，或阶段性完成并需长期坚持。"}
    if task.claim == Outcome.SUSTAINED and ask.outcome == Outcome.COMPLETED:
        return {
            "outcome": "单位申请的是“阶段性完成并需长期坚持”，验收不能改为“已完成整改”；如确已完成，请退回由单位重新申请。"
        }
    if task.claim == Outcome.COMPLETED and ask.outcome == Outcome.SUSTAINED and not ask.reason.strip():
        return {"reason": "把结论由“已完成整改”调整为“阶段性完成并需长期坚持”，请写明理由。"}
    return {}


def new_deadline(task: Task, ask: Ask) -> dict[str, str]:
    if ask.deadline is None:
        return {"deadline": "请填写新的完成时限，例如 2026-12-31。"}
    return {} if ask.deadline > ask.today else {"deadline": "新的完成时限应晚于今天。"}


def cause(task: Task, ask: Ask) -> dict[str, str]:
    return {} if ask.reason.strip() else {"reason": "请写明反弹的原因。"}


def review_with_evidence(task: Task, ask: Ask) -> dict[str, str]:
    """长期坚持转完成: a review, and evidence filed since the task was closed."""
    found = {}
    if not ask.reason.strip():
        found["reason"] = "请写明复查情况。"
    since = task.closed_on
    fresh = task.evidence.filter(removed_at=None)
    if since is not None:
        fresh = fresh.filter(at__date__gte=since)
    if not fresh.exists():
        found["evidence"] = "请先上传销号以后的佐证材料，再转为已完成整改。"
    return found


def reason_or_merge(task: Task, ask: Ask) -> dict[str, str]:
    into = ask.merged_into
    if into is None:
        return reason(task, ask)
    if into.pk == task.pk or into.notice_id != task.notice_id or into.state == State.CANCELLED:
        return {"merged_into": "请选择同一批次内另一项未撤销的任务。"}
    return {}
