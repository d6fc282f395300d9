"""Plans: one that may be submitted, one that waits for approval. Their notices carry no canaries."""

import datetime as dt

from django.utils import timezone

from notices.domain import plan_review
from notices.models import Issue, Notice, PlanReview, Task
from notices.terms import Stage, State
from tests import factories
from tests.access import Thing

LETTERS: dict[str, str] = {}
DUE = dt.date(2099, 12, 31)


def _decide(world, thing):
    return {"act": "approve", "review": PlanReview.objects.get(notice=thing.pk).pk}


def _part(world, thing):
    return {"part-text": "核对台账", "part-lead": world.units[thing.lead].pk if thing.lead else ""}


def _paste(world, thing):
    task = Task.objects.filter(notice=thing.pk, parent=None).exclude(state="cancelled").order_by("pk").first()
    return {"task": task.pk, "column": "leader", "block": "某领导"}


BODIES = {
    "notices:planning_paste": _paste,
    "notices:planning_add": lambda world, thing: {
        "issue": Issue.objects.filter(notice=thing.pk).first().pk,
        "text": "增设监督员",
    },
    "notices:planning_measure": lambda world, thing: {"act": "split", "text": "清理台账｜修订制度"},
    "notices:task_part_add": _part,
    "api:plan-return": lambda world, thing: {"reason": "措施不够具体"},
    "api:measure-split": lambda world, thing: {"first": "清理台账", "second": "修订制度"},
    "api:task-parts": lambda world, thing: {
        "text": "核对台账",
        "lead": world.units[thing.lead].pk if thing.lead else 0,
    },
    "notices:plan_submit": lambda world, thing: {"note": "请审批"},
    "notices:plan_decide": _decide,
}


def build(world):
    for county in ("a", "b"):
        ready, waiting = _plan(world, county, "待报批"), _plan(world, county, "待批准")
        by = world.users[f"{county}_office"]
        plan_review.submit(waiting, note="", by=by, at=timezone.now())
        draft = Task.objects.get(notice=ready)
        world.add(Thing(kind="plan_draft", pk=draft.pk, party=county, state="draft", stage="draft"))
        world.add(Thing(kind="plan_ready", pk=ready.pk, party=county, stage="draft"))
        alone = county == "b"  # an office of one person: whoever laid the plan before may approve it
        world.add(
            Thing(
                kind="plan_waiting",
                pk=waiting.pk,
                party=county,
                stage="draft",
                applicant=by.username,
                sole=alone,
            )
        )


def _plan(world, county: str, title: str) -> Notice:
    notice = factories.make_notice(world.units[county], title=title, stage=Stage.DRAFT)
    issue = factories.make_issue(notice)
    lead = world.units[f"{county}1"]
    task = factories.make_task(issue, lead=lead, state=State.DRAFT, leader_text="某领导", deadline=DUE)
    for kind, row in (("notice", notice), ("issue", issue), ("task", task)):
        world.beside[kind][row.pk] = county
    return notice
