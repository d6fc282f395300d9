"""From a notice's text to its outline."""

import re
from dataclasses import dataclass, replace

from notices.records import ParsedNotice, Warned
from notices.text.closing import (
    Signature,
    read_contact,
    read_published,
    read_signature,
    read_title,
    signed_party,
    title_party,
)
from notices.text.figures import check_figures
from notices.text.layout import Layout, Role, lay_out
from notices.text.letters import split_letter
from notices.text.lines import Line, read_text
from notices.text.opening import Opening, is_self_reference, read_opening
from notices.text.outcomes import propose_outcomes
from notices.text.outline import Outline, build_outline
from notices.text.rows import Row, read_row

_OPENING = 5000  # characters of the opening that are looked at


@dataclass(frozen=True, slots=True)
class TracedLine:
    """A line that holds something, and the one thing it became."""

    line: int
    text: str
    role: Role


def parse_notice(text: str) -> ParsedNotice:
    """The outline of a notice or feedback letter. Takes any text; what is doubtful is among the warnings."""
    return _read(text)[0]


def trace(text: str) -> list[TracedLine]:
    """What every line that holds something became; of part two only aspect, issue, measure, progress, warning."""
    _, layout, outline, rows = _read(text)
    roles: dict[int, Role] = {}
    for part, role in (
        (layout.head, Role.HEAD),
        (layout.front, Role.FRONT),
        (layout.containers, Role.PART),
        (layout.after, Role.NEXT),
        (layout.closing, Role.CLOSING),
        (layout.furniture, Role.FURNITURE),
    ):
        roles |= {row.line.number: role for row in part}
    roles |= outline.roles
    return [TracedLine(row.line.number, row.line.text, roles[row.line.number]) for row in rows]


def _read(text: str) -> tuple[ParsedNotice, Layout, Outline, list[Row]]:
    rows = [read_row(line) for line in read_text(text)]
    layout = lay_out(rows)
    head = [row.line for row in layout.head]
    title = read_title(head)
    letter = is_letter(title, head)
    if letter:
        layout = split_letter(layout)
    outline = build_outline(layout, letter=letter)
    notice = _with_header(rows, layout, title, outline)
    return notice, layout, outline, rows


_LETTER_TITLE = re.compile(
    r"反馈(?:的)?(?:专项)?(?:巡[视察]|审计|督察)?(?:“回头看”)?(?:意见|情况|问题|函|报告|通报)?(?:\(.{1,20}\))?$|反馈(?:意见|问题)清单|(?:问题|整改)清单$"
)
_LETTER_TEXT = re.compile(r"(?:现|特)?(?:将|就)[^。]{0,40}反馈(?:意见)?(?:通报)?如下|现反馈如下|反馈意见如下")


def is_letter(title: str | None, head: list[Line]) -> bool:
    """A feedback letter: it names issues and asks for measures, it holds none."""
    if title and re.search(
        r"整改(?:落实|进展|工作|完成)?(?:阶段性)?(?:进展)?(?:情况|结果|报告|通报|公告)", title
    ):
        return False
    if title and _LETTER_TITLE.search(title):
        return True
    return any(_LETTER_TEXT.search(line.folded[:_OPENING]) for line in head[-6:])


def _with_header(rows: list[Row], layout: Layout, title: str | None, outline: Outline) -> ParsedNotice:
    head = [row.line for row in layout.head]
    closing = [row.line for row in layout.closing]
    opening = read_opening(_opening_text(head, title))
    signature = read_signature(closing)
    contact = read_contact(closing or [row.line for row in rows[-12:]])
    page = [row.line for row in layout.furniture] + head
    title_line = next((line.number for line in head if title and line.text in title), 0)
    warnings = [*outline.warnings, *_header_warnings(opening, signature, outline)]
    party = opening.party
    if party is None or is_self_reference(party):
        party = title_party(title) or signed_party(signature.name) or party
    notice = ParsedNotice(
        title=title,
        inspected_party=party,
        inspecting_body=opening.body,
        inspection_start=opening.start,
        inspection_end=opening.end,
        feedback_on=opening.feedback,
        published_on=read_published(sorted(page, key=lambda line: line.number)[:40], title_line),
        signed_by=signature.name,
        signed_on=signature.day,
        contact=contact,
        aspects=tuple(outline.aspects),
        sections=tuple(outline.sections),
        issues=tuple(outline.issues),
        outcomes=propose_outcomes(outline.issues),
    )
    warnings += check_figures((row.line for row in rows), notice)
    return replace(
        notice, warnings=tuple(sorted(warnings, key=lambda warned: (warned.line or 0, warned.code)))
    )


def _opening_text(head: list[Line], title: str | None) -> str:
    """The running text of the opening: not the title, not a date alone, not a salutation."""
    kept = []
    for line in head:
        if (title and line.text in title) or len(line.folded) < 12:
            continue
        kept.append(line.text if line.text[-1] in "。！!；;" else line.text + "。")
    return "\n".join(kept)[:_OPENING]


def _header_warnings(opening: Opening, signature: Signature, outline: Outline) -> list[Warned]:
    warnings = [Warned(None, code, message) for code, message in opening.problems]
    if signature.damaged:
        message = (
            f"第{signature.line}行的落款日期“{signature.damaged[:40]}”残缺，没有读取，请核对原文后填写。"
        )
        warnings.append(Warned(signature.line, "date_damaged", message))
    if not outline.issues:
        warnings.append(
            Warned(None, "no_issues", "这份文字里没有读到问题，请确认是整改通报或反馈意见，或者手工划分。")
        )
    return warnings
