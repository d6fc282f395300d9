"""The words around the items of a notice: opening, organisation, heading of the second part, next steps."""

from dataclasses import dataclass

from notices.text.closing import read_title
from notices.text.layout import Role
from notices.text.lines import read_text
from notices.text.parse import is_letter, parse_notice, trace

_WELCOME = ("欢迎", "如有意见")
_SHORT = 12  # characters of a head line that is no opening: a day, a salutation


@dataclass(frozen=True)
class Frame:
    """One paragraph a line, as printed. `prints_progress`: whether any item says how far it is."""

    opening: str = ""
    front: str = ""
    intro: str = ""
    next_steps: str = ""
    prints_progress: bool = True


def read_frame(text: str) -> Frame | None:
    """None for a feedback letter and for a text without measures: their words are not those of a progress notice."""
    notice = parse_notice(text)
    head = [line for line in read_text(text)][:40]
    title = read_title(head)
    if not any(issue.measures for issue in notice.issues) or is_letter(title, head):
        return None
    rows = trace(text)
    first = min((issue.line for issue in notice.issues), default=0)
    tops = [a.line for a in notice.aspects] + [s.line for s in notice.sections]
    first = min([first, *tops])
    opening = [r.text for r in rows if r.role is Role.HEAD and len(r.text) > _SHORT and r.text != title]
    intro = [r.text for r in rows if r.role is Role.PART or (r.role is Role.WARNING and r.line < first)]
    after = [r.text for r in rows if r.role is Role.NEXT and not r.text.startswith(_WELCOME)]
    return Frame(
        opening="\n".join(opening),
        front="\n".join(r.text for r in rows if r.role is Role.FRONT),
        intro="\n".join(intro),
        next_steps="\n".join(after),
        prints_progress=any(issue.progress_text for issue in notice.issues),
    )
