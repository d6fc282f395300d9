"""The words of a 通报 as they stand today, or as they were released; what to look at before it goes out."""

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from notices.domain.publication_figures import Standing, standing
from notices.errors import Refused
from notices.models import Publication, PublicationFile, PublicationItem
from notices.report.public_checks import Finding, findings
from notices.report.public_notice import (
    ASPECT,
    ISSUE,
    SECTION,
    Entry,
    PublicText,
    as_printed,
    closed_up,
    paragraphs_of,
)
from notices.report.tokens import fill
from notices.terms import OUT_STATES

TEXTS = ("opening", "front", "intro", "next_steps", "closing")
_INNER = str.maketrans("“”", "‘’")  # quotation marks within quotation marks
HEAD = ("title", *TEXTS, "phone", "address", "postcode", "email", "signed_by", "signed_on")


@dataclass(frozen=True)
class Edition:
    """A publication with its rows, the figures and the words of one day."""

    publication: Publication
    items: list[PublicationItem]
    standing: Standing
    text: PublicText

    @property
    def hidden(self) -> list[PublicationItem]:
        return [item for item in self.items if item.withhold]


def edition(publication: Publication, *, today: dt.date) -> Edition:
    """Today's words: figures filled in, withheld items and those somebody asks to withhold left out."""
    items = list(publication.items.order_by("position", "pk"))
    hidden = {item.issue_id for item in items if item.withhold and item.issue_id}
    now = standing(publication.notice, hidden=hidden, today=today)
    return Edition(publication, items, now, text_of(publication, items, now))


def text_of(publication: Publication, items: list[PublicationItem], now: Standing) -> PublicText:
    rows = [(entry_of(item, publication, now), not item.withhold) for item in items]
    shown = closed_up(rows) if publication.renumbers else as_printed(rows)
    head = {name: getattr(publication, name) for name in HEAD}
    for name in ("title", *TEXTS):
        head[name] = fill(head[name], now.figures)
    return PublicText(entries=tuple(shown), **head)


def entry_of(item: PublicationItem, publication: Publication, now: Standing) -> Entry:
    path = tuple(item.path)
    if item.issue_id is None:
        return Entry(ASPECT if len(path) == 1 else SECTION, path, fill(item.title, now.figures), key=item.pk)
    code = now.progress.get(item.issue_id) if publication.prints_progress else None
    return Entry(
        ISSUE,
        path,
        fill(item.title, now.figures),
        tuple(paragraphs_of(fill(item.body, now.figures))),
        str(code.label) if code else "",
        key=item.pk,
    )


def checks(found: Edition) -> list[Finding]:
    """What contradicts and what is lacking; requests to withhold that nobody decided on block as well."""
    waiting = [item for item in found.items if item.withhold == "asked"]
    asked = [
        Finding(
            str(item.pk),
            f"“{item.title[:24].translate(_INNER)}{'…' if len(item.title) > 24 else ''}”",
            "不公开的申请还没有批准，请另一位整改办人员批准或撤销。",
            True,
        )
        for item in waiting
    ]
    return [*asked, *findings(found.text, found.standing.figures)]


# ── Released ─────────────────────────────────────────────────────────────────
def words_as_json(text: PublicText) -> dict[str, object]:
    found = dataclasses.asdict(text)
    found["signed_on"] = text.signed_on.isoformat() if text.signed_on else None
    return found


def words_from_json(kept: Mapping[str, object]) -> PublicText:
    values = dict(kept)
    entries = [
        Entry(**{**row, "path": tuple(row["path"]), "paragraphs": tuple(row["paragraphs"])})
        for row in values.pop("entries")  # type: ignore[attr-defined]
    ]
    day = values.pop("signed_on")
    signed = dt.date.fromisoformat(day) if isinstance(day, str) else None
    return PublicText(entries=tuple(entries), signed_on=signed, **values)  # type: ignore[arg-type]


def digest_of(words: Mapping[str, object], figures: Mapping[str, str], today: dt.date, sha256: str) -> str:
    """SHA-256 over words, figures, their day and the file's own hash."""
    whole = json.dumps([words, dict(figures), today.isoformat(), sha256], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def released(publication: Publication) -> PublicationFile:
    """The frozen row, checked against its hashes. Refuses when it was touched."""
    row: PublicationFile = publication.file
    content = bytes(row.content)
    sound = hashlib.sha256(content).hexdigest() == row.sha256
    if not sound or digest_of(row.words, row.figures, row.today, row.sha256) != row.digest:
        raise Refused("已印发的通报与印发时的校验值不一致，未予显示。请联系系统管理员。")
    return row


def public_text(publication: Publication, *, today: dt.date) -> PublicText:
    """As released, else as it stands today."""
    if publication.state in OUT_STATES:
        return words_from_json(released(publication).words)
    return edition(publication, today=today).text
