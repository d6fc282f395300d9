"""From a parsed notice to a notice with aspects, issues and tasks: one task per measure, in one transaction."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.access import has, nameable
from accounts.matching import UnitNames
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain import rollup, workflow
from notices.domain.intake_labels import Labelled, read_labels
from notices.domain.planning import unit_rows
from notices.errors import Refused
from notices.models import Aspect, Issue, Notice, Task, TaskUnit
from notices.records import ParsedIssue, ParsedNotice, Warned
from notices.terms import ParsedProgress, Stage, State

# What a notice prints → the state of every task of the issue; anything else stays a draft.
TAKEN_STATES = {ParsedProgress.COMPLETED: State.COMPLETED, ParsedProgress.SUSTAINED: State.SUSTAINED}


@dataclass(frozen=True)
class Taken:
    """What an intake made. `created` False: the same text was taken before, nothing changed."""

    notice: Notice
    created: bool
    aspects: int
    issues: int
    tasks: int
    warnings: tuple[Warned, ...]


def digest_of(text: str) -> str:
    """SHA-256 of the text without differences in line ends and outer blanks."""
    lines = [line.strip() for line in text.splitlines()]
    return hashlib.sha256("\n".join(line for line in lines if line).encode()).hexdigest()


@transaction.atomic
def take_notice(
    parsed: ParsedNotice, *, unit: Unit, text: str, by: User | None, at: dt.datetime, today: dt.date
) -> Taken:
    """Create the notice of `unit` (the inspected party) with everything the outline holds.

    1. right and sense; 2. the same text again → what was made before; 3. notice, aspects, issues, draft tasks;
    4. printed states taken over; 5. the event.
    """
    if by is not None and not has(by, Can.PLAN, unit):
        raise Refused(f"您不是“{unit.name}”的整改办人员，不能为其录入通报。")
    if not parsed.issues:
        raise Refused("没有从文中识别出任何问题，请检查文件是否为整改通报或反馈意见，或先在录入页面中调整。")
    digest = digest_of(text)
    before = Notice.objects.filter(unit=unit, text_digest=digest).order_by("pk").first()
    if before is not None:
        return _counted(before, created=False, warnings=parsed.warnings)
    title = parsed.title or made_title(parsed, unit)
    if Notice.objects.filter(unit=unit, title=title).exists():
        raise Refused(f"“{unit.name}”已有同名批次“{title}”，但原文不同。请改标题后再录入，或更新原批次。")
    notice = _notice(parsed, unit=unit, title=title, text=text, digest=digest, by=by, at=at)
    notice.save(force_insert=True)
    names = UnitNames.load(nameable(by, unit.pk))
    labelled = [read_labels(p, names=names, campaign=notice.campaign) for p in parsed.issues]
    issues = _outline(notice, parsed, labelled)
    triples = zip(issues, parsed.issues, labelled, strict=True)
    planned = [(t, marks.parts) for issue, p, marks in triples for t in _tasks(issue, p, marks)]
    tasks = [task for task, _ in planned]
    with rollup.kept() as kept:
        Task.objects.bulk_create(tasks, batch_size=500)
        TaskUnit.objects.bulk_create(
            [r for t, parts in planned for r in unit_rows(t.pk, parts)], batch_size=500
        )
        kept.add(*(t.pk for t in tasks))
    _take_states(notice, issues, tasks, parsed, by=by, at=at, today=today)
    data = {"title": title, "aspects": len(parsed.aspects), "issues": len(issues), "tasks": len(tasks)}
    audit.record(audit.Act("notice.intake", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
    return Taken(notice, True, len(parsed.aspects), len(issues), len(tasks), parsed.warnings)


def made_title(parsed: ParsedNotice, unit: Unit) -> str:
    """A title for a text that has none."""
    body = parsed.inspecting_body or "巡视巡察"
    return f"{parsed.inspected_party or unit.name}关于{body}反馈意见整改情况"


def _notice(
    parsed: ParsedNotice, *, unit: Unit, title: str, text: str, digest: str, by: User | None, at: dt.datetime
) -> Notice:
    contact = parsed.contact
    start, end = parsed.inspection_start, parsed.inspection_end
    if start and end and end < start:
        start = end = None  # printed the wrong way round: warned by the reader, never guessed
    return Notice(
        title=title[:200],
        unit=unit,
        inspecting_body=(parsed.inspecting_body or "")[:100],
        inspection_start=start,
        inspection_end=end,
        feedback_on=parsed.feedback_on,
        published_on=parsed.published_on,
        signed_by=(parsed.signed_by or "")[:100],
        signed_on=parsed.signed_on,
        phone=(contact.phone or "")[:100],
        address=(contact.address or "")[:200],
        postcode=(contact.postcode or "")[:20],
        email=(contact.email or "")[:100],
        stage=_stage(parsed),
        text=text,
        text_digest=digest,
        created_at=at,
        created_by=by,
    )


def _stage(parsed: ParsedNotice) -> Stage:
    """A feedback letter starts a campaign; a progress notice runs, and is published when nothing in it is open."""
    if not any(i.measures for i in parsed.issues):
        return Stage.DRAFT
    closed = all(i.progress in TAKEN_STATES for i in parsed.issues)
    return Stage.PUBLISHED if closed else Stage.RUNNING


def _outline(notice: Notice, parsed: ParsedNotice, labelled: list[Labelled]) -> list[Issue]:
    """Aspects and issues, saved, in the order of the outline."""
    aspects = Aspect.objects.bulk_create(
        [Aspect(notice=notice, number=a.number, title=a.title[:500], line=a.line) for a in parsed.aspects]
    )
    issues = [
        Issue(
            notice=notice,
            aspect=aspect_of(p, aspects),
            number=f"W{p.path[0] if p.path else 0:02d}-{position:03d}",
            path=list(p.path),
            position=position,
            title=title_of(p),
            line=p.line,
            **marks.issue,
        )
        for position, (p, marks) in enumerate(zip(parsed.issues, labelled, strict=True), start=1)
    ]
    return Issue.objects.bulk_create(issues, batch_size=500)


def aspect_of(issue: ParsedIssue, aspects: Iterable[Aspect]) -> Aspect | None:
    """The aspect whose number heads the path; of several with that number the last one printed before the issue."""
    wanted = [a for a in aspects if issue.path and a.number == issue.path[0]]
    before = [a for a in wanted if (a.line or 0) <= issue.line]
    found = before or wanted
    return found[-1] if found else None


def title_of(issue: ParsedIssue) -> str:
    return issue.title[:1000] or f"（第 {issue.line} 行的问题，标题未识别）"


def _tasks(issue: Issue, parsed: ParsedIssue, labelled: Labelled) -> Iterable[Task]:
    for position, measure in enumerate(parsed.measures, start=1):
        yield Task(
            notice_id=issue.notice_id,
            issue=issue,
            number=f"{issue.number}-{position:02d}",
            position=position,
            heading=(measure.heading or "")[:300],
            text=measure.text or measure.heading or issue.title,
            line=measure.line,
            **labelled.task,
        )


def _take_states(
    notice: Notice,
    issues: list[Issue],
    tasks: list[Task],
    parsed: ParsedNotice,
    *,
    by: User | None,
    at: dt.datetime,
    today: dt.date,
) -> None:
    """Printed states, closed on the day the notice was signed or published."""
    printed = {
        i.pk: TAKEN_STATES[ParsedProgress(p.progress)]
        for i, p in zip(issues, parsed.issues, strict=True)
        if p.progress in TAKEN_STATES
    }
    states = {t.pk: printed[t.issue_id] for t in tasks if t.issue_id in printed}
    day = parsed.signed_on or parsed.published_on or today
    workflow.take_over(states, by=by, at=at, today=day, why=f"录入通报“{notice.title}”时按原文接收")


def _counted(notice: Notice, *, created: bool, warnings: tuple[Warned, ...]) -> Taken:
    counts = (notice.aspects.count(), notice.issues.count(), notice.tasks.count())
    return Taken(notice, created, *counts, warnings)
