"""Everything that happened to a task as one list, newest first. The same queries, whatever the length.

Of letters, talks and findings of visits only the bare fact is told: who may read them is decided on their own pages.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.models import Membership
from notices.domain.baseline import FIELDS
from notices.domain.mentions import pieces
from notices.domain.workflow import STEPS, TAKE_OVER
from notices.models import (
    Comment,
    Directive,
    DirectiveReply,
    Evidence,
    Extension,
    Finding,
    Letter,
    LookBackItem,
    Meeting,
    Nudge,
    OutcomeEntry,
    PlanChange,
    Progress,
    Rebuke,
    Review,
    Task,
    Transition,
)
from notices.terms import (
    DirectiveEnd,
    ExtensionState,
    LetterState,
    LookBackVerdict,
    MeetingKind,
    Metric,
    Outcome,
    RebukeKind,
    ReviewVerdict,
    Severity,
    State,
)


@dataclass(frozen=True)
class Entry:
    """`kind` names the shape of the dot; `facts` are labelled lines under the text; `pieces` is the text of a comment
    cut at the people it names."""

    at: dt.datetime
    kind: str
    who: str
    unit: str
    what: str
    text: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    files: list[Evidence] = field(default_factory=list)
    pieces: list[tuple[str, bool]] = field(default_factory=list)


def timeline(task: Task) -> list[Entry]:
    entries = [*_reports(task), *_steps(task), *_nudges(task), *_comments(task), *_changes(task)]
    entries += [*_directives(task), *_letters(task), *_rebukes(task)]
    entries += [*_extensions(task), *_reviews(task), *_look_backs(task), *_findings(task)]
    entries += [*_outcomes(task), *_meetings(task)]
    return sorted(entries, key=lambda e: e.at, reverse=True)


def _reports(task: Task) -> Iterator[Entry]:
    files: dict[int | None, list[Evidence]] = {}
    for file in task.evidence.filter(review=None, look_back_item=None).order_by("at", "pk"):
        files.setdefault(file.progress_id, []).append(file)
    reports = Progress.objects.filter(task=task).select_related("unit")
    for row in reports.prefetch_related("merges__unit__former_names", "unit__former_names"):
        merged = [
            f"{part.unit.name_at(part.at) if part.unit else ''} {part.at.astimezone():%m-%d}"
            for part in row.merges.all()
        ]
        facts = [("下一步", row.next_step), ("未完成原因", row.blocked), ("并入", "、".join(merged))]
        what = "代填进展" if row.on_behalf else "填报进展"
        unit = row.unit.name_at(row.at) if row.unit else ""
        said = [(label, text) for label, text in facts if text]
        yield Entry(row.at, "progress", row.by_name, unit, what, row.text, said, files.get(row.pk, []))
    for file in files.get(None, []):
        what = "引用其他任务的佐证材料" if file.reused_from_id else "上传佐证材料"
        yield Entry(file.at, "evidence", file.by_name, "", what, files=[file])
    for file in (f for group in files.values() for f in group if f.removed_at):
        if file.removed_at is not None:
            yield Entry(
                file.removed_at,
                "void",
                "",
                "",
                f"佐证材料“{file.name}”作废",
                "",
                [("原因", file.removed_why)],
            )


def _steps(task: Task) -> Iterator[Entry]:
    for row in Transition.objects.filter(task=task):
        label = "接收历史台账" if row.step == TAKE_OVER else STEPS[row.step].label
        facts = [("结论", Outcome(row.outcome).label if row.outcome else ""), ("理由", row.reason)]
        facts += [
            ("没有佐证材料的原因", row.data.get("no_evidence", "")),
            ("新时限", row.data.get("deadline", "")),
        ]
        marks = [("单人单位", row.data.get("one_person_unit")), ("代填", row.on_behalf)]
        noted = "".join(f"（{word}）" for word, holds in marks if holds)
        text = f"{State(row.source).label} → {State(row.target).label}"
        said = [(name, words) for name, words in facts if words]
        yield Entry(row.at, "step", row.by_name, row.unit_name, f"{label}{noted}", text, said)


def _nudges(task: Task) -> Iterator[Entry]:
    for row in Nudge.objects.filter(task=task):
        answer = [("回应", f"{row.answered_at.astimezone():%Y-%m-%d}")] if row.answered_at else []
        yield Entry(row.at, "nudge", row.by_name, row.unit_name, "催办", row.text, answer)


def _changes(task: Task) -> Iterator[Entry]:
    """Changes of the approved plan; what a step changed is told by the step."""
    for row in PlanChange.objects.filter(task=task).exclude(source=PlanChange.Source.STEP):
        what = f"变更方案：{FIELDS[row.field]}（{row.get_source_display()}）"
        yield Entry(
            row.at,
            "change",
            row.by_name,
            "",
            what,
            f"{row.old or '（空）'} → {row.new}",
            [("原因", row.reason)],
        )


def _comments(task: Task) -> Iterator[Entry]:
    rows = list(Comment.objects.filter(task=task).select_related("by").prefetch_related("mentioned"))
    units = dict(
        Membership.objects.filter(user__in={r.by_id for r in rows})
        .order_by("-pk")
        .values_list("user_id", "unit__name")
    )
    for row in rows:
        yield Entry(
            row.at, "comment", row.by.name, units.get(row.by_id, ""), "留言", row.text, pieces=_cut(row)
        )


def _cut(row: Comment) -> list[tuple[str, bool]]:
    return pieces(row.text, [user.name for user in row.mentioned.all()])


def _directives(task: Task) -> Iterator[Entry]:
    for row in Directive.objects.filter(task=task).select_related("unit"):
        told = f"批示（{row.by_name}登记）" if row.on_behalf else "批示"
        until = f"{row.reply_by:%Y-%m-%d}" if row.reply_by else ""
        facts = [("承办单位", row.unit.name), ("回复时限", until)]
        said = [(label, text) for label, text in facts if text]
        unit = "" if row.on_behalf else row.unit_name
        yield Entry(row.at, "directive", row.leader_name, unit, told, row.text, said)
        if row.ended_at is not None:
            how = DirectiveEnd(row.ended_how).label
            yield Entry(row.ended_at, "directive", row.ended_name, "", f"批示{how}", row.ended_why)
    for made in DirectiveReply.objects.filter(directive__task=task):
        yield Entry(made.at, "directive", made.by_name, made.unit_name, "回复批示", made.text)


def _letters(task: Task) -> Iterator[Entry]:
    sent = Letter.objects.filter(tasks=task, state__in=(LetterState.ISSUED, LetterState.WITHDRAWN))
    for row in sent.select_related("unit"):
        if row.issued_at is not None:
            yield Entry(row.issued_at, "letter", row.issued_name, "", f"签发{row.name}，主送{row.unit.name}")
        if row.received_at is not None:
            yield Entry(row.received_at, "letter", row.received_name, "", f"签收{row.name}")
        if row.replied_at is not None:
            yield Entry(row.replied_at, "letter", "", row.unit.name, f"回复{row.name}")
        if row.withdrawn_at is not None:
            yield Entry(row.withdrawn_at, "letter", row.withdrawn_name, "", f"撤回{row.name}")


def _rebukes(task: Task) -> Iterator[Entry]:
    for row in Rebuke.objects.in_force().filter(tasks=task).select_related("unit"):
        what = f"登记{RebukeKind(row.kind).label}（{row.held_on:%Y-%m-%d}，{row.unit.name}）"
        yield Entry(row.at, "letter", row.by_name, "", what)


def _extensions(task: Task) -> Iterator[Entry]:
    """The request, the head's word and the end of it: one entry each."""
    for row in Extension.objects.filter(task=task):
        facts = [("理由", row.reason), ("目前进展", row.done_so_far)]
        text = f"原时限 {row.deadline_before:%Y-%m-%d}，申请延至 {row.wanted_on:%Y-%m-%d}"
        yield Entry(row.asked_at, "extension", row.asked_by_name, row.unit_name, "申请延期", text, facts)
        if row.head_at:
            said = (
                "单位不同意延期"
                if row.state == ExtensionState.REFUSED and not row.office_at
                else "单位同意延期"
            )
            said += "（单人单位）" if row.one_person else ""
            yield Entry(row.head_at, "extension", row.head_name, "", said, row.head_note)
        if row.office_at:
            given = f"整改办同意延期至 {row.granted_on:%Y-%m-%d}" if row.granted_on else "整改办不同意延期"
            yield Entry(row.office_at, "extension", row.office_name, "", given, row.office_note)
        if row.state in (ExtensionState.WITHDRAWN, ExtensionState.LAPSED) and row.ended_at:
            who = row.asked_by_name if row.state == ExtensionState.WITHDRAWN else ""
            yield Entry(row.ended_at, "extension", who, "", f"延期申请{ExtensionState(row.state).label}")


