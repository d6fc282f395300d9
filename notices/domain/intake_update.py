"""A newer text of a notice that was taken before: what is new is added, nothing is removed or overwritten."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.access import has, nameable
from accounts.matching import UnitNames
from accounts.models import User
from accounts.roles import Can
from notices.domain import intake, planning, workflow
from notices.domain.intake_labels import Labelled, read_labels
from notices.errors import Refused
from notices.models import Aspect, Issue, Notice, Task
from notices.records import ParsedIssue, ParsedNotice
from notices.terms import ParsedProgress, Stage, State
from notices.text.clean import squeeze

HEADER = (
    "inspecting_body",
    "inspection_start",
    "inspection_end",
    "feedback_on",
    "published_on",
    "signed_by",
    "signed_on",
)


@dataclass(frozen=True)
class Updated:
    """What an update did. `missing`: numbers of issues and tasks the newer text no longer has; they stay."""

    notice: Notice
    issues_added: int
    tasks_added: int
    states_taken: int
    missing: tuple[str, ...]


def candidates(parsed: ParsedNotice, *, unit_id: int, text: str) -> list[Notice]:
    """Notices of the unit this text is likely a newer form of: same text, same title, or same team and feedback day."""
    same = Notice.objects.filter(unit=unit_id).exclude(stage=Stage.ARCHIVED).order_by("-pk")
    digest = intake.digest_of(text)
    found = []
    for notice in same.defer("text"):
        team = (notice.inspecting_body, notice.feedback_on)
        if (
            notice.text_digest == digest
            or (parsed.title and notice.title == parsed.title)
            or (all(team) and team == (parsed.inspecting_body, parsed.feedback_on))
        ):
            found.append(notice)
    return found


@transaction.atomic
def update_notice(
    notice: Notice, parsed: ParsedNotice, *, text: str, by: User, at: dt.datetime, today: dt.date
) -> Updated:
    """Add what the newer text has and the notice has not.

    1. right; 2. empty header fields filled; 3. issues matched by their words, measures within them, the rest added;
    4. printed outcomes taken over where a task is still a draft; 5. the event.
    """
    if not has(by, Can.PLAN, notice.unit_id):
        raise Refused("只有整改办可以更新批次。")
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    if locked.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")
    _fill_header(locked, parsed, text)
    run = _Run(locked, parsed, by=by, at=at)
    run.match()
    taken = workflow.take_over(
        run.states, by=by, at=at, today=parsed.signed_on or parsed.published_on or today, why="按新版通报更新"
    )
    updated = Updated(locked, run.issues_added, run.tasks_added, taken, tuple(run.missing()))
    data = {"issues": updated.issues_added, "tasks": updated.tasks_added, "states": taken}
    audit.record(audit.Act("notice.update", "notice", locked.pk, locked.pk, data=data), by=by, at=at)
    return updated


def _fill_header(notice: Notice, parsed: ParsedNotice, text: str) -> None:
    changed = {k: getattr(parsed, k) for k in HEADER if not getattr(notice, k) and getattr(parsed, k)}
    Notice.objects.filter(pk=notice.pk).update(
        text=text, text_digest=intake.digest_of(text), version=notice.version + 1, **changed
    )


class _Run:
    def __init__(self, notice: Notice, parsed: ParsedNotice, *, by: User, at: dt.datetime) -> None:
        self.notice, self.parsed, self.by, self.at = notice, parsed, by, at
        self.aspects = list(Aspect.objects.filter(notice=notice).order_by("number", "pk"))
        self.issues = list(Issue.objects.filter(notice=notice).in_order().prefetch_related("tasks"))
        self.seen: set[int] = set()
        self.seen_tasks: set[int] = set()
        self.states: dict[int, State] = {}
        self.issues_added = self.tasks_added = 0
        self.names = UnitNames.load(nameable(by, notice.unit_id))

    def match(self) -> None:
        by_words: dict[str, list[Issue]] = {}
        for issue in self.issues:
            by_words.setdefault(squeeze(issue.title), []).append(issue)
        for parsed in self.parsed.issues:
            known = [i for i in by_words.get(squeeze(parsed.title), []) if i.pk not in self.seen]
            issue = known[0] if known else self._add_issue(parsed)
            self.seen.add(issue.pk)
            self._match_tasks(issue, parsed, list(issue.tasks.all()) if known else [])

    def _match_tasks(self, issue: Issue, parsed: ParsedIssue, present: list[Task]) -> None:
        by_words = {squeeze(t.heading + t.text): t for t in present}
        for measure in parsed.measures:
            words = measure.text or measure.heading or issue.title
            task = by_words.get(squeeze((measure.heading or "") + measure.text))
            if task is None:
                task = planning.add_task(
                    issue,
                    text=words,
                    heading=(measure.heading or "")[:300],
                    line=measure.line,
                    reason="按新版通报更新",
                    by=self.by,
                    at=self.at,
                )
                self.tasks_added += 1
            self.seen_tasks.add(task.pk)
            printed = intake.TAKEN_STATES.get(ParsedProgress(parsed.progress)) if parsed.progress else None
            if printed and task.state == State.DRAFT:
                self.states[task.pk] = printed

    def _add_issue(self, parsed: ParsedIssue) -> Issue:
        wanted = next((a for a in self.parsed.aspects if parsed.path and a.number == parsed.path[0]), None)
        aspect = next((a for a in self.aspects if wanted and squeeze(a.title) == squeeze(wanted.title)), None)
        if wanted and aspect is None:
            aspect = Aspect(
                notice=self.notice, number=wanted.number, title=wanted.title[:500], line=wanted.line
            )
            aspect.save(force_insert=True)
            self.aspects.append(aspect)
        position = max((i.position for i in self.issues), default=0) + 1
        issue = Issue(
            notice=self.notice,
            aspect=aspect,
            number=f"W{aspect.number if aspect else 0:02d}-{position:03d}",
            path=list(parsed.path),
            position=position,
            title=intake.title_of(parsed),
            line=parsed.line,
            **self._labels(parsed).issue,
        )
        issue.save(force_insert=True)
        self.issues.append(issue)
        self.issues_added += 1
        return issue

    def _labels(self, parsed: ParsedIssue) -> Labelled:
        return read_labels(parsed, names=self.names, campaign=self.notice.campaign)

    def missing(self) -> list[str]:
        gone = [i.number for i in self.issues if i.pk not in self.seen]
        tasks = [t for i in self.issues if i.pk in self.seen for t in i.tasks.all()]
        return gone + [t.number for t in tasks if t.pk not in self.seen_tasks and t.parent_id is None]
