"""A 通报 drawn from the ledger: its parts, a row for every heading and issue, and what changed since it was drawn."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from notices.domain.publication_figures import standing
from notices.models import Issue, Notice, Publication, PublicationItem, Task
from notices.report import public_draft
from notices.report.public_draft import Campaign, Done
from notices.terms import State
from notices.text.frame import Frame, read_frame
from notices.text.parse import parse_notice

_UNNAMED = "有关问题"  # a heading between aspect and issue whose words nobody kept
_LONGEST = 1000


@dataclass(frozen=True)
class Drawn:
    """A row as the ledger gives it now. `issue` None: a heading."""

    issue: int | None
    path: tuple[int, ...]
    title: str
    body: str = ""


def campaign_of(notice: Notice) -> Campaign:
    """`notice` with its unit joined."""
    start, end = notice.inspection_start, notice.inspection_end
    return Campaign(notice.unit.name, notice.inspecting_body, start, end, notice.feedback_on)


def fresh(notice: Notice, *, today: dt.date) -> Publication:
    """An unsaved first edition. A progress notice that was taken in lends its own words; else sentences are made for
    what the data hold."""
    about, frame = campaign_of(notice), read_frame(notice.text)
    words = frame or _made(notice, about, today)
    return Publication(
        notice=notice,
        title=(notice.title if notice.title.endswith("通报") else public_draft.title_of(about))[:200],
        opening=words.opening or public_draft.opening_of(about),
        front=words.front,
        intro=words.intro or public_draft.INTRO,
        next_steps=words.next_steps or public_draft.next_of(about),
        closing=public_draft.WELCOME.format(act=about.act),
        phone=notice.phone,
        address=notice.address,
        postcode=notice.postcode,
        email=notice.email,
        signed_by=notice.signed_by or notice.unit.name,
        signed_on=today,
        prints_progress=words.prints_progress,
    )


def _made(notice: Notice, about: Campaign, today: dt.date) -> Frame:
    figures = standing(notice, hidden=(), today=today).figures
    return Frame(
        opening=public_draft.opening_of(about),
        front=public_draft.front_of(about, figures),
        intro=public_draft.INTRO,
        next_steps=public_draft.next_of(about),
    )


def drawn(notice: Notice) -> list[Drawn]:
    """Every heading and issue in order. Four queries."""
    bodies = _bodies(notice)
    aspects = {a.pk: a for a in notice.aspects.order_by("number", "pk")}
    sections = {s.path: s.title for s in parse_notice(notice.text).sections} if notice.text else {}
    issues = list(Issue.objects.filter(notice=notice).in_order())
    found: list[Drawn] = []
    used: dict[int | None, int] = {}
    last_aspect: int | None = None
    open_path: tuple[int, ...] = ()
    for issue in issues:
        used[issue.aspect_id] = used.get(issue.aspect_id, 0) + 1
        aspect = aspects.get(issue.aspect_id or 0)
        path = tuple(issue.path) or ((aspect.number,) if aspect else ()) + (used[issue.aspect_id],)
        if aspect is not None and aspect.pk != last_aspect:
            last_aspect, open_path = aspect.pk, path[:1]
            if len(path) > 1:
                found.append(Drawn(None, path[:1], aspect.title))
        top = 1 if aspect is not None else 0
        found += _headings(path, open_path, sections, top)
        found.append(Drawn(issue.pk, path, issue.title, bodies.get(issue.pk, "")))
        open_path = path
    return found


def _headings(
    path: tuple[int, ...], above: tuple[int, ...], sections: dict[tuple[int, ...], str], top: int
) -> Iterator[Drawn]:
    """The headings between the aspect and an issue that are not open yet."""
    for level in range(top + 1, len(path)):
        if above[:level] != path[:level] or len(above) < level:
            yield Drawn(None, path[:level], sections.get(path[:level], _UNNAMED))
            above = path[:level]


def _bodies(notice: Notice) -> dict[int, str]:
    """整改情况 of each issue from its measures that count and their latest reports."""
    rows = Task.objects.filter(notice=notice).top_level().exclude(state=State.CANCELLED).in_order()
    measures: dict[int, list[Done]] = {}
    for issue, text, heading, latest in rows.values_list("issue", "text", "heading", "latest_text"):
        measures.setdefault(issue, []).append(Done(text, heading, latest))
    return {issue: public_draft.body_of(found) for issue, found in measures.items()}


def rows_of(publication: Publication, found: Collection[Drawn]) -> list[PublicationItem]:
    """Unsaved rows."""
    return [
        PublicationItem(
            publication=publication,
            issue_id=row.issue,
            position=position,
            path=list(row.path),
            title=row.title[:_LONGEST],
            body=row.body,
            source=row.body,
        )
        for position, row in enumerate(found, start=1)
    ]


@dataclass(frozen=True)
class Moved:
    """What the ledger says differently since the rows were drawn. `edited`: the office rewrote the text."""

    item: PublicationItem
    body: str

    @property
    def edited(self) -> bool:
        return self.item.body != self.item.source


def moved(notice: Notice, items: Collection[PublicationItem]) -> list[Moved]:
    """Items whose measures or reports changed."""
    bodies = _bodies(notice)
    return [
        Moved(item, bodies.get(item.issue_id, ""))
        for item in items
        if item.issue_id and bodies.get(item.issue_id, "") != item.source
    ]


def added(notice: Notice, items: Collection[PublicationItem]) -> int:
    """How many issues the ledger has that no row is about."""
    known = {item.issue_id for item in items}
    return sum(pk not in known for pk in Issue.objects.filter(notice=notice).values_list("pk", flat=True))
