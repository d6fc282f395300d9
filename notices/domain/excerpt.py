"""The lines of a notice's text that an issue was read from."""

from django.db.models import Min

from notices.models import Aspect, Issue

MOST = 120  # lines


def excerpt(issue: Issue) -> list[tuple[int, str]]:
    """(line number, text) from the issue's own line up to the next issue or aspect; empty without a text."""
    if not issue.line or not issue.notice.text:
        return []
    later = (
        model.objects.filter(notice=issue.notice_id, line__gt=issue.line).aggregate(at=Min("line"))["at"]
        for model in (Issue, Aspect)
    )
    stop = min((line for line in later if line), default=issue.line + MOST)
    lines = issue.notice.text.splitlines()[issue.line - 1 : min(stop - 1, issue.line - 1 + MOST)]
    return [(issue.line + i, line.strip()) for i, line in enumerate(lines) if line.strip()]
