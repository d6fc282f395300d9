"""The demo played through the domain's own functions, with past instants, so that every row is as in real use."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction

from accounts import people
from accounts.models import Unit, User
from accounts.people import Newcomer
from accounts.stand_ins import name_stand_in
from notices.domain import inbox, nudges, planning, reporting, workflow
from notices.domain.intake import take_notice
from notices.domain.planning import Part
from notices.domain.reporting import StoredFile
from notices.domain.requirements import Ask
from notices.domain.workdays import load_calendar
from notices.management.demo.afterwards import DEEDS, acts_after
from notices.management.demo.cast import HEAD, OFFICE, OFFICE_TWO, PEOPLE, STAFF, UNITS
from notices.management.demo.course import PLANNED, Act, Beat, Key, acts_of
from notices.management.demo.editions import edition_deeds
from notices.management.demo.papers import Paper, make_paper, stored
from notices.management.demo.plans import (
    BROKEN_DOWN,
    EARLIER,
    approve_plan,
    break_down,
    change,
    plan_acts,
)
from notices.management.demo.plot import Chapter, Line, read_comments, read_notice, read_plot
from notices.management.demo.pushes import push_on
from notices.management.demo.reminding import remind
from notices.management.demo.systems import connect
from notices.management.demo.views import look_on
from notices.management.demo.visits import meet, photographs, reckon, visit
from notices.management.demo.weeks import Deed, week_deeds
from notices.models import Issue, Message, Notice, Task
from notices.records import ParsedNotice
from notices.terms import State, UnitRole
from notices.text.parse import parse_notice

UNREAD_DAYS = 6  # older messages have been read


@dataclass(frozen=True)
class Played:
    """`key`: of a token of the 教育局's, to try the interface with."""

    notice: Notice
    people: list[Newcomer]
    key: str


@dataclass
class Stage:
    """Who and what stands ready while the story is played."""

    units: dict[str, Unit]
    users: dict[str, User]
    tasks: dict[Key, Task]
    files: dict[Key, list[StoredFile]]
    today: dt.date
    now: dt.datetime

    def days_ago(self, days: int, hour: int = 9) -> dt.datetime:
        day = self.today - dt.timedelta(days=days)
        return min(self.now, dt.datetime.combine(day, dt.time(hour), self.now.tzinfo))


def play(*, now: dt.datetime, finish: Callable[[Played], None]) -> Played:
    """Units, people, the notice, its plan, sixty tasks and what became of them. All of it or nothing.

    `now` in the time zone of China. 1. the acts and the files they need; 2. files checked and stored;
    3. everything else in one transaction, acts in the order of their instants; `finish` is its last act.
    """
    stage = Stage({}, {}, {}, {}, now.date(), now)
    text = _text(stage)
    acts = sorted(_script(today=stage.today, now=now), key=lambda a: a.at)
    wanted = [act for act in acts if act.beat.paper]
    photos_of_visits = stored(photographs(today=stage.today))
    with (
        stored(_papers(wanted, parse_notice(text))) as files,
        photos_of_visits as photos,
        transaction.atomic(),
    ):
        for act, file in zip(wanted, files, strict=True):
            stage.files.setdefault(act.key, []).append(file)
        newcomers = _people(stage)
        notice = _take_notice(stage, text)
        _plan(stage, notice)
        deeds: list[Deed] = [(act.at, partial(_perform, stage, act)) for act in acts]
        deeds += week_deeds(notice, stage.users, stage.units, now=now)
        deeds += edition_deeds(notice, stage.users, now=now)
        for _, do in sorted(deeds, key=lambda deed: deed[0]):
            do()
        _daily_work(stage, at=acts[-1].at)
        look_on(notice, stage.users, stage.units["county"], at=stage.days_ago(8, 11))
        push_on(notice, stage.users, ago=stage.days_ago, today=stage.today)
        remind(stage.users, now=now)
        visit(notice, stage.users, stage.units, photos=photos, ago=stage.days_ago)
        meet(notice, stage.users, ago=stage.days_ago)
        reckon(notice, stage.users, stage.units, ago=stage.days_ago)
        _read_old_messages(stage)
        key = connect(notice, stage.users, ago=stage.days_ago, today=stage.today)
        played = Played(notice, newcomers, key)
        finish(played)
    return played


