"""Papers: letters and forms as Word bytes, in our layout or in the party's own template; the templates themselves."""

import datetime as dt
import hashlib
from pathlib import Path

from django.db import transaction
from django.utils.timezone import localtime

from accounts import audit
from accounts.access import has
from accounts.files.check import check
from accounts.models import Unit, User
from accounts.roles import Can
from notices.domain.countdown import countdown
from notices.errors import Missing, Refused
from notices.lights import days_left
from notices.models import Letter, PaperTemplate, Task, Transition
from notices.report import letter as words
from notices.report import task_form
from notices.report.letter import LetterPaper, TaskFigures
from notices.report.task_form import TaskForm
from notices.report.template import fill, places
from notices.report.word import write
from notices.terms import CLOSED_STATES, Outcome, PaperKind, State, UnitRole

MOST_TEMPLATE = 2 * 1024 * 1024  # bytes; a template of a page or two needs far less
_PLACES = {
    **dict.fromkeys(
        (PaperKind.REMINDER, PaperKind.ORDER, PaperKind.ADMONITION, PaperKind.ACCOUNTABILITY),
        ("标题", "文号", "主送单位", "正文", "任务清单", "署名", "日期", "回复时限", "批次"),
    ),
    **dict.fromkeys(
        (PaperKind.CLOSING, PaperKind.TASK_ORDER),
        (
            "任务编号", "批次", "问题", "整改措施", "牵头单位", "配合单位", "责任领导", "责任人", "完成时限",
            "实际完成时间", "状态", "申请结论", "最新进展", "未完成原因", "佐证件数", "日期",
            "申请人", "审核人", "验收人", "验收日期", "佐证清单",
        ),
    ),
    PaperKind.PUBLICATION: ("标题", "开头", "第一部分", "第二部分", "第三部分", "联系方式", "署名", "日期"),
    PaperKind.BULLETIN: (
        "标题", "期号", "批次", "截至日期", "数据", "各单位进展", "存在问题", "下一步工作", "署名", "日期",
    ),
    PaperKind.LEDGER: ("批次", "单位", "日期", "项数", "任务清单"),
}  # fmt: skip


def known_places(kind: PaperKind) -> tuple[str, ...]:
    """The names a template of this kind may use between 〔 and 〕."""
    return _PLACES[kind]


def figures_of(task: Task, *, today: dt.date) -> TaskFigures:
    """`task` with its issue joined."""
    return TaskFigures(
        number=task.number,
        issue=task.issue.title,
        text=task.text,
        deadline=task.deadline,
        left=days_left(task.deadline, today=today),
        latest=task.latest_text,
        latest_on=localtime(task.latest_at).date() if task.latest_at else None,
    )


def letter_bytes(letter: Letter, tasks: list[Task], *, number: str, today: dt.date) -> bytes:
    """The letter as it would be issued today; the number is said by the caller, "" for a draft."""
    paper = LetterPaper(
        title=letter.title,
        number=number,
        unit=letter.unit.name,
        text=letter.text,
        tasks=tuple(figures_of(t, today=today) for t in tasks),
        signature=letter.signature,
        day=today,
        reply_by=letter.reply_by,
        notice=letter.notice.title,
    )
    template = template_in_force(letter.party_id, PaperKind(letter.kind))
    if template is not None:
        return fill(bytes(template.content), words.values(paper)).content
    return write(words.document(paper))


def form_bytes(task: Task, kind: PaperKind, *, today: dt.date) -> bytes:
    """销号单 or 督办单 of a task (notice, issue, units joined)."""
    form = _form_of(task, today=today)
    template = template_in_force(task.notice.unit_id, kind)
    if template is not None:
        return fill(bytes(template.content), task_form.values(form)).content
    return write(task_form.closing(form) if kind == PaperKind.CLOSING else task_form.order(form))


