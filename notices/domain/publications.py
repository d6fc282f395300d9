"""通报 from draft to release: two persons, figures that follow the data until that moment, and a file that never changes.

Texts are guarded by the version of their row; a stale save writes nothing. What is proposed cannot be edited. Whoever
proposes does not release.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from accounts import audit
from accounts.access import has, people_with, same_person
from accounts.models import User
from accounts.roles import Can, Role
from notices.domain import inbox, planning, publication_draft
from notices.domain.notice_papers import publication_bytes
from notices.domain.publication_text import (
    HEAD,
    checks,
    digest_of,
    edition,
    words_as_json,
)
from notices.errors import Missing, Refused, Stale
from notices.models import Notice, Publication, PublicationFile, PublicationItem
from notices.terms import MessageKind, PublicationState, Stage

SETTINGS = ("renumbers", "prints_progress", "moves_stage")
PARTS: dict[str, tuple[str, ...]] = {
    "head": ("title", "opening"),
    "front": ("front",),
    "intro": ("intro",),
    "next": ("next_steps",),
    "closing": ("closing", "phone", "address", "postcode", "email", "signed_by", "signed_on"),
    "settings": SETTINGS,
}
_BEFORE = (Stage.PLANNED, Stage.RUNNING, Stage.REPORTED)  # stages a release may end
Answer = str | None


def office(user: User, notice: Notice) -> Answer:
    """Why this person may not work on notices of this campaign; None when they may."""
    if notice.stage == Stage.ARCHIVED:
        return "该批次已归档，只能查看。"
    return None if has(user, Can.PLAN, notice.unit_id) else "只有整改办可以起草和印发通报。"


def releaser(user: User, publication: Publication) -> Answer:
    why_not = office(user, publication.notice)
    if why_not or publication.state != PublicationState.PROPOSED:
        return why_not or "这份通报没有报请印发。"
    if publication.proposed_by_id in same_person(user):
        return "通报须由两人办理：报请印发的人不能自己印发，请整改办其他人员印发。"
    return None


# ── Drafts ───────────────────────────────────────────────────────────────────
@transaction.atomic
def begin(notice: Notice, *, by: User, at: dt.datetime, today: dt.date) -> Publication:
    """Draw a new edition from the ledger; one at a time is worked on."""
    locked = _locked_notice(notice, by)
    if not locked.issues.exists():
        raise Refused("该批次还没有问题，不能起草通报，请先录入反馈意见。")
    row = publication_draft.fresh(locked, today=today)
    _number(row, by=by, at=at)
    rows = publication_draft.rows_of(row, publication_draft.drawn(locked))
    PublicationItem.objects.bulk_create(rows, batch_size=500)
    _record("publication.draft", row, {"number": row.number, "items": len(rows)}, by, at)
    return row


@transaction.atomic
def renew(publication: Publication, *, by: User, at: dt.datetime, today: dt.date) -> Publication:
    """A new edition that will replace a released one: its words, and what was withheld, carried over."""
    locked = _locked_notice(publication.notice, by)
    old = Publication.objects.get(pk=publication.pk)
    if old.state not in (PublicationState.RELEASED, PublicationState.WITHDRAWN):
        raise Refused("只有已印发或已撤回的通报可以另起新版。")
    names = (*HEAD, *SETTINGS)
    row = Publication(notice=locked, **{name: getattr(old, name) for name in names})
    row.signed_on = today
    row.replaces = old if old.state == PublicationState.RELEASED else None
    _number(row, by=by, at=at)
    items = list(old.items.order_by("position", "pk"))
    for item in items:
        item.pk, item.publication, item.version = None, row, 0
        item._state.adding = True
    PublicationItem.objects.bulk_create(items, batch_size=500)
    _record("publication.renew", row, {"number": row.number, "replaces": old.pk}, by, at)
    return row


def _number(row: Publication, *, by: User, at: dt.datetime) -> None:
    """Number and save; refuses while another edition is worked on."""
    others = Publication.objects.filter(notice=row.notice)
    if others.working().exists():
        raise Refused("该批次已有一份正在起草或待印发的通报，请在那一份上修改。")
    row.number = (others.aggregate(n=Max("number"))["n"] or 0) + 1
    row.drafted_by, row.drafted_name, row.drafted_at = by, by.name, at
    row.save(force_insert=True)


def revise(
    publication: Publication, part: str, values: Mapping[str, Any], *, by: User, at: dt.datetime
) -> None:
    """Change one part. `publication.version` is that of the page."""
    revise_some(publication, {name: values[name] for name in PARTS[part]}, by=by, at=at)


@transaction.atomic
def revise_some(publication: Publication, wanted: Mapping[str, Any], *, by: User, at: dt.datetime) -> None:
    """Change some of the fields of PARTS."""
    row = editable(publication, by)
    if "title" in wanted and not wanted["title"].strip():
        raise Missing({"title": "请填写标题。"})
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return
    mine = Publication.objects.filter(pk=row.pk, version=publication.version)
    if not mine.update(**changed, version=F("version") + 1):
        raise Stale("这一部分刚刚被他人修改，没有保存。您填写的内容仍在框中，请与他人的文字核对后再保存。")
    before = {name: str(getattr(row, name) or "") for name in changed}
    after = {name: str(value or "") for name, value in changed.items()}
    _record("publication.revise", row, {"old": before, "new": after}, by, at)


@transaction.atomic
def revise_item(item: PublicationItem, title: str, body: str, *, by: User, at: dt.datetime) -> None:
    """Change the words of one row. `item.version` is that of the page."""
    row = editable(item.publication, by)
    if not title.strip():
        raise Missing({"title": "请填写这一项的标题。"})
    now = PublicationItem.objects.get(pk=item.pk)
    if (now.title, now.body) == (title, body):
        return
    if not _rewrite(item, title=title, body=body):
        raise Stale("这一项刚刚被他人修改，没有保存。您填写的内容仍在框中，请与他人的文字核对后再保存。")
    data = {"item": item.pk, "old": [now.title, now.body], "new": [title, body]}
    _record("publication.item", row, data, by, at)


def _rewrite(item: PublicationItem, **values: Any) -> int:
    mine = PublicationItem.objects.filter(pk=item.pk, version=item.version)
    return mine.update(**values, version=F("version") + 1)


@transaction.atomic
def redraw_item(item: PublicationItem, *, by: User, at: dt.datetime) -> None:
    """The text of one item anew from the ledger; what was typed is kept by the event."""
    row = editable(item.publication, by)
    found = {m.item.pk: m for m in publication_draft.moved(row.notice, [item])}
    body = found[item.pk].body if item.pk in found else item.source
    if not _rewrite(item, body=body, source=body):
        raise Stale("这一项刚刚被他人修改，没有重写，请刷新后再试。")
    _record("publication.item", row, {"item": item.pk, "old": [item.title, item.body]}, by, at)


@transaction.atomic
def follow(publication: Publication, *, by: User, at: dt.datetime) -> int:
    """Take over what the ledger says differently, where nobody rewrote the text; rows for new issues. How many.

    Rows of issues keep their words and what was decided about them; headings are drawn anew where the outline grew.
    """
    row = editable(publication, by)
    items = list(row.items.order_by("position", "pk"))
    count = 0
    for change in publication_draft.moved(row.notice, items):
        if not change.edited:
            count += _rewrite(change.item, body=change.body, source=change.body)
    if publication_draft.added(row.notice, items):
        count += _grow(row, items)
    if count:
        _record("publication.follow", row, {"items": count}, by, at)
    return count


def _grow(row: Publication, items: list[PublicationItem]) -> int:
    """Rows for issues that have none, everything in the order of the ledger."""
    by_issue = {item.issue_id: item for item in items if item.issue_id}
    headings = {tuple(item.path): item for item in items if item.issue_id is None}
    made = 0
    for fresh in publication_draft.rows_of(row, publication_draft.drawn(row.notice)):
        old = by_issue.get(fresh.issue_id) if fresh.issue_id else headings.pop(tuple(fresh.path), None)
        if old is None:
            fresh.save(force_insert=True)
            made += 1
        else:
            PublicationItem.objects.filter(pk=old.pk).update(position=fresh.position, path=fresh.path)
    return made


@transaction.atomic
def drop(publication: Publication, *, by: User, at: dt.datetime) -> None:
    """Give a draft up."""
    row = editable(publication, by)
    _move(row, publication, PublicationState.DROPPED)
    _record("publication.drop", row, {}, by, at)


# ── Release ──────────────────────────────────────────────────────────────────
@transaction.atomic
def propose(publication: Publication, *, by: User, at: dt.datetime, today: dt.date) -> None:
    """报请印发; refuses with what must be put right first."""
    row = editable(publication, by)
    _refuse_unfit(row, today=today, noted=True)
    _move(
        row,
        publication,
        PublicationState.PROPOSED,
        proposed_by=by,
        proposed_name=by.name,
        proposed_at=at,
        reason="",
    )
    _record("publication.propose", row, {}, by, at)
    tell_office(row, f"通报待印发：{row.title}", "报请人已核对，请另一人核对后在“通报”中印发。", by=by, at=at)


@transaction.atomic
def give_back(publication: Publication, *, reason: str, by: User, at: dt.datetime) -> None:
    """Back to the draft, with the reason; whoever proposed may take it back as well."""
    row = _locked(publication, by)
    if row.state != PublicationState.PROPOSED:
        raise Refused("这份通报没有报请印发，不用退回。")
    if not reason.strip():
        raise Missing({"reason": "请写明退回的原因。"})
    _move(row, publication, PublicationState.DRAFT, reason=reason.strip()[:500], proposed_by=None, proposed_name="", proposed_at=None)  # fmt: skip
    _record("publication.return", row, {"why": reason.strip()}, by, at)
    if row.proposed_by is not None and row.proposed_by_id != by.pk:
        people = [row.proposed_by]
        inbox.tell(
            people, MessageKind.STEP, f"通报被退回：{row.title}", body=reason.strip(), task=None, at=at
        )


@transaction.atomic
def release(
    publication: Publication, *, noted: bool, by: User, at: dt.datetime, today: dt.date
) -> Publication:
    """1. lock, rights, version; 2. checks once more (`noted`: the doubtful ones were looked at); 3. words, figures and
    file frozen; 4. the edition it replaces; 5. the notice's stage and day; 6. the event."""
    row = _locked(publication, by)
    why_not = releaser(by, row)
    if why_not:
        raise Refused(why_not)
    _refuse_unfit(row, today=today, noted=noted)
    found = edition(row, today=today)
    content = publication_bytes(row, found.text)
    sha256, words = hashlib.sha256(content).hexdigest(), words_as_json(found.text)
    digest = digest_of(words, found.standing.figures, today, sha256)
    PublicationFile(
        publication=row, today=today, words=words, figures=dict(found.standing.figures), content=content,
        sha256=sha256, digest=digest, at=at,
    ).save(force_insert=True)  # fmt: skip
    _move(row, publication, PublicationState.RELEASED, released_by=by, released_name=by.name, released_at=at)
    if row.replaces_id:
        ended = {"state": PublicationState.REPLACED, "ended_at": at, "ended_name": by.name}
        old = Publication.objects.filter(pk=row.replaces_id, state=PublicationState.RELEASED)
        old.update(**ended, version=F("version") + 1)
    _publish(row, by=by, at=at)
    data = {"number": row.number, "sha256": sha256, "digest": digest, "proposed_by": row.proposed_by_id}
    _record("publication.release", row, data, by, at)
    return Publication.objects.get(pk=row.pk)


