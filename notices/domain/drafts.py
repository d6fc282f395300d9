"""A notice under review: begun from a text, put right move by move, confirmed into a notice, undone while untouched."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.access import has
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain import intake, intake_update, workflow
from notices.domain.intake import Taken
from notices.domain.intake_update import Updated
from notices.errors import Refused, Stale
from notices.models import (
    Comment,
    Evidence,
    IntakeDraft,
    Issue,
    Notice,
    Nudge,
    Progress,
    Publication,
    Task,
    Transition,
)
from notices.records import Contact, ParsedNotice
from notices.terms import Stage
from notices.text import review
from notices.text.review import Kind, Node

PAST_KEPT = 30  # moves that can be taken back
HEADER_DAYS = ("inspection_start", "inspection_end", "feedback_on", "published_on", "signed_on")
HEADER_TEXTS = ("title", "inspected_party", "inspecting_body", "signed_by")
CONTACT = ("phone", "address", "postcode", "email")


def begin(
    parsed: ParsedNotice, *, unit: Unit, text: str, file_name: str, by: User, at: dt.datetime
) -> IntakeDraft:
    """Keep a parsed text for review. Nothing of the domain is written."""
    if not has(by, Can.PLAN, unit):
        raise Refused(f"您不是“{unit.name}”的整改办人员，不能为其录入通报。")
    draft = IntakeDraft(
        unit=unit,
        file_name=file_name[:200],
        text=text,
        header=header_of(parsed) | {"title": parsed.title or intake.made_title(parsed, unit)},
        nodes=review.to_json(review.nodes_of(parsed)),
        warnings=[asdict(w) for w in parsed.warnings],
        outcomes=[asdict(o) for o in parsed.outcomes],
        created_at=at,
        updated_at=at,
        by=by,
    )
    with transaction.atomic():
        draft.save(force_insert=True)
        act = audit.Act("intake.begin", "intake", draft.pk, data={"file": draft.file_name, "unit": unit.name})
        audit.record(act, by=by, at=at)
    return draft


def header_of(parsed: ParsedNotice) -> dict[str, Any]:
    """Header fields as JSON: days as ISO text, nothing as None."""
    days = {k: v.isoformat() if (v := getattr(parsed, k)) else None for k in HEADER_DAYS}
    return {**{k: getattr(parsed, k) for k in HEADER_TEXTS}, **days, **asdict(parsed.contact)}


def parsed_of(draft: IntakeDraft) -> ParsedNotice:
    """The outline as it would be taken now."""
    header = draft.header
    fields: dict[str, Any] = {k: header.get(k) or None for k in HEADER_TEXTS}
    fields |= {k: dt.date.fromisoformat(header[k]) if header.get(k) else None for k in HEADER_DAYS}
    base = ParsedNotice(**fields, contact=Contact(**{k: header.get(k) or None for k in CONTACT}))
    return review.parsed_of(base, review.from_json(draft.nodes))


def nodes(draft: IntakeDraft) -> list[Node]:
    return review.from_json(draft.nodes)


MOVES: dict[str, Callable[[Sequence[Node], dict[str, Any]], list[Node]]] = {
    "kind": lambda n, a: review.change_kind(n, a["node"], Kind(a["kind"])),
    "edit": lambda n, a: review.edit(n, a["node"], a["text"], a.get("heading")),
    "split": lambda n, a: review.split(n, a["node"], a["offset"]),
    "merge": lambda n, a: review.merge(n, a["node"]),
    "up": lambda n, a: review.move(n, a["node"], -1),
    "down": lambda n, a: review.move(n, a["node"], 1),
    "drop": lambda n, a: review.drop(n, a["node"]),
}


def put_right(draft: IntakeDraft, move: str, args: dict[str, Any], *, version: int, at: dt.datetime) -> None:
    """Make one move on the outline; the outline before it can be had back with `take_back`."""
    fresh = MOVES[move](nodes(draft), args)
    past = [*draft.past, draft.nodes][-PAST_KEPT:]
    _keep(draft, version=version, at=at, nodes=review.to_json(fresh), past=past)


def take_back(draft: IntakeDraft, *, version: int, at: dt.datetime) -> None:
    """Undo the last move."""
    if not draft.past:
        raise Refused("没有可以撤销的修改。")
    _keep(draft, version=version, at=at, nodes=draft.past[-1], past=draft.past[:-1])


def set_header(draft: IntakeDraft, values: dict[str, Any], *, version: int, at: dt.datetime) -> None:
    """Header fields as a form cleaned them; days as dates or None."""
    known = {*HEADER_DAYS, *HEADER_TEXTS, *CONTACT}
    plain = {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in values.items() if k in known}
    _keep(draft, version=version, at=at, header={**draft.header, **plain})


def settle(draft: IntakeDraft, index: int, *, version: int, at: dt.datetime) -> None:
    """Mark one warning as worked off, or open it again."""
    if not 0 <= index < len(draft.warnings):
        raise Refused("没有这条提示，请刷新后重试。")
    now = set(draft.settled) ^ {index}
    _keep(draft, version=version, at=at, settled=sorted(now))


def _keep(draft: IntakeDraft, *, version: int, at: dt.datetime, **changes: Any) -> None:
    if draft.notice_id is not None:
        raise Refused("该草稿已确认录入，不能再修改。")
    changed = IntakeDraft.objects.filter(pk=draft.pk, version=version, notice=None).update(
        version=version + 1, updated_at=at, **changes
    )
    if not changed:
        raise Stale("这份草稿在另一个窗口中被修改过，请刷新后继续；已保存的修改没有丢失。")
    for key, value in changes.items():
        setattr(draft, key, value)
    draft.version = version + 1


@transaction.atomic
def confirm(draft: IntakeDraft, *, version: int, by: User, at: dt.datetime, today: dt.date) -> Taken:
    """Take the outline: notice, aspects, issues and draft tasks in one transaction."""
    lost = review.orphans(nodes(draft))
    if lost:
        raise Refused(
            f"第 {lost[0].line} 行的措施前面没有问题，确认后会丢失；请把它改为问题，或移到问题之下。"
        )
    if draft.notice_id is not None:
        raise Refused("该草稿已确认录入，不能重复录入。")
    taken = intake.take_notice(parsed_of(draft), unit=draft.unit, text=draft.text, by=by, at=at, today=today)
    changed = IntakeDraft.objects.filter(pk=draft.pk, version=version, notice=None).update(
        version=version + 1, updated_at=at, notice=taken.notice
    )
    if not changed:
        raise Stale("这份草稿在另一个窗口中被修改过，请刷新后再确认。")
    draft.notice, draft.version = taken.notice, version + 1
    return taken


def older(draft: IntakeDraft) -> list[Notice]:
    """Notices this draft is likely a newer text of; offered for an update instead of a second one."""
    return intake_update.candidates(parsed_of(draft), unit_id=draft.unit_id, text=draft.text)


@transaction.atomic
def confirm_update(
    draft: IntakeDraft, notice: Notice, *, version: int, by: User, at: dt.datetime, today: dt.date
) -> Updated:
    """Add what the draft has and the notice has not; the draft is then done."""
    if notice not in older(draft):
        raise Refused("这份草稿与所选批次不是同一份通报，不能更新。")
    updated = intake_update.update_notice(
        notice, parsed_of(draft), text=draft.text, by=by, at=at, today=today
    )
    _keep(draft, version=version, at=at, notice=notice)
    return updated


def touched(notice: Notice) -> str | None:
    """None while nobody has worked on what the intake made; else a sentence that says what has happened since."""
    steps = Transition.objects.filter(task__notice=notice).exclude(step=workflow.TAKE_OVER)
    if steps.exists():
        return "已有任务分派或流转，不能撤销录入。"
    for model, word in ((Progress, "进展"), (Evidence, "佐证材料"), (Comment, "留言"), (Nudge, "催办")):
        if model.objects.filter(task__notice=notice).exists():
            return f"已有{word}，不能撤销录入。"
    if Publication.objects.filter(notice=notice).exists():
        return "已起草通报，不能撤销录入。"
    changed = Task.objects.filter(notice=notice).filter(Q(version__gt=1) | (Q(version=1) & Q(state="draft")))
    if notice.version or changed.exists() or Issue.objects.filter(notice=notice, version__gt=0).exists():
        return "录入后内容已有修改，不能撤销录入。"
    return None


@transaction.atomic
def undo(draft: IntakeDraft, *, by: User, at: dt.datetime) -> None:
    """Take the whole intake back while it is untouched; the draft can be put right and confirmed again."""
    notice = draft.notice
    if notice is None:
        raise Refused("该草稿尚未确认录入。")
    if not has(by, Can.PLAN, notice.unit_id):
        raise Refused("只有整改办可以撤销录入。")
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    why_not = "该批次已归档，不能撤销录入。" if locked.stage == Stage.ARCHIVED else touched(locked)
    if why_not:
        raise Refused(why_not)
    act = audit.Act("intake.undo", "notice", locked.pk, locked.pk, data={"title": locked.title})
    audit.record(act, by=by, at=at)
    locked.issues.all().delete()  # before their aspects, which they protect
    locked.delete()
    IntakeDraft.objects.filter(pk=draft.pk).update(notice=None, version=draft.version + 1, updated_at=at)
    draft.notice, draft.version = None, draft.version + 1


def counts(draft: IntakeDraft) -> dict[str, int]:
    """How many nodes of each kind the outline has now."""
    found = {kind.value: 0 for kind in Kind}
    for node in nodes(draft):
        found[node.kind] += 1
    return found


def open_warnings(draft: IntakeDraft) -> list[tuple[int, dict[str, Any]]]:
    """(index, warning) of those still to be worked off, in the order of the text."""
    return [(i, w) for i, w in enumerate(draft.warnings) if i not in set(draft.settled)]
