"""举一反三: issues that are alike across notices and rounds are proposed; a person confirms, and may take it back."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.errors import Missing, Refused, StepRefused
from notices.models import Issue, IssueLink, IssueQuerySet
from notices.terms import LinkKind, Stage
from notices.text.similar import most_alike, words_of

FIRST_DAY = dt.date(1, 1, 1)


@dataclass(frozen=True)
class Suggestion:
    """An issue that may belong to another one, and why it is proposed. `percent` is the score in whole per cent."""

    issue: Issue
    percent: int
    words: tuple[str, ...]


def refusal(user: User, issue: Issue) -> str | None:
    """None when this person may link this issue with others; else the sentence."""
    if not has(user, Can.VERIFY, issue.notice.unit_id):
        return "只有整改办或督导组可以关联问题。"
    return "该批次已归档，只能查看。" if issue.notice.stage == Stage.ARCHIVED else None


def suggestions(issue: Issue, user: User, *, most: int = 5) -> list[Suggestion]:
    """Issues like this one within what the person sees, without those already linked, best first. Three queries."""
    linked = {issue.pk}
    for pair in IssueLink.objects.in_force().of(issue).values_list("earlier", "later"):
        linked.update(pair)
    seen = Issue.objects.visible_to(user).order_by("pk").values_list("pk", "title")
    found = most_alike(issue.title, [row for row in seen if row[0] not in linked], most=most)
    rows = (
        Issue.objects.select_related("notice", "aspect").defer("notice__text").in_bulk([a.key for a in found])
    )
    return [Suggestion(rows[a.key], round(a.score * 100), a.words) for a in found]


@transaction.atomic
def confirm(issue: Issue, other: Issue, *, kind: str, note: str = "", by: User, at: dt.datetime) -> IssueLink:
    """Keep that two issues belong together. `other` is one the person sees (the caller fetched it so)."""
    why_not = refusal(by, issue)
    if why_not:
        raise StepRefused(why_not)
    if kind not in LinkKind.values:
        raise Missing({"kind": "请选择关系：同类问题，或上轮未整改到位。"})
    if issue.pk == other.pk:
        raise Missing({"other": "不能把问题与它自己关联。"})
    earlier, later = sorted((issue, other), key=_age)
    if kind == LinkKind.CARRIED and earlier.notice_id == later.notice_id:
        raise Missing({"kind": "两个问题在同一批次，不能关联为“上轮未整改到位”，请选择“同类问题”。"})
    row = IssueLink(
        earlier=earlier,
        later=later,
        kind=kind,
        note=note.strip(),
        words=list(words_of(issue.title, other.title)),
        by=by,
        by_name=by.name,
        at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as twice:
        raise Refused("这两个问题已经关联，不用重复关联。") from twice
    _record(row, "link", {"kind": kind, "note": row.note}, by=by, at=at)
    return row


def _age(issue: Issue) -> tuple[dt.date, int]:
    return issue.notice.feedback_on or FIRST_DAY, issue.pk


@transaction.atomic
def remove(link: IssueLink, *, why: str, by: User, at: dt.datetime) -> None:
    """Take a link back; the row stays with who and why."""
    refused = [refusal(by, issue) for issue in (link.later, link.earlier)]
    if all(refused):
        raise StepRefused(refused[0] or "")
    if not why.strip():
        raise Missing({"why": "请写明解除关联的理由。"})
    changed = IssueLink.objects.in_force().filter(pk=link.pk)
    if not changed.update(removed_at=at, removed_by_name=by.name, removed_why=why.strip()[:300]):
        raise Refused("这条关联已经解除。")
    _record(link, "unlink", {"why": why.strip()}, by=by, at=at)


def _record(link: IssueLink, verb: str, data: dict[str, object], *, by: User, at: dt.datetime) -> None:
    """On both issues, so that either one's history tells of it."""
    for own, far in ((link.earlier, link.later), (link.later, link.earlier)):
        act = audit.Act(f"issue.{verb}", "issue", own.pk, own.notice_id, data={**data, "other": far.pk})
        audit.record(act, by=by, at=at)


def carried_over(issues: IssueQuerySet, user: User) -> IssueQuerySet:
    """Of these issues those the earlier round left unfinished (上轮未整改到位), as far as the person sees both."""
    links = IssueLink.objects.visible_to(user).filter(kind=LinkKind.CARRIED)
    return issues.filter(pk__in=links.values("later"))