def _publish(row: Publication, *, by: User, at: dt.datetime) -> None:
    """The notice's day of publication, and its stage where the edition says so."""
    notice = Notice.objects.get(pk=row.notice_id)
    Notice.objects.filter(pk=notice.pk).update(published_on=row.signed_on)
    if row.moves_stage and notice.stage in _BEFORE:
        planning.set_stage(notice, Stage.PUBLISHED, by=by, at=at)


@transaction.atomic
def withdraw(publication: Publication, *, reason: str, by: User, at: dt.datetime) -> None:
    """Take a released edition back, with the reason. Its words and file stay as they were."""
    row = _locked(publication, by)
    if row.state != PublicationState.RELEASED:
        raise Refused("只有已印发的通报可以撤回。")
    if not reason.strip():
        raise Missing({"reason": "请写明撤回的原因。"})
    ended = {"reason": reason.strip()[:500], "ended_at": at, "ended_name": by.name}
    _move(row, publication, PublicationState.WITHDRAWN, **ended)
    _record("publication.withdraw", row, {"why": reason.strip()}, by, at)


def _refuse_unfit(row: Publication, *, today: dt.date, noted: bool) -> None:
    found = checks(edition(row, today=today))
    blocking = [f for f in found if f.blocks]
    if blocking:
        said = "；".join(f"{f.where}：{f.message.rstrip('。')}" for f in blocking[:5])
        raise Refused(f"还不能印发：{said}。")
    if found and not noted:
        raise Missing({"noted": f"有 {len(found)} 处提示，请逐条核对后勾选“已核对”再印发。"})


