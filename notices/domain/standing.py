"""What reminders of other subjects than tasks are about, as it is now, in the same shape as a task: see matters.py."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from notices.domain.audience import Facts
from notices.domain.matters import OF_RULE, waiting_now
from notices.domain.missing_weeks import absent_now
from notices.domain.reminder_rules import WEEK, Ladder, Who

NO_LONGER = {WEEK: "周报已报送或本周已封存"} | {matter.rule: matter.done for matter in OF_RULE.values()}


class Key(NamedTuple):
    """One subject of one rule, and the day it counts from."""

    rule: str
    notice: int
    subject: int
    day: dt.date


def blank(notice: int) -> Facts:
    """Of what is gone only the notice is known."""
    return Facts(0, "", "", "", None, None, notice, "", 0, None, None, None, "", None, "", None, None, None)


def facts(keys: Iterable[Key]) -> dict[Key, Facts]:
    """Those that still wait, and still from that day. A few queries a rule, however many."""
    wanted = set(keys)
    found: dict[Key, Facts] = {}
    weeks = {key for key in wanted if key.rule == WEEK}
    absent = absent_now((key.notice, key.subject, key.day) for key in weeks)
    for key in weeks:
        if unit := absent.get((key.notice, key.subject, key.day)):
            found[key] = blank(key.notice)._replace(
                number="周报",
                text=f"{unit.unit_name}的周报",
                deadline=key.day,
                notice_title=unit.notice_title,
                party=unit.party,
                lead_unit=key.subject,
                lead_name=unit.unit_name,
            )
    for rule in {key.rule for key in wanted - weeks}:
        now = waiting_now(rule, (key.subject for key in wanted if key.rule == rule))
        for key in wanted:
            at = now.get(key.subject) if key.rule == rule else None
            if at is not None and (at.basis, at.notice) == (key.day, key.notice):
                found[key] = blank(at.notice)._replace(
                    pk=at.task,
                    number=at.number,
                    text=at.text,
                    state=OF_RULE[rule].state,
                    deadline=at.basis,
                    notice_title=at.notice_title,
                    party=at.party,
                    lead_unit=at.unit or None,
                    lead_name=at.unit_name or None,
                    contact=at.contact or None,
                    leader=at.leader or None,
                    applicant=at.applicant or None,
                )
    return found


def tells(rule: str, ladder: Ladder) -> tuple[Who, ...] | None:
    """Who is told; empty for the judges; None when the rule is off."""
    if rule == WEEK:
        return ladder.week or None
    matter = OF_RULE[rule]
    return None if matter.ahead(ladder) is None else matter.tell(ladder)
