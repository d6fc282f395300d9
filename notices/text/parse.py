"""From a notice's text to its outline."""

from notices.records import ParsedNotice
from notices.text.layout import lay_out
from notices.text.lines import read_text
from notices.text.outline import build_outline
from notices.text.rows import read_row


def parse_notice(text: str) -> ParsedNotice:
    rows = [read_row(line) for line in read_text(text)]
    layout = lay_out(rows)
    outline = build_outline(layout, letter=False)
    return ParsedNotice(
        aspects=tuple(outline.aspects), issues=tuple(outline.issues), warnings=tuple(outline.warnings)
    )
