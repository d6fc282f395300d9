"""验收 of several tasks at once: what stands beside each claim, and one verdict a task, each for itself."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from accounts.access import same_person
from accounts.models import User
from notices.domain import materials, workflow
from notices.domain.requirements import Ask
from notices.errors import Missing, Refused
from notices.models import Evidence, Progress, Task, Transition
from notices.terms import Outcome, State

RETURN = "return"
CHOICES = (*Outcome.choices, (RETURN, "退回"))
NOT_OWN = "谁验收、谁负责：您（或您代班的同事）曾代填、申请或审核这项任务，请由他人验收。"


@dataclass(frozen=True)
class Claim:
    """One waiting task with what its verdict rests on. `why_not`: why this person may not judge it."""

    task: Task
    asked: Transition | None
    approved: Transition | None
    files: list[Evidence]
    lacking: list[str]
    why_not: str

    @property
    def label(self) -> str:
        return Outcome(self.task.claim).label if self.task.claim else "未写明"


@dataclass(frozen=True)
class Verdict:
    """What a person decided about one task; `version` is that of the page they looked at."""

    task: int
    choice: str  # an Outcome or RETURN
    reason: str = ""
    version: int | None = None


@dataclass(frozen=True)
class Judged:
    """Numbers of the tasks closed and returned; id → the sentence for those that were left as they were."""

    closed: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def claims(tasks: Sequence[Task], *, user: User) -> list[Claim]:
    """In the order given. Three queries, however many tasks (notice, applicant and approver joined)."""
    pks = [task.pk for task in tasks]
    steps: dict[tuple[int, str], Transition] = {}
    for row in Transition.objects.filter(task__in=pks, step__in=("submit", "approve")).order_by("at", "pk"):
        steps[row.task_id, row.step] = row
    files: dict[int, list[Evidence]] = {}
    for file in Evidence.objects.filter(task__in=pks, removed_at=None).order_by("-at", "-pk"):
        files.setdefault(file.task_id, []).append(file)
    same = same_person(user)
    filed = set(
        Progress.objects.filter(task__in=pks, by__in=same, on_behalf=True).values_list("task_id", flat=True)
    )
    found = []
    for task in tasks:
        own = task.pk in filed or not same.isdisjoint({task.applicant_id, task.approver_id})
        its = files.get(task.pk, [])
        lacking = materials.lacking(task, (f.category for f in its))
        asked, approved = steps.get((task.pk, "submit")), steps.get((task.pk, "approve"))
        found.append(Claim(task, asked, approved, its, lacking, NOT_OWN if own else ""))
    return found


@transaction.atomic
def judge_many(
    tasks: Iterable[Task], verdicts: Mapping[int, Verdict], *, by: User, at: dt.datetime, today: dt.date
) -> Judged:
    """Each verdict through the table of steps in a savepoint of its own: a refusal leaves that task alone and does
    not stop the others."""
    judged = Judged()
    for task in tasks:
        verdict = verdicts.get(task.pk)
        if verdict is None:
            continue
        try:
            _judge(task, verdict, Ask(by=by, at=at, today=today, reason=verdict.reason))
        except Missing as why:
            judged.refused[task.pk] = "".join(why.fields.values())
        except Refused as why:
            judged.refused[task.pk] = str(why)
        else:
            (judged.returned if verdict.choice == RETURN else judged.closed).append(task.number)
    return judged


@transaction.atomic
def _judge(task: Task, verdict: Verdict, ask: Ask) -> None:
    if verdict.version is not None:
        task.version = verdict.version
    if verdict.choice == RETURN:
        if task.state != State.VERIFYING:
            raise Refused(f"任务处于“{State(task.state).label}”，不能退回。")
        workflow.perform(task, "return", ask)
    else:
        asked = Ask(by=ask.by, at=ask.at, today=ask.today, reason=ask.reason, outcome=verdict.choice)
        workflow.perform(task, "close", asked)
