"""The outline as plain values, in the order and with the names that programs rely on."""

from dataclasses import asdict
from typing import Any

from notices.records import ParsedIssue, ParsedNotice, ParsedOutcome


def notice_as_dict(notice: ParsedNotice) -> dict[str, Any]:
    """Days as ISO text, what is absent as None."""
    days = ("inspection_start", "inspection_end", "feedback_on", "published_on", "signed_on")
    values = {name: getattr(notice, name) for name in days}
    iso = {name: day.isoformat() if day else None for name, day in values.items()}
    return {
        "title": notice.title,
        "inspected_party": notice.inspected_party,
        "inspecting_body": notice.inspecting_body,
        "inspection_start": iso["inspection_start"],
        "inspection_end": iso["inspection_end"],
        "feedback_on": iso["feedback_on"],
        "published_on": iso["published_on"],
        "signed_by": notice.signed_by,
        "signed_on": iso["signed_on"],
        "contact": asdict(notice.contact),
        "aspects": [{"number": aspect.number, "title": aspect.title} for aspect in notice.aspects],
        "issues": [_issue(issue) for issue in notice.issues],
        "outcomes": [_outcome(outcome) for outcome in notice.outcomes],
        "warnings": [asdict(warned) for warned in notice.warnings],
    }


def _issue(issue: ParsedIssue) -> dict[str, Any]:
    return {
        "path": list(issue.path),
        "title": issue.title,
        "line": issue.line,
        "progress": issue.progress,
        "progress_text": issue.progress_text,
        "measures": [asdict(measure) for measure in issue.measures],
    }


def _outcome(outcome: ParsedOutcome) -> dict[str, Any]:
    return {
        "issue": list(outcome.issue) if outcome.issue is not None else None,
        "metric": outcome.metric,
        "value": outcome.value,
        "unit": outcome.unit,
        "text": outcome.text,
        "line": outcome.line,
    }
