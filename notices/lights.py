"""Traffic lights: one rule, said twice (Python and SQL), held equal by tests/notices/test_lights.py.

A preset is a few numbers and switches, so that the rule stays data (domain terms: 红黄绿灯).
A light is judged at `today`, or, while the work waits for somebody else (submitted, verifying), at the day of the submit.
A light is never stored.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, CharField, F, Q, Value, When
from django.db.models.functions import Coalesce

from notices.terms import CLOSED_STATES, WAITING_STATES, Light, Preset, State


@dataclass(frozen=True)
class LightRule:
    """`warn_days`: yellow from this many days left (calendar days, deadline day = 0).

    `accepted_only` (景德镇): green means accepted; open work on schedule is yellow, a missing deadline too.
    """

    warn_days: int
    accepted_only: bool = False


RULES: dict[str, LightRule] = {
    Preset.STANDARD: LightRule(warn_days=10),
    Preset.JIANGJIN: LightRule(warn_days=20),
    Preset.JINGDEZHEN: LightRule(warn_days=0, accepted_only=True),
    Preset.XIAN: LightRule(warn_days=3),
}


def light(
    state: str, deadline: dt.date | None, finished_on: dt.date | None, *, today: dt.date, rule: LightRule
) -> Light:
    """The light of one task. `finished_on` is the day of the submit in force, None when there is none."""
    if state == State.CANCELLED:
        return Light.NONE
    if state == State.SUSTAINED:
        return Light.LONG
    if state == State.COMPLETED:
        return Light.GREEN if rule.accepted_only else Light.DONE
    calm = Light.YELLOW if rule.accepted_only else Light.GREEN
    if deadline is None:
        return calm
    judged = finished_on if state in WAITING_STATES and finished_on else today
    if deadline < judged:
        return Light.RED
    return Light.YELLOW if (deadline - judged).days <= rule.warn_days else calm


def light_sql(*, today: dt.date, rule: LightRule) -> Case:
    """The same rule as an expression over a Task row."""
    calm = Value(Light.YELLOW if rule.accepted_only else Light.GREEN)
    waiting = Q(state__in=WAITING_STATES, finished_on__isnull=False)
    warn = dt.timedelta(days=rule.warn_days)
    return Case(
        When(state=State.CANCELLED, then=Value(Light.NONE)),
        When(state=State.SUSTAINED, then=Value(Light.LONG)),
        When(state=State.COMPLETED, then=Value(Light.GREEN if rule.accepted_only else Light.DONE)),
        When(deadline=None, then=calm),
        When(waiting & Q(deadline__lt=F("finished_on")), then=Value(Light.RED)),
        When(
            waiting & Q(deadline__lte=Coalesce(F("finished_on"), F("deadline")) + warn),
            then=Value(Light.YELLOW),
        ),
        When(waiting, then=calm),
        When(deadline__lt=today, then=Value(Light.RED)),
        When(deadline__lte=today + warn, then=Value(Light.YELLOW)),
        default=calm,
        output_field=CharField(),
    )


def days_left(deadline: dt.date | None, *, today: dt.date) -> int | None:
    """Calendar days to the deadline, negative when it has passed; None without a deadline."""
    return None if deadline is None else (deadline - today).days


def is_closed(state: str) -> bool:
    return state in CLOSED_STATES
