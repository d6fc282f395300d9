"""销号单 and 督办单 of one task: forms to print, sign and file. Pure."""

import datetime as dt
from dataclasses import dataclass

from notices.report.document import Document, Table, chinese_day


@dataclass(frozen=True)
class TaskForm:
    """A task as its forms print it; "" where nothing is known. `claimed`, `approved`, `verified`: who and when, of the
    closing in force; `files` are the names of its evidence with their kinds."""

    number: str
    notice: str
    issue: str
    text: str
    lead: str
    others: str
    leader: str
    contact: str
    deadline: str
    finished: str
    state: str
    claim: str
    latest: str
    blocked: str
    evidence: int
    late: str
    day: dt.date
    claimed: str = ""
    approved: str = ""
    verified: str = ""
    outcome: str = ""
    closed: str = ""
    reason: str = ""
    files: tuple[str, ...] = ()


def closing(task: TaskForm) -> Document:
    """销号单: what was done, who claimed, approved and verified it, the list of evidence, room for the signatures."""
    rows = (
        ("所属批次", task.notice),
        ("存在问题", task.issue),
        ("整改措施", task.text),
        ("牵头单位", task.lead),
        ("责任（配合）单位", task.others or "无"),
        ("责任领导", task.leader or "未明确"),
        ("完成时限", task.deadline or "未定"),
        ("实际完成时间", task.finished or "尚未完成"),
        ("整改情况", task.latest or "尚未填报"),
        ("申请销号", _and(task.claim, task.claimed) or "未申请"),
        ("单位审核", task.approved or "未审核"),
        ("整改办验收", _and(task.outcome, task.verified) or "未验收"),
        *((("验收说明", task.reason),) if task.reason else ()),
        ("当前状态", _and(task.state, f"销号日期 {task.closed}" if task.closed else "")),
        (
            f"佐证材料（{len(task.files)} 件）",
            "\n".join(f"{n}. {x}" for n, x in enumerate(task.files, 1)) or "无",
        ),
        ("牵头单位意见", "\n负责人（签字）：　　　　　　年　　月　　日"),
        ("责任领导意见", "\n责任领导（签字）：　　　　　年　　月　　日"),
        ("整改办验收意见", "\n验收人（签字）：　　　　　　年　　月　　日"),
    )
    return _form("整改任务销号单", rows, task)


def _and(first: str, second: str) -> str:
    return "，".join(part for part in (first, second) if part)


def order(task: TaskForm) -> Document:
    """督办单: what is asked, how far it is, and room for the reply."""
    rows = (
        ("所属批次", task.notice),
        ("存在问题", task.issue),
        ("督办事项", task.text),
        ("承办单位", task.lead),
        ("责任领导", task.leader or "未明确"),
        ("责任人", task.contact or "未明确"),
        ("完成时限", f"{task.deadline or '未定'}{f'（{task.late}）' if task.late else ''}"),
        ("目前进展", task.latest or "尚未填报"),
        ("未完成原因", task.blocked or "未说明"),
        ("督办要求", "请查明原因，明确措施和完成时间，限期办结并书面回复。"),
        ("承办单位回复", "\n\n\n负责人（签字）：　　　　　　年　　月　　日"),
        ("整改办意见", "\n\n\n（签字）：　　　　　　　　　年　　月　　日"),
    )
    return _form("整改任务督办单", rows, task)


def _form(title: str, rows: tuple[tuple[str, str], ...], task: TaskForm) -> Document:
    """Number and day stand above the table, so that no page holds the day alone."""
    about = f"编号：{task.number}　　打印日期：{chinese_day(task.day)}"
    return Document(title, (Table(rows, (26, 74), head=0, form=True),), subtitle=about)


def values(task: TaskForm) -> dict[str, str]:
    """For the places of a unit's own template."""
    return {
        "任务编号": task.number,
        "批次": task.notice,
        "问题": task.issue,
        "整改措施": task.text,
        "牵头单位": task.lead,
        "配合单位": task.others,
        "责任领导": task.leader,
        "责任人": task.contact,
        "完成时限": task.deadline,
        "实际完成时间": task.finished,
        "状态": task.state,
        "申请结论": task.claim,
        "最新进展": task.latest,
        "未完成原因": task.blocked,
        "佐证件数": str(task.evidence),
        "申请人": task.claimed,
        "审核人": task.approved,
        "验收人": task.verified,
        "验收日期": task.closed,
        "佐证清单": "\n".join(task.files),
        "日期": chinese_day(task.day),
    }