def _script(*, today: dt.date, now: dt.datetime) -> Iterator[Act]:
    chapters, words = read_plot()
    for issue, chapter in enumerate(chapters, start=1):
        for number, line in enumerate(chapter.lines, start=1):
            yield from acts_of(chapter, line, (issue, number), words, today=today, now=now)
    yield from plan_acts(today=today, now=now)
    yield from acts_after(today=today, now=now)
    for said in read_comments():
        at = dt.datetime.combine(today - dt.timedelta(days=said.days), dt.time(17, 10), now.tzinfo)
        yield Act(at, (said.issue, said.task), Beat(said.days, 17, "comment", said.by, {"text": said.said}))


def _papers(acts: list[Act], parsed: ParsedNotice) -> Iterator[tuple[str, bytes]]:
    """File name and content of each act's evidence."""
    chapters, _ = read_plot()
    names = {u.key: u.name for u in UNITS}
    for act in acts:
        issue, number = act.key
        chapter, outline = chapters[issue - 1], parsed.issues[issue - 1]
        measure, said = outline.measures[number - 1].text, chapter.lines[number - 1].said
        code = f"W{outline.path[0]:02d}-{issue:03d}-{number:02d}"
        yield make_paper(Paper(code, names[chapter.lead], measure, said, act.at.date()), act.beat.paper)


def _people(stage: Stage) -> list[Newcomer]:
    at = stage.days_ago(160)
    for place, part in enumerate(UNITS, start=1):
        stage.units[part.key] = people.create_unit(
            part.name,
            parent=stage.units.get(part.above),
            short_name=part.short,
            aliases=part.aliases,
            position=place * 10,
            by=None,
            at=at,
        )
    newcomers = []
    for place, person in enumerate(PEOPLE, start=1):
        made = people.create_person(
            person.login,
            name=person.name,
            title=person.title,
            phone=_phone(place),
            email=f"{person.login}@example.cn",
            change_password=False,
            by=None,
            at=at,
        )
        posts = [(stage.units[unit], role) for unit, role in person.posts]
        people.set_posts(made.user, posts, by=None, at=at)
        stage.users[person.login] = made.user
        newcomers.append(made)
    return newcomers


def _phone(place: int) -> str:
    return f"0000-88001{place:02d}"


def _chinese(day: dt.date, *, year: bool = True) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if year else f"{day.month}月{day.day}日"


def _text(stage: Stage) -> str:
    start, end, feedback, signed = (stage.days_ago(days).date() for days in (200, 158, 136, 109))
    return read_notice().format(
        start=_chinese(start),
        end=_chinese(end, year=end.year != start.year),
        feedback=_chinese(feedback, year=feedback.year != end.year),
        signed=_chinese(signed),
    )


def _take_notice(stage: Stage, text: str) -> Notice:
    by, at = stage.users[OFFICE], stage.days_ago(108, 10)
    taken = take_notice(
        parse_notice(text), unit=stage.units["county"], text=text, by=by, at=at, today=at.date()
    )
    return taken.notice


def _plan(stage: Stage, notice: Notice) -> None:
    """Leader, units and deadlines, as the rectification plan set them."""
    chapters, _ = read_plot()
    by, at = stage.users[OFFICE], stage.days_ago(PLANNED, 14)
    keys: dict[int, Key] = {}
    issues = Issue.objects.filter(notice=notice).order_by("position")
    for number, (issue, chapter) in enumerate(zip(issues, chapters, strict=True), start=1):
        leader, lead = stage.users[chapter.leader], stage.units[chapter.lead]
        values = {"leader": leader, "leader_text": leader.name, "lead_unit": lead, "lead_text": lead.name}
        planning.edit_issue(issue, values, base={}, by=by, at=at)
        tasks = Task.objects.filter(issue=issue).select_related("notice").order_by("position")
        for place, (task, line) in enumerate(zip(tasks, chapter.lines, strict=True), start=1):
            keys[task.pk] = (number, place)
            _plan_task(stage, task, chapter, line, by=by, at=at, sooner=EARLIER.get((number, place), 0))
    submitted, approved = stage.days_ago(PLANNED - 1, 9), stage.days_ago(PLANNED - 1, 16)
    approve_plan(notice, by=by, at=submitted, other=stage.users[OFFICE_TWO], then=approved)
    for task in Task.objects.filter(notice=notice).select_related("notice", "lead_unit", "contact", "leader"):
        stage.tasks[keys[task.pk]] = task