def _form_of(task: Task, *, today: dt.date) -> TaskForm:
    others = [
        u.unit_text for u in task.task_units.all() if u.role in (UnitRole.RESPONSIBLE, UnitRole.SUPPORTING)
    ]
    steps = _last_steps(task)
    closed = steps.get("close") if task.state in CLOSED_STATES else None
    files = task.evidence.filter(removed_at=None).order_by("at", "pk")
    return TaskForm(
        number=task.number,
        notice=task.notice.title,
        issue=task.issue.title,
        text=task.text,
        lead=task.lead_unit.name if task.lead_unit else "未分派",
        others="、".join(others),
        leader=task.leader_text,
        contact=task.contact_text,
        deadline=task.deadline.isoformat() if task.deadline else task.deadline_text,
        finished=task.finished_on.isoformat() if task.finished_on else "",
        state=State(task.state).label,
        claim=Outcome(task.claim).label if task.claim else "",
        latest=task.latest_text,
        blocked=task.latest_blocked,
        evidence=task.evidence_count,
        late=countdown(task, today=today),
        day=today,
        claimed=_who(steps.get("submit")),
        approved=_who(steps.get("approve")),
        verified=_who(closed),
        outcome=Outcome(closed.outcome).label if closed and closed.outcome else "",
        closed=task.closed_on.isoformat() if task.closed_on else "",
        reason=closed.reason if closed else "",
        files=tuple(f"{e.name}（{e.category or '未分类'}，{localtime(e.at):%Y-%m-%d}）" for e in files),
    )  # fmt: skip


def _last_steps(task: Task) -> dict[str, Transition]:
    """The newest submit, approval and closing; an older round's are not of this closing."""
    found: dict[str, Transition] = {}
    for row in task.transitions.order_by("at", "pk"):
        if row.step in ("submit", "reopen", "return", "withdraw"):
            found = {}
        if row.step in ("submit", "approve", "close"):
            found[row.step] = row
    return found


def _who(row: Transition | None) -> str:
    if row is None:
        return ""
    unit = f"（{row.unit_name}）" if row.unit_name else ""
    return f"{row.by_name}{unit}{' 代填' if row.on_behalf else ''} {localtime(row.at):%Y-%m-%d}"


def template_in_force(party: int, kind: PaperKind) -> PaperTemplate | None:
    return PaperTemplate.objects.filter(unit=party, kind=kind, removed_at=None).first()


def inspect_template(path: str, *, name: str, kind: PaperKind) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of an uploaded template and the places it names that nobody fills. Refuses with a sentence.

    1. the gate, in a child process; 2. a .docx of modest size; 3. at least one place that is filled.
    """
    verdict = check(path, name=name, purpose="evidence").verdict
    if not verdict.accepted:
        raise Missing({"file": f"“{name}”：{verdict.message}"})
    content = Path(path).read_bytes()
    if verdict.kind != "docx" or len(content) > MOST_TEMPLATE:
        raise Missing({"file": f"“{name}”不能用作模板：模板应为不超过 2 MB 的 .docx 文件。"})
    found = places(content)
    known = known_places(kind)
    if not any(place in known for place in found):
        wanted = "、".join(f"〔{place}〕" for place in known)
        raise Missing({"file": f"“{name}”里没有可以填写的位置。请在模板中写上{wanted}中的至少一个。"})
    return content, tuple(place for place in found if place not in known)


@transaction.atomic
def keep_template(
    unit: Unit, kind: PaperKind, content: bytes, *, name: str, by: User, at: dt.datetime
) -> PaperTemplate:
    """Put an inspected template in force in place of the one before."""
    if not has(by, Can.PLAN, unit):
        raise Refused("只有整改办可以更换文书模板。")
    list(PaperTemplate.objects.select_for_update().filter(unit=unit, kind=kind, removed_at=None))
    PaperTemplate.objects.filter(unit=unit, kind=kind, removed_at=None).update(removed_at=at)
    digest = hashlib.sha256(content).hexdigest()
    row = PaperTemplate(
        unit=unit, kind=kind, name=name[:200], content=content, sha256=digest, by_name=by.name, at=at
    )
    row.save(force_insert=True)
    data = {"kind": kind.value, "name": row.name, "sha256": digest}
    audit.record(audit.Act("template.keep", "unit", unit.pk, data=data), by=by, at=at)
    return row


@transaction.atomic
def remove_template(row: PaperTemplate, *, by: User, at: dt.datetime) -> None:
    """Back to our own layout."""
    if not has(by, Can.PLAN, row.unit_id):
        raise Refused("只有整改办可以停用文书模板。")
    if PaperTemplate.objects.filter(pk=row.pk, removed_at=None).update(removed_at=at):
        data = {"kind": row.kind, "name": row.name}
        audit.record(audit.Act("template.remove", "unit", row.unit_id, data=data), by=by, at=at)
