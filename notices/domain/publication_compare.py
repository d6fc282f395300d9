"""The public words beside the internal ones: everything the ledger says, and what of it goes out."""

import datetime as dt
from dataclasses import dataclass

from notices.domain import publication_draft
from notices.domain.publication_figures import standing
from notices.domain.publication_text import public_text
from notices.models import Publication, PublicationItem
from notices.report.difference import Run, compare
from notices.report.public_notice import ISSUE, Entry, marks
from notices.terms import PrintedProgress, WithholdReason


@dataclass(frozen=True)
class Pair:
    """One issue. `public` empty and `why` given: it is withheld. `key` is the row of the publication, None for an issue
    that has none yet."""

    key: int | None
    number: str
    title: str
    internal: list[Run]
    public: list[Run]
    why: str = ""

    @property
    def same(self) -> bool:
        return not self.why and not any(run.changed for run in (*self.internal, *self.public))


def pairs(publication: Publication, *, today: dt.date) -> list[Pair]:
    """Every issue of the ledger in its order. The internal words are today's, whatever was released."""
    notice = publication.notice
    items = {item.issue_id: item for item in publication.items.all() if item.issue_id}
    text = public_text(publication, today=today)
    shown = {entry.key: (entry, mark) for entry, mark in zip(text.entries, marks(text.entries), strict=True)}
    now = standing(notice, hidden=(), today=today)
    found = []
    for row in publication_draft.drawn(notice):
        if row.issue is None:
            continue
        item = items.get(row.issue)
        internal = _words(row.title, row.body, _progress(now.progress.get(row.issue), publication))
        found.append(_pair(row, item, internal, shown))
    return found


def _pair(
    row: publication_draft.Drawn,
    item: PublicationItem | None,
    internal: str,
    shown: dict[int, tuple[Entry, str]],
) -> Pair:
    number = ".".join(map(str, row.path))
    entry, mark = shown.get(item.pk, (None, "")) if item else (None, "")
    if item is None or entry is None or entry.kind != ISSUE:
        why = str(WithholdReason(item.reason).label) if item and item.reason else "通报中没有这一项"
        return Pair(item.pk if item else None, number, row.title, [Run(internal)], [], why)
    left, right = compare(internal, _words(entry.title, "\n".join(entry.paragraphs), entry.progress))
    return Pair(item.pk, mark, row.title, left, right)


def _words(title: str, body: str, progress: str) -> str:
    return "\n".join(part for part in (title, body, f"整改进度：{progress}" if progress else "") if part)


def _progress(code: PrintedProgress | None, publication: Publication) -> str:
    return str(code.label) if code and publication.prints_progress else ""
