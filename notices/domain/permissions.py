"""Who may do what with a task, as named predicates. Each answers None (yes) or the sentence that refuses.

The steps of workflow.py name these; pages and API ask them for what is not a step (report, comment, nudge).
"""

from accounts.access import has, people_with, same_person, units_with
from accounts.models import User
from accounts.roles import Can, Role
from notices import locks
from notices.models import Task
from notices.terms import LIVE_STAGES, Stage, State

Answer = str | None


def is_office(user: User, task: Task) -> bool:
    return has(user, Can.PLAN, task.notice.unit_id)


def office(user: User, task: Task) -> Answer:
    """The office; over a part (sub-plan) also whoever breaks its parent down."""
    if is_office(user, task):
        return None
    if task.parent_id and task.parent and has(user, Can.WORK, task.parent.lead_unit_id):
        return None
    return "只有整改办可以办理这一步。"


def breaks_down(user: User, task: Task) -> Answer:
    """May this person add parts (sub-plan) to the task now?"""
    if task.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if task.parent_id is not None:
        return "子任务不能再分解，请在上级任务中增加子任务。"
    if task.state != State.ACTIVE:
        return f"任务处于“{State(task.state).label}”，签收并进入整改后才能分解子任务。"
    return submitter(user, task)


def of_lead_unit(user: User, task: Task) -> Answer:
    if has(user, Can.WORK, task.lead_unit_id):
        return None
    return "只有牵头单位的经办人或负责人可以办理这一步。"


def without_accounts(task: Task) -> bool:
    """Nobody works for the lead unit in the system, so the office may file for it (代填)."""
    if task.lead_unit_id is None:
        return True
    workers = people_with(Role.STAFF, task.lead_unit_id, above=False)
    return not workers and not people_with(Role.HEAD, task.lead_unit_id, above=False)


def submitter(user: User, task: Task) -> Answer:
    if has(user, Can.WORK, task.lead_unit_id):
        return None
    if is_office(user, task):
        return None if without_accounts(task) else "牵头单位已有账号，应由该单位自行填报，整改办不能代填。"
    return "只有牵头单位的经办人或负责人可以申请销号。"


def applicant(user: User, task: Task) -> Answer:
    return None if user.pk == task.applicant_id else "只有申请人本人可以撤回。"


def approver(user: User, task: Task) -> Answer:
    if not has(user, Can.APPROVE, task.lead_unit_id):
        return "只有牵头单位(或其上级单位)的负责人可以审核。"
    if task.applicant_id in same_person(user) and not is_one_person_unit(task, user):
        return "申请人不能审核自己的申请，请由本单位其他负责人或上级单位负责人审核。"
    return None


def is_one_person_unit(task: Task, user: User) -> bool:
    """单人单位: `user` is the only active person working in the lead unit, so may approve, marked as such."""
    if task.lead_unit_id is None:
        return False
    people = {u.pk for r in (Role.STAFF, Role.HEAD) for u in people_with(r, task.lead_unit_id, above=False)}
    return people == {user.pk}


def may_return(user: User, task: Task) -> Answer:
    if task.state == State.SUBMITTED:
        return None if has(user, Can.APPROVE, task.lead_unit_id) else "只有牵头单位负责人可以退回。"
    return None if verifies(user, task) else "只有整改办或督导组可以退回。"


def verifies(user: User, task: Task) -> bool:
    """The office and the supervisors verify; a part (sub-plan) is verified by the head of its parent's lead unit."""
    if task.parent_id and task.parent and has(user, Can.APPROVE, task.parent.lead_unit_id):
        return True
    return has(user, Can.VERIFY, task.notice.unit_id)


def verifier(user: User, task: Task) -> Answer:
    """Nobody judges the own work, nor that of a colleague they stand in for or who stands in for them."""
    if not verifies(user, task):
        return "只有整改办或督导组可以验收。"
    if {task.applicant_id, task.approver_id} & same_person(user) or filed_for_unit(user, task):
        return "谁验收、谁负责：申请人、审核人和代填人不能验收同一任务，请由他人验收。"
    return None


def filed_for_unit(user: User, task: Task) -> bool:
    """代填: this person wrote a report in the lead unit's place since the task was last begun."""
    filed = task.progress.filter(by__in=same_person(user), on_behalf=True)
    begun = task.transitions.filter(step="reopen").order_by("-at").values_list("at", flat=True).first()
    return (filed.filter(at__gte=begun) if begun else filed).exists()


def inspector(user: User, task: Task) -> Answer:
    return None if has(user, Can.VERIFY, task.notice.unit_id) else "只有整改办或督导组可以办理这一步。"


def reporter(user: User, task: Task) -> Answer:
    """May this person file progress or evidence on the task now?"""
    if task.notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    if locked := locks.refusal({"progress": "进展"}, task.state, locks.LEAD):
        return locked
    if reporting_unit(user, task) is not None:
        return None
    if is_office(user, task):
        return None if without_accounts(task) else "牵头单位已有账号，应由该单位自行填报。"
    return "只有承担该任务的单位可以填报进展。"


def reporting_unit(user: User, task: Task) -> int | None:
    """The unit for which this person would file: the lead unit first, then the other units of the task."""
    for part in sorted(task.task_units.all(), key=lambda u: (u.role != "lead", u.position)):
        if part.unit_id and part.role != "former" and has(user, Can.WORK, part.unit_id):
            return part.unit_id
    return None


def nudger(user: User, task: Task) -> Answer:
    """The office, the task's leader, and leaders over the lead unit may push."""
    if task.notice.stage not in LIVE_STAGES:
        return "该批次尚未启动或已归档，不能催办。"
    if task.state not in (State.PENDING, State.ACTIVE):
        return f"任务处于“{State(task.state).label}”，无需催办。"
    if has(user, Can.NUDGE, task.notice.unit_id) or has(user, Can.NUDGE, task.lead_unit_id):
        return None
    if user.pk == task.leader_id and units_with(user, Can.NUDGE):
        return None
    return "只有责任领导和整改办可以催办。"
