"""Values every page's frame needs, and the notice a person is looking at."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.access import holds, memberships
from accounts.models import Membership, User
from accounts.person import PersonRequest
from accounts.roles import ADMINISTRATIVE, Can
from notices.domain import pulse, worklist
from notices.models import Message, Notice

CHOSEN = "notice"  # key of the session: the notice chosen in the frame

# URL name, label, names of the pages that belong to it, the capability it takes (None: anybody).
NAV: tuple[tuple[str, str, tuple[str, ...], Can | tuple[Can, ...] | None], ...] = (
    ("home", "待办", ("verify_queue",), None),
    ("board", "总览", (), Can.BOARD),
    ("wall", "挂图作战", ("wall_links",), Can.BOARD),
    ("task_list", "任务清单", ("view_list", "task_detail", "task_edit", "task_step", "task_report"), None),
    ("overdue", "超期督办", ("overdue_push", "extension_list"), Can.NUDGE),
    (
        "letter_list",
        "函件",
        (
            "letter_detail",
            "letter_new",
            "paper_templates",
            "rebuke_list",
            "rebuke_new",
            "directive_list",
            "directive_detail",
            "nudge_list",
        ),
        Can.BOARD,
    ),
    ("calendar", "日历", (), None),
    (
        "supervision_list",
        "督导检查",
        ("supervision_new", "supervision_detail", "supervision_edit")
        + ("finding_list", "finding_detail", "finding_task"),
        None,
    ),
    (
        "outcome_list",
        "成效",
        ("outcome_new", "outcome_detail", "outcome_rules", "outcome_proposals", "outcome_decide")
        + ("meeting_list", "meeting_new", "meeting_detail"),
        Can.BOARD,
    ),
    ("lookback_list", "回头看", ("lookback_new", "lookback_detail", "lookback_item"), Can.VERIFY),
    ("issue_list", "问题清单", ("issue_detail", "issue_similar", "link_remove"), None),
    ("duty_list", "责任清单", (), None),
    ("intake", "录入", ("intake_review", "planning", "planning_measure"), Can.PLAN),
    (
        "ledger_upload",
        "台账",
        ("ledger_plan", "ledger_apply", "ledger_result", "ledger_job"),
        Can.IMPORT_LEDGER,
    ),
    (
        "weekly_list",
        "周报",
        ("weekly_desk", "weekly_report", "weekly_settings", "weekly_delta", "snapshot_detail")
        + ("bulletin_detail", "bulletin_edit"),
        None,
    ),
    (
        "publication_list",
        "通报",
        ("publication_detail", "publication_part", "publication_item", "publication_withheld")
        + ("publication_compare",),
        None,
    ),
    ("notice_list", "整改批次", ("notice_detail", "purge_list"), None),
    (
        "reminder_health",
        "提醒",
        ("reminder_rules", "outlet_list", "outlet_new", "outlet_edit", "workdays"),
        Can.ACCOUNTS,
    ),
    (
        "person_list",
        "人员",
        ("person_new", "person_detail", "person_edit", "roster_import", "roster_confirm", "role_list")
        + ("proposal_list",),
        (Can.ACCOUNTS, Can.GRANT),
    ),
    ("unit_list", "单位", ("unit_new", "unit_edit", "unit_move", "unit_merge", "unit_split"), Can.ACCOUNTS),
    ("status", "系统状态", (), Can.ACCOUNTS),
    ("audit_log", "审计日志", (), Can.READ_AUDIT),
)

# What stands in the row when a person has more pages than it holds; the rest is under 更多, in the order above.
FRONT = ("home", "board", "task_list", "issue_list", "overdue", "ledger_upload", "weekly_list", "notice_list")
ROW = 9  # entries of a usual screen

BESIDE = (Can.READ_AUDIT, Can.ACCOUNTS, (Can.ACCOUNTS, Can.GRANT))  # pages of people who see no tasks


@dataclass(frozen=True)
class Entry:
    name: str
    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class RoleChoice:
    pk: int
    label: str
    current: bool


def seen_notices(request: PersonRequest) -> list[Notice]:
    """Notices the person may see, newest first; read once a request."""
    kept: list[Notice] | None = getattr(request, "_seen_notices", None)
    if kept is None:
        kept = list(
            Notice.objects.visible_to(request.user).select_related("unit").newest_first().defer("text")
        )
        request._seen_notices = kept  # type: ignore[attr-defined]
    return kept


def chosen_notice(request: PersonRequest) -> Notice | None:
    """The notice chosen in the frame; None means all of them. A `notice` in the address wins, empty for all."""
    wanted = request.GET.get("notice", request.session.get(CHOSEN, ""))
    return next((n for n in seen_notices(request) if str(n.pk) == str(wanted)), None)


def chosen_notices(request: PersonRequest) -> list[Notice]:
    """What the figures and lists of this request cover: the chosen notice, else every one the person may see."""
    one = chosen_notice(request)
    return [one] if one else seen_notices(request)


def url_of(name: str) -> str | None:
    """Of a page of the domain, else of the project's own with that name."""
    for full in (f"notices:{name}", name):
        with suppress(NoReverseMatch):
            return reverse(full)
    return None


