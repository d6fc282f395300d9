"""The contact's telephone number: who is shown all of it, and which number is meant when a masked one comes back.

Lists and exports hide the middle of every number from everybody, for they are handed on; the whole number stands on
the task's own page, for those who have business with it (GB/T 22239-2019, 8.1.4.11: no more personal data than needed).
"""

from collections.abc import Mapping
from typing import Any

from accounts.access import has
from accounts.models import User
from accounts.phones import masked, meant, mismatch
from accounts.roles import Can
from notices.domain.permissions import is_office, verifies
from notices.errors import Refused
from notices.models import Task


def knows_phone(user: User, task: Task) -> bool:
    """The contact and the responsible leader themselves, and who carries the task as its lead, plans, verifies or
    presses it. Units that support it, or led it before, are shown the number with its middle hidden."""
    if user.pk in (task.contact_id, task.leader_id):
        return True
    carries = has(user, Can.WORK, task.lead_unit_id) or has(user, Can.NUDGE, task.lead_unit_id)
    return carries or verifies(user, task) or is_office(user, task)


def phone_for(user: User, task: Task) -> str:
    """The contact's number as this person is shown it on the task's own page."""
    return task.contact_phone if knows_phone(user, task) else masked(task.contact_phone)


def whole_phone(given: str, *known: str) -> str:
    """The number a field means; Refused when it is a mask of none that is `known`."""
    number = meant(given, *known)
    if number is None:
        raise Refused(f"联系电话：{mismatch(given)}")
    return number


def read(values: Mapping[str, Any], task: Task) -> Mapping[str, Any]:
    """Fields of a task as somebody filled them in; a number that came back as it was shown is the stored one."""
    given = values.get("contact_phone")
    if given is None:
        return values
    return {**values, "contact_phone": whole_phone(given, task.contact_phone)}
