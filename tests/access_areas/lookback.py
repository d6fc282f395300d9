"""Requests for more time in every state, reviews, look-backs and links, in the first two counties."""

import datetime as dt
from dataclasses import replace

from django.utils import timezone

from notices.domain import rollup
from notices.models import Extension, Issue, IssueLink, LookBack, LookBackItem, Review, Task
from notices.terms import ExtensionState
from tests.access import Thing

LETTERS = {"e": "extension", "v": "review", "l": "lookback", "k": "link"}
LATER = dt.timedelta(days=60)
E = ExtensionState


def _other(world, thing):
    """Another issue of the same county not linked with it yet, of the running notice when there is one."""
    linked = {
        pk for pair in IssueLink.objects.of(Issue(pk=thing.pk)).values_list("earlier", "later") for pk in pair
    }
    rows = Issue.objects.filter(notice__unit=world.units[thing.party]).exclude(pk__in={thing.pk, *linked})
    first = rows.filter(notice__stage="running").order_by("pk").first()
    return {"other": (first or rows.order_by("pk").first()).pk, "kind": "alike"}


def _plan(world, thing):
    """Some closed task is needed; notices without one are refused by what they lack."""
    return {
        "title": "回头看二", "starts_on": "2026-11-01", "ends_on": "2026-12-01", "rule": "all", "sample": "every",
    }  # fmt: skip


BODIES = {
    "notices:extension_ask": lambda w, t: {
        "extension-wanted_on": "2099-12-31",
        "extension-reason": "汛期影响",
        "extension-done_so_far": "已完成设计",
    },
    "notices:extension_decide": lambda w, t: {"decide-verdict": "approve", "decide-note": "同意"},
    "notices:task_review": lambda w, t: {"review-text": "运行平稳", "review-verdict": "keep"},
    "notices:lookback_new": _plan,
    "notices:lookback_close": lambda w, t: {"summary": "其余下次再查"},
    "notices:lookback_item": lambda w, t: {"verdict": "firm", "findings": "整改成果巩固"},
    "notices:issue_link": _other,
    "notices:link_remove": lambda w, t: {"why": "并非同类"},
    "api:extension-decide": lambda w, t: {"yes": True},
    "api:lookback-close": lambda w, t: {"summary": "其余下次再查"},
    "api:lookback-item-judge": lambda w, t: {"verdict": "firm", "findings": "整改成果巩固"},
    "api:link-remove": lambda w, t: {"why": "并非同类"},
}


def build(world):
    _deadlines_ahead(world)
    for party in ("a", "b"):
        _extensions(world, party)
        _reviews(world, party)
        _look_backs(world, party)
        _links(world, party)


def _deadlines_ahead(world):
    """Work under way may be asked more time for."""
    rows = [t.pk for t in world.things["task"] if t.state == "active"]
    with rollup.kept(rows):
        Task.objects.filter(pk__in=rows).update(deadline=timezone.localdate() + LATER)


def _word(letter, pk):
    return f"zk{letter}{pk}k"


def _extensions(world, party):
    """Open ones on tasks of their own, so that others may still be asked for; ended ones beside them."""
    tasks = [t for t in world.things["task"] if (t.party, t.state, t.lead) == (party, "active", f"{party}1")]
    running = [t for t in tasks if t.stage == "running"]
    asked, forwarded = running[0], running[-1]
    wanted = [(asked, E.ASKED), (asked, E.REFUSED)]
    wanted += [(forwarded, E.FORWARDED)] if forwarded != asked else []
    wanted += [(t, E.ASKED) for t in tasks if t.stage == "archived"]
    for thing, state in wanted:
        staff, head = world.users[f"{party}1_staff"], world.users[f"{party}1_head"]
        at, today = timezone.now(), timezone.localdate()
        signed = state != E.ASKED
        row = Extension.objects.create(
            task_id=thing.pk, state=state, reason="待填", done_so_far="待填", wanted_on=today + 2 * LATER,
            deadline_before=today + LATER, asked_by=staff, asked_by_name=staff.name, asked_at=at,
            head=head if signed else None, head_name=head.name if signed else "", head_at=at if signed else None,
            ended_at=at if state == E.REFUSED else None,
        )  # fmt: skip
        word = _word("e", row.pk)
        Extension.objects.filter(pk=row.pk).update(
            reason=f"{word}理由", done_so_far=f"{word}进展", head_note=f"{word}意见" if signed else ""
        )
        world.add(
            replace(
                thing, kind="extension", pk=row.pk, state=state.value, tasks=(thing,), confirmed=False,
                applicant=f"{party}1_staff", approver=f"{party}1_head" if signed else "",
            )
        )  # fmt: skip
        if row.is_open:
            _mark(world, thing)


def _mark(world, thing):
    """Nobody may ask again while a request is open."""
    tasks = world.things["task"]
    at = next(i for i, t in enumerate(tasks) if t.pk == thing.pk)
    tasks[at] = replace(tasks[at], confirmed=True)


def _reviews(world, party):
    thing = world.task(party=party, state="sustained")
    by = world.users[f"{party}_supervisor"]
    row = Review.objects.create(
        task_id=thing.pk, text="待填", verdict="keep", on=timezone.localdate(), by=by, by_name=by.name,
        at=timezone.now(),
    )  # fmt: skip
    Review.objects.filter(pk=row.pk).update(text=f"{_word('v', row.pk)}复查")
    world.add(Thing(kind="review", pk=row.pk, party=party, tasks=(thing,)))


def _look_backs(world, party):
    """One under way with a task to judge, one ended with a task judged."""
    by, today = world.users[f"{party}_supervisor"], timezone.localdate()
    thing = world.task(party=party, state="completed")
    for ended in (False, True):
        at = timezone.now()
        row = LookBack.objects.create(
            notice_id=thing.notice.pk, title=f"待填{ended}", starts_on=today, ends_on=today, rule="all",
            sample="every", seed="0", pool=[thing.pk], by=by, by_name=by.name, at=at,
            closed_at=at if ended else None,
        )  # fmt: skip
        word = _word("l", row.pk)
        # Title and findings stand on the timeline of the task as well, for everybody who sees it.
        LookBack.objects.filter(pk=row.pk).update(
            title=f"{_word('n', thing.notice.pk)}回头看{ended}", method=f"{word}方式", summary=f"{word}小结"
        )
        item = LookBackItem.objects.create(look_back=row, task_id=thing.pk, position=1)
        if ended:
            said = {"verdict": "firm", "by": by, "by_name": by.name, "at": at}
            LookBackItem.objects.filter(pk=item.pk).update(findings=f"{_word('t', thing.pk)}核查", **said)
        campaign = Thing(kind="lookback", pk=row.pk, party=party, confirmed=ended)
        world.add(campaign)
        world.add(replace(campaign, kind="lookback_item", pk=item.pk))


def _links(world, party):
    """An issue with tasks of the first unit, and one only the office sees."""
    issues = [t for t in world.things["issue"] if t.party == party]
    wide = next(i for i in issues if i.stage == "running")
    narrow = next(i for i in issues if all(t.state == "draft" for t in i.tasks))
    by = world.users[f"{party}_office"]
    earlier, later = sorted((wide.pk, narrow.pk))
    row = IssueLink.objects.create(
        earlier_id=earlier, later_id=later, kind="alike", by=by, by_name=by.name, at=timezone.now()
    )
    IssueLink.objects.filter(pk=row.pk).update(note=f"{_word('k', row.pk)}说明")
    world.add(Thing(kind="link", pk=row.pk, party=party, stage=narrow.stage, tasks=narrow.tasks))