def _reviews(task: Task) -> Iterator[Entry]:
    for row in Review.objects.filter(task=task).prefetch_related("evidence"):
        facts = [("结论", str(ReviewVerdict(row.verdict).label))]
        files = list(row.evidence.all())
        yield Entry(row.at, "review", row.by_name, row.unit_name, "复查", row.text, facts, files)


def _look_backs(task: Task) -> Iterator[Entry]:
    items = LookBackItem.objects.filter(task=task).exclude(at=None).select_related("look_back")
    for row in items.prefetch_related("evidence"):
        facts = [("结论", str(LookBackVerdict(row.verdict).label))]
        what, files = f"回头看“{row.look_back.title}”", list(row.evidence.all())
        yield Entry(
            row.at or row.look_back.at, "review", row.by_name, row.unit_name, what, row.findings, facts, files
        )


def _findings(task: Task) -> Iterator[Entry]:
    """What visits found about it, from the finding to the end of it."""
    rows = Finding.objects.live().filter(tasks=task).select_related("unit", "supervision")
    for row in rows.prefetch_related("replies"):
        day = f"{row.supervision.held_on:%Y-%m-%d}" if row.supervision.held_on else ""
        found = f"{day} 督导检查发现问题（{Severity(row.severity).label}，{row.unit.name}）"
        made = "，转为本任务" if row.made_id == task.pk else ""
        yield Entry(row.at, "review", row.by_name, "", found + made)
        if row.handed_at is not None:
            yield Entry(row.handed_at, "review", row.handed_name, "", f"交{row.unit.name}整改督导发现")
        for reply in row.replies.all():
            yield Entry(reply.at, "review", reply.by_name, reply.unit_name, "回复督导发现")
            if reply.judged_at is not None:
                said = "认可督导发现的回复" if reply.accepted else "退回督导发现的回复"
                yield Entry(reply.judged_at, "review", reply.judged_name, "", said)


def _outcomes(task: Task) -> Iterator[Entry]:
    """Results that count; names and documents stand in the register."""
    for row in OutcomeEntry.objects.confirmed().filter(task=task):
        what = f"登记成效：{Metric(row.metric).label} {row.number} {row.measure}"
        yield Entry(row.decided_at or row.at, "review", row.decided_name, "", what)


def _meetings(task: Task) -> Iterator[Entry]:
    for row in Meeting.objects.in_force().filter(tasks=task):
        what = f"{row.held_on:%Y-%m-%d} {MeetingKind(row.kind).label}研究本任务"
        yield Entry(row.at, "letter", row.by_name, "", what)
