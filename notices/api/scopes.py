"""What a token must be made for before it may send a request: one scope for every address and verb of the interface.

A test holds this table against every address there is; at run time a token is refused what does not stand here.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions, status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, Scope

READ, REPORT, MANAGE = Scope.READ, Scope.REPORT, Scope.MANAGE
LOOK = {"GET": READ}
# URL name → verb → scope. HEAD and OPTIONS go with GET, and are READ where there is none.
SCOPES: Mapping[str, Mapping[str, Scope]] = {
    "api-root": LOOK,
    "me": LOOK,
    "schema": LOOK,
    "docs": LOOK,
    "notice-list": {"GET": READ, "POST": MANAGE},
    "notice-detail": LOOK,
    "notice-parse": {"POST": MANAGE},
    "notice-weeks": LOOK,
    "notice-delta": LOOK,
    "issue-list": LOOK,
    "issue-detail": {"GET": READ, "PATCH": MANAGE},
    "board": LOOK,
    "wall": LOOK,
    "view-list": {"GET": READ, "POST": MANAGE},
    "view-detail": {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE},
    "view-use": {"POST": MANAGE},
    "task-list": LOOK,
    "task-detail": {"GET": READ, "PATCH": MANAGE},
    "task-steps": LOOK,
    "task-step": {"POST": MANAGE},
    "task-nudge": {"POST": MANAGE},
    "task-nudge-many": {"POST": MANAGE},
    "task-parts": {"GET": READ, "POST": MANAGE},
    "progress-list": {"GET": READ, "POST": REPORT},
    "progress-detail": LOOK,
    "plan-detail": LOOK,
    "plan-submit": {"POST": MANAGE},
    "plan-approve": {"POST": MANAGE},
    "plan-return": {"POST": MANAGE},
    "measure-list": {"POST": MANAGE},
    "measure-detail": {"DELETE": MANAGE},
    "measure-split": {"POST": MANAGE},
    "extension-list": {"GET": READ, "POST": REPORT},
    "extension-detail": LOOK,
    "extension-decide": {"POST": MANAGE},
    "extension-withdraw": {"POST": REPORT},
    "review-list": {"GET": READ, "POST": MANAGE},
    "review-detail": LOOK,
    "lookback-list": {"GET": READ, "POST": MANAGE},
    "lookback-detail": LOOK,
    "lookback-items": LOOK,
    "lookback-close": {"POST": MANAGE},
    "lookback-item-detail": LOOK,
    "lookback-item-judge": {"POST": MANAGE},
    "link-list": {"GET": READ, "POST": MANAGE},
    "link-detail": LOOK,
    "link-remove": {"POST": MANAGE},
    "directive-list": {"GET": READ, "POST": MANAGE},
    "directive-detail": LOOK,
    "directive-reply": {"POST": REPORT},
    "directive-read": {"POST": REPORT},
    "directive-end": {"POST": MANAGE},
    "directive-batch": {"POST": MANAGE},
    "nudge-list": LOOK,
    "rebuke-list": {"GET": READ, "POST": MANAGE},
    "rebuke-detail": LOOK,
    "rebuke-content": LOOK,
    "rebuke-void": {"POST": MANAGE},
    "letter-list": {"GET": READ, "POST": MANAGE},
    "letter-detail": {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE},
    "letter-issue": {"POST": MANAGE},
    "letter-withdraw": {"POST": MANAGE},
    "letter-receive": {"POST": REPORT},
    "letter-reply": {"POST": REPORT},
    "search-list": LOOK,
    "reminder-rules-detail": {"GET": READ, "PUT": MANAGE, "DELETE": MANAGE},
    "reminder-rules-preview": {"POST": READ},
    "delivery-list": LOOK,
    "delivery-detail": LOOK,
    "delivery-retry": {"POST": MANAGE},
    "reminder-health": LOOK,
    "supervision-list": {"GET": READ, "POST": MANAGE},
    "supervision-detail": LOOK,
    "supervision-figures": LOOK,
    "supervision-carry-out": {"POST": MANAGE},
    "supervision-call-off": {"POST": MANAGE},
    "visit-file-list": LOOK,
    "visit-file-detail": LOOK,
    "visit-file-content": LOOK,
    "finding-list": {"GET": READ, "POST": MANAGE},
    "finding-detail": LOOK,
    "finding-hand": {"POST": MANAGE},
    "finding-reply": {"POST": REPORT},
    "finding-judge": {"POST": MANAGE},
    "finding-link": {"POST": MANAGE},
    "finding-task": {"POST": MANAGE},
    "finding-void": {"POST": MANAGE},
    "outcome-list": {"GET": READ, "POST": MANAGE},
    "outcome-detail": LOOK,
    "outcome-figures": LOOK,
    "outcome-rules": LOOK,
    "outcome-confirm": {"POST": MANAGE},
    "outcome-reject": {"POST": MANAGE},
    "outcome-void": {"POST": MANAGE},
    "meeting-list": {"GET": READ, "POST": MANAGE},
    "meeting-detail": LOOK,
    "meeting-figures": LOOK,
    "meeting-void": {"POST": MANAGE},
    "week-report-list": LOOK,
    "week-report-detail": LOOK,
    "subscription-list": {"GET": READ, "POST": MANAGE},
    "subscription-detail": {"GET": READ, "PATCH": MANAGE, "DELETE": MANAGE},
    "subscription-deliveries": LOOK,
    "subscription-again": {"POST": MANAGE},
    "publication-list": {"GET": READ, "POST": MANAGE},
    "publication-detail": {"GET": READ, "PATCH": MANAGE},
    "publication-words": LOOK,
    "publication-file": LOOK,
    "publication-propose": {"POST": MANAGE},
    "publication-return": {"POST": MANAGE},
    "publication-release": {"POST": MANAGE},
    "publication-withdraw": {"POST": MANAGE},
    "publication-item-list": LOOK,
    "publication-item-detail": {"GET": READ, "PATCH": MANAGE},
    "publication-item-withhold": {"POST": MANAGE},
    "publication-item-approve": {"POST": MANAGE},
    "publication-item-lift": {"POST": MANAGE},
    "ledger-upload-list": {"GET": READ, "POST": MANAGE},
    "ledger-upload-detail": LOOK,
    "ledger-upload-plan": LOOK,
    "ledger-upload-apply": {"POST": MANAGE},
    "ledger-upload-undo": {"POST": MANAGE},
    "ledger-job-list": {"GET": READ, "POST": READ},
    "ledger-job-detail": LOOK,
    "ledger-job-file": LOOK,
    "ledger-column-list": LOOK,
    "snapshot-list": LOOK,
    "snapshot-detail": LOOK,
}
# Steps of a task that a unit takes; every other is MANAGE.
UNIT_STEPS = ("accept", "decline", "submit", "withdraw")
# Not within one notice: refused to a token that is limited to one.
BEYOND = {
    ("notice-list", "POST"),
    ("notice-parse", "POST"),
    ("subscription-list", "POST"),
    ("reminder-health", "GET"),
}


class OutOfScope(exceptions.APIException):
    status_code = status.HTTP_403_FORBIDDEN
    default_code = "out_of_scope"


def needed(name: str, verb: str, args: Mapping[str, Any]) -> Scope | None:
    """The scope a request takes; None: not declared, so no token has it."""
    if verb in ("HEAD", "OPTIONS"):
        return SCOPES[name].get("GET", READ) if name in SCOPES else None
    if name == "task-step" and args.get("name") in UNIT_STEPS:
        return REPORT
    return SCOPES.get(name, {}).get(verb)


class InScope(BasePermission):
    """A person signed in on the pages needs no scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        if not isinstance(token, ApiToken):
            return True
        match = request.resolver_match
        name, verb = (match.url_name or "") if match else "", request.method or ""
        scope = needed(name, verb, view.kwargs)
        if verb not in ("OPTIONS", "HEAD") and name in SCOPES and verb not in SCOPES[name]:
            raise exceptions.MethodNotAllowed(verb)
        if scope is None or scope not in token.scopes:
            wanted = f"没有“{scope.label}”（{scope.value}）用途" if scope else "不能用于这个地址"
            raise OutOfScope(f"访问令牌{wanted}，请在“访问令牌”页面另建一个。")
        if token.notice_id is not None and (name, verb) in BEYOND:
            raise OutOfScope("这个访问令牌只限一个批次，不能办理批次以外的事项。")
        return True