def nav(request: PersonRequest) -> list[Entry]:
    """Entries whose page exists and that this person may open; people without tasks have the first page alone."""
    pages = NAV if worklist.sees_tasks(request.user) else (NAV[0], *(e for e in NAV if e[3] in BESIDE))
    match = request.resolver_match
    here = match.url_name if match else ""
    return [
        Entry(name, label, url, here in (name, *below))
        for name, label, below, can in pages
        if (url := url_of(name)) and _may(request.user, can)
    ]


def folded(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Those of the row and those under 更多; everything in the row when it fits."""
    if len(entries) <= ROW:
        return entries, []
    front = sorted((e for e in entries if e.name in FRONT), key=lambda e: FRONT.index(e.name))
    return front, [e for e in entries if e.name not in FRONT]


def _may(user: User, can: Can | tuple[Can, ...] | None) -> bool:
    """Any of several is enough."""
    if can is None:
        return True
    return any(holds(user, one) for one in (can if isinstance(can, tuple) else (can,)))


def role_choices(held: list[Membership], user: User) -> list[RoleChoice]:
    """The roles to choose from, when there is more than one; the first is in force."""
    if len(held) < 2:
        return []
    ordered = sorted(held, key=lambda m: (m.user_id != user.pk, m.pk))
    return [RoleChoice(m.pk, _post(m, user), m == held[0]) for m in ordered]


def _post(held: Membership, user: User) -> str:
    """The unit and the role; with the name of the colleague the person stands in for."""
    standing = "" if held.user_id == user.pk else f"（代{held.user.name}）"
    return f"{held.unit.label} · {held.get_role_display()}{standing}"


def shell(request: PersonRequest) -> dict[str, Any]:
    """`shell` is None for strangers and for fragments, which have no frame."""
    today = timezone.localdate()
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return {"shell": None, "today": today}
    held = memberships(user)
    found = seen_notices(request)
    one = chosen_notice(request)
    inbox, runs = url_of("inbox"), holds(user, Can.ACCOUNTS)
    row, more = folded(nav(request))
    frame = {
        "home_url": url_of("home"),
        "nav": row,
        "more": more,
        "more_current": next((entry.label for entry in more if entry.current), ""),
        "search_url": url_of("search") if worklist.sees_tasks(user) else None,
        "inbox_url": inbox,
        "health_url": url_of("reminder_health") if holds(user, Can.PLAN) else None,
        "troubles": pulse.troubles(at=timezone.now()) if holds(user, Can.PLAN) or runs else [],
        "status_url": url_of("status") if runs else None,
        "inbox_current": request.path == inbox,
        "handover_url": url_of("handover_list")
        if holds(user, Can.PLAN) or holds(user, Can.APPROVE)
        else None,
        "administrative": any(m.role in ADMINISTRATIVE for m in held),
        "unread": Message.objects.of(user).unread().awake(at=timezone.now()).count(),
        "name": user.name,
        "unit": held[0].unit.label if held else "",
        "role": "、".join(dict.fromkeys(m.get_role_display() for m in held[:1])) or "未任职",
        "roles": role_choices(held, user),
        "notices": found,
        "notice": one or (found[0] if len(found) == 1 else None),
        "switchable": len(found) > 1,
        "switch_url": url_of("switch_notice"),
    }
    return {"shell": frame, "today": today}