def tell_office(row: Publication, title: str, body: str, *, by: User, at: dt.datetime) -> None:
    """The others of the office: one of them has to act."""
    people = [u for u in people_with(Role.OFFICE, row.notice.unit_id) if u.pk not in same_person(by)]
    inbox.tell(people, MessageKind.STEP, title, body=body, task=None, at=at)


# ── Small things ─────────────────────────────────────────────────────────────
def _locked_notice(notice: Notice, by: User) -> Notice:
    row = Notice.objects.select_for_update(of=("self",)).select_related("unit").get(pk=notice.pk)
    why_not = office(by, row)
    if why_not:
        raise Refused(why_not)
    return row


def _locked(publication: Publication, by: User) -> Publication:
    rows = Publication.objects.select_for_update(of=("self",)).select_related("notice__unit")
    row = rows.get(pk=publication.pk)
    why_not = office(by, row.notice)
    if why_not:
        raise Refused(why_not)
    return row


def editable(publication: Publication, by: User) -> Publication:
    """The locked row, when it is a draft this person may change."""
    row = _locked(publication, by)
    if row.state == PublicationState.PROPOSED:
        raise Refused("通报已报请印发，不能修改；需要修改的，请先退回。")
    if row.state != PublicationState.DRAFT:
        raise Refused("只有草稿可以修改；已印发的，请另起新版。")
    return row


def _move(row: Publication, seen: Publication, state: PublicationState, **values: Any) -> None:
    """To another state, if nobody changed the row since the page was shown."""
    values |= {"version": seen.version + 1}
    if not Publication.objects.filter(pk=row.pk, version=seen.version).update(state=state, **values):
        raise Stale("这份通报刚刚被他人修改，请刷新页面，核对后再办理。")


def _record(action: str, row: Publication, data: dict[str, Any], by: User, at: dt.datetime) -> None:
    act = audit.Act(action, "publication", row.pk, row.notice_id, data=data)
    audit.record(act, by=by, at=at)
