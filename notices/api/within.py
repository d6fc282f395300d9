"""A token that is limited to one notice: nothing of any other exists for it, in lists, addresses and bodies."""

from typing import Any

from django.db.models import Model, Q, QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from accounts.models import ApiToken, Unit
from notices.models import (
    Aspect,
    Directive,
    Evidence,
    Extension,
    Finding,
    Issue,
    IssueLink,
    LedgerJob,
    LedgerUpload,
    Letter,
    LookBack,
    LookBackItem,
    Meeting,
    Notice,
    Nudge,
    OutcomeEntry,
    Progress,
    Rebuke,
    Review,
    Snapshot,
    Supervision,
    SupervisionFile,
    Task,
    WeekReport,
)

# From a row to its notice. Of a model that does not stand here a limited token sees nothing.
WAYS: dict[type[Model], tuple[str, ...]] = {
    Notice: ("pk",),
    Aspect: ("notice",),
    Issue: ("notice",),
    Task: ("notice",),
    Progress: ("task__notice",),
    Evidence: ("task__notice",),
    Nudge: ("task__notice",),
    Extension: ("task__notice",),
    Review: ("task__notice",),
    LookBack: ("notice",),
    LookBackItem: ("look_back__notice",),
    IssueLink: ("earlier__notice", "later__notice"),
    Directive: ("notice",),
    Letter: ("notice",),
    Supervision: ("notice",),
    SupervisionFile: ("supervision__notice",),
    Finding: ("notice",),
    OutcomeEntry: ("notice",),
    Meeting: ("notice",),
    Rebuke: ("notice",),
    WeekReport: ("notice",),
    Snapshot: ("notice",),
    LedgerUpload: ("notice",),
    LedgerJob: ("notice",),
}
EVERYWHERE = (Unit,)


def within(rows: Any, request: Request) -> Any:
    """The same rows, or those of the token's notice; of a link both ends must be of it."""
    token = getattr(request, "auth", None)
    if not isinstance(token, ApiToken) or token.notice_id is None or rows.model in EVERYWHERE:
        return rows
    ways = WAYS.get(rows.model)
    if ways is None:
        return rows.none()
    return rows.filter(*[Q(**{way: token.notice_id}) for way in ways])


class OfTokenNotice(BaseFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        found: QuerySet[Any] = within(queryset, request)
        return found
