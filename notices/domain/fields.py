"""As what a person meets a task or an issue, and which of its fields are read-only for that person now, with the reason."""

from collections.abc import Mapping

from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices import locks
from notices.domain import permissions
from notices.locks import Capacity
from notices.models import Issue, Task
from notices.terms import Stage


def capacity(user: User | None, task: Task) -> Capacity:
    """None is the system account, which may what the office may. Reads the task's units."""
    if user is None or permissions.office(user, task) is None:
        return Capacity.OFFICE
    if has(user, Can.WORK, task.lead_unit_id):
        return Capacity.LEAD
    return Capacity.OTHER if permissions.reporting_unit(user, task) is None else Capacity.PART


def locked(user: User | None, task: Task, fields: Mapping[str, str]) -> dict[str, str]:
    """Field → why it is read-only, of these `fields` (name → label)."""
    if task.notice.stage == Stage.ARCHIVED:
        return dict.fromkeys(fields, locks.ARCHIVED)
    return locks.locked(fields, task.state, capacity(user, task))


def refusal(user: User | None, task: Task, fields: Mapping[str, str]) -> str | None:
    """None when the person may change all of these fields now; else the sentence that refuses."""
    if task.notice.stage == Stage.ARCHIVED:
        return locks.ARCHIVED
    return locks.refusal(fields, task.state, capacity(user, task)) or None


# ── Issues ───────────────────────────────────────────────────────────────────
def issue_capacity(user: User | None, issue: Issue) -> Capacity:
    """None is the system account."""
    office = user is None or has(user, Can.PLAN, issue.notice.unit_id)
    return Capacity.OFFICE if office else Capacity.OTHER


def issue_locked(user: User | None, issue: Issue, fields: Mapping[str, str]) -> dict[str, str]:
    """As `locked`."""
    if issue.notice.stage == Stage.ARCHIVED:
        return dict.fromkeys(fields, locks.ARCHIVED)
    return locks.issue_locked(fields, issue_capacity(user, issue))


def issue_refusal(user: User | None, issue: Issue, fields: Mapping[str, str]) -> str | None:
    """As `refusal`."""
    if issue.notice.stage == Stage.ARCHIVED:
        return locks.ARCHIVED
    return locks.issue_refusal(fields, issue_capacity(user, issue)) or None