def _plan_task(
    stage: Stage, task: Task, chapter: Chapter, line: Line, *, by: User, at: dt.datetime, sooner: int
) -> None:
    lead = stage.units[chapter.lead]
    parts = [Part(lead, lead.name, UnitRole.LEAD)]
    for key in chapter.helpers:
        parts.append(Part(stage.units[key], stage.units[key].name, UnitRole.SUPPORTING))
    parts += [Part(None, name, UnitRole.SUPPORTING) for name in chapter.others]
    planning.set_units(task, parts, by=by, at=at)
    contact, leader = stage.users[STAFF[chapter.lead]], stage.users[chapter.leader]
    values: dict[str, Any] = {
        "kind": line.kind,
        "leader": leader,
        "leader_text": leader.name,
        "contact": contact,
        "contact_text": contact.name,
        "contact_phone": contact.phone,
        "keep_up": line.fate in ("sustained", "kept"),
        "review_days": 90 if line.fate in ("sustained", "kept") else None,
    }
    if line.due is not None:
        deadline = stage.today + dt.timedelta(days=-40 if line.fate == "relapsed" else line.due - sooner)
        values |= {"deadline": deadline, "deadline_text": f"{_chinese(deadline)}前"}
    planning.edit_task(task, values, base={}, by=by, at=at)


def _perform(stage: Stage, act: Act) -> None:
    beat, by = act.beat, stage.users[act.beat.by]
    task = stage.tasks.get(act.key, stage.tasks[BROKEN_DOWN])
    if beat.verb == "part":
        made = break_down(stage.tasks[BROKEN_DOWN], act, units=stage.units, by=by, today=stage.today)
        stage.tasks[act.key] = Task.objects.select_related("notice", "lead_unit", "contact", "parent").get(
            pk=made.pk
        )
    elif beat.verb in ("postpone", "rewrite"):
        issue, number = act.key
        due = read_plot()[0][issue - 1].lines[number - 1].due or 0
        change(stage.tasks[act.key], act, by=by, today=stage.today, due=due)
    elif beat.verb in workflow.STEPS:
        workflow.perform(task, beat.verb, _ask(stage, act, by))
    elif beat.verb == "report":
        files = [stage.files[act.key].pop(0)] if beat.paper else []
        reporting.report(task, files=files, by=by, at=act.at, **beat.data)
    elif beat.verb == "attach":
        reporting.attach(task, [stage.files[act.key].pop(0)], by=by, at=act.at)
    elif beat.verb in DEEDS:
        DEEDS[beat.verb](stage, act, by)
    elif beat.verb == "nudge":
        nudges.push_many([task], by=by, at=_at_work(act.at), **beat.data)
    else:
        reporting.comment(task, by=by, at=act.at, **beat.data)


def _at_work(at: dt.datetime) -> dt.datetime:
    """The same hour of the last working day: nobody is pushed on a day off."""
    calendar = load_calendar(at.date())
    while not calendar.is_working(at.date()):
        at -= dt.timedelta(days=1)
    return at


def _ask(stage: Stage, act: Act, by: User) -> Ask:
    data = act.beat.data
    return Ask(
        by=by,
        at=act.at,
        today=act.at.date(),
        reason=data.get("reason", ""),
        outcome=data.get("outcome", ""),
        lead_unit=stage.units[data["lead"]] if "lead" in data else None,
        deadline=stage.today + dt.timedelta(days=data["due"]) if "due" in data else None,
        review_days=data.get("review_days"),
        no_evidence=data.get("no_evidence", ""),
        merged_into=stage.tasks[data["merged"]] if "merged" in data else None,
    )


def _daily_work(stage: Stage, *, at: dt.datetime) -> None:
    """Materials the office asks of one task, and a head who will be away for some days."""
    task, office = stage.tasks[3, 1], stage.users[OFFICE]
    kinds = {"evidence_kinds": "会议记录、照片"}
    planning.edit_task(task, kinds, base={}, by=office, at=at)
    away, deputy = stage.users[HEAD["qinghe"]], stage.users[STAFF["qinghe"]]
    days = {"first_on": stage.today + dt.timedelta(days=1), "last_on": stage.today + dt.timedelta(days=5)}
    name_stand_in(
        away, deputy, stage.units["qinghe"], **days, why="参加市里培训", by=away, at=at, today=stage.today
    )


def _read_old_messages(stage: Stage) -> None:
    """People have read what came more than a few days ago; the youngest wait in their inboxes."""
    line = stage.days_ago(UNREAD_DAYS)
    for user in stage.users.values():
        old = Message.objects.of(user).filter(at__lt=line).values_list("pk", flat=True)
        inbox.mark_read(user, old, at=line)


def states(notice: Notice) -> dict[str, int]:
    """How many tasks stand in each state, by label; for the last words of the command."""
    found = list(Task.objects.filter(notice=notice).values_list("state", flat=True))
    return {str(state.label): found.count(state) for state in State if state in found}
