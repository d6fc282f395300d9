"""What a task's page shows of more time asked for, of reviews and of look-backs."""

import datetime as dt
from typing import Any

from accounts.models import User
from notices.domain import extensions, reviews
from notices.domain.materials import kinds_for
from notices.domain.once import new_token
from notices.forms.extension import DecideForm, ExtensionForm
from notices.forms.review import ReviewForm
from notices.models import Task
from notices.models.task import REVIEW_DAYS
from notices.terms import State


def afterwards(user: User, task: Task, *, today: dt.date) -> dict[str, Any]:
    """`extension`: the open request; `past_extensions`: those that ended. A form is None when it is not for this
    person now; `ask_refused` says why work-people may not ask any more."""
    rows = list(task.extensions.select_related("asked_by").newest_first())
    for row in rows:
        row.task = task
    current = next((row for row in rows if row.is_open), None)
    why_not = extensions.ask_refusal(user, task, today=today) if task.state == State.ACTIVE else "-"
    decides = current is not None and extensions.decide_refusal(user, current) is None
    return {
        "extension": current,
        "past_extensions": [row for row in rows if not row.is_open],
        "extension_form": ExtensionForm(initial={"token": new_token()}, prefix="extension"),
        "may_ask_time": why_not is None,
        "ask_refused": _worth_saying(user, task, why_not, today=today),
        "decide_form": DecideForm(current, initial={"token": new_token()}, prefix="decide")
        if current and decides
        else None,
        "may_take_back": current is not None and extensions.withdraw_refusal(user, current) is None,
        **_reviews(user, task, today=today),
    }


def _worth_saying(user: User, task: Task, why_not: str | None, *, today: dt.date) -> str:
    """Those who work on an overdue task are told why they cannot ask any more, and what to do."""
    late = task.state == State.ACTIVE and task.deadline is not None and task.deadline < today
    return why_not or "" if late and extensions.asker(user, task) is None else ""


def _reviews(user: User, task: Task, *, today: dt.date) -> dict[str, Any]:
    due = reviews.next_review_on(task)
    return {
        "review_on": due,
        "review_late": due is not None and due <= today,
        "review_days": task.review_days or REVIEW_DAYS,
        "may_review": reviews.refusal(user, task) is None,
        "review_form": ReviewForm(initial={"token": new_token()}, prefix="review", kinds=kinds_for(task)),
    }
