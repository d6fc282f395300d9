"""What a person may read of a snapshot: the rows the person could have seen, and could have had counted, that day."""

from dataclasses import dataclass

from accounts.access import has, units_with
from accounts.models import User
from accounts.roles import Can
from notices.domain.coverage import standing_for
from notices.domain.snapshot_rows import KeptIssue, KeptTask, is_counted
from notices.models import Notice
from notices.terms import State


@dataclass(frozen=True)
class Sight:
    """`whole`: everything. Else `units` are the person's own, `figures` those whose figures the person may see."""

    whole: bool
    person: int = 0
    units: frozenset[int] = frozenset()
    figures: frozenset[int] = frozenset()

    def sees(self, task: KeptTask) -> bool:
        if self.whole:
            return True
        if task.row.state == State.DRAFT:
            return False
        return task.leader == self.person or not self.units.isdisjoint(task.part)

    def sees_issue(self, issue: KeptIssue) -> bool:
        return self.whole or self.person in issue.leaders or not self.units.isdisjoint(issue.part)

    def counts(self, task: KeptTask) -> bool:
        """Is the task in this person's figures (coverage.counted, as of the snapshot)?"""
        if not is_counted(task):
            return False
        if self.whole:
            return True
        if task.row.state == State.DRAFT:
            return False
        return task.leader == self.person or not self.figures.isdisjoint(task.lead)


EVERYTHING = Sight(whole=True)


def sight_of(user: User, notice: Notice) -> Sight:
    """Whole for the office and the supervision team over the inspected party."""
    if has(user, Can.SEE_NOTICE, notice.unit_id):
        return EVERYTHING
    own = {*units_with(user, Can.SEE_OWN), *units_with(user, Can.OVERSEE)}
    return Sight(False, user.pk, frozenset(own), frozenset(standing_for(user)))
