"""销号单 and 督办单 of one task: forms to print, sign and file. Pure."""

import datetime as dt
from dataclasses import dataclass

from notices.report.document import Document, Paragraph, Table, chinese_day


@dataclass(frozen=True)
class TaskForm:
    """A task as its forms print it; "" where nothing is known."""

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


def closing(task: TaskForm) -> Document:
    """销号单: what was done, the unit's claim, and room for the three signatures."""
    rows = (
        ("项目", "内容"),
        ("所属批次", task.notice),
        ("任务编号", task.number),
        ("存在问题", task.issue),
        ("整改措施", task.text),
        ("牵头单位", task.lead),
        ("责任（配合）单位", task.others or "无"),
        ("责任领导", task.leader),
        ("完成时限", task.deadline or "未定"),
        ("实际完成时间", task.finished),
        ("整改情况", task.latest or "尚未填报"),
        ("佐证材料", f"{task.evidence} 件"),
        ("申请结论", task.claim or "未申请"),
        ("当前状态", task.state),
        ("牵头单位意见", "\n\n负责人（签字）：　　　　　　年　　月　　日"),
        ("责任领导意见", "\n\n责任领导（签字）：　　　　　年　　月　　日"),
        ("整改办验收意见", "\n\n验收人（签字）：　　　　　　年　　月　　日"),
    )
    return Document("整改任务销号单", (Table(rows, (26, 74)), _printed(task.day)))


def order(task: TaskForm) -> Document:
    """督办单: what is asked, how far it is, and room for the reply."""
    rows = (
        ("项目", "内容"),
        ("所属批次", task.notice),
        ("任务编号", task.number),
        ("存在问题", task.issue),
        ("督办事项", task.text),
        ("承办单位", task.lead),
        ("责任领导", task.leader),
        ("责任人", task.contact),
        ("完成时限", f"{task.deadline or '未定'}{f'（{task.late}）' if task.late else ''}"),
        ("目前进展", task.latest or "尚未填报"),
        ("未完成原因", task.blocked or "未说明"),
        ("督办要求", "请查明原因，明确措施和完成时间，限期办结并书面回复。"),
        ("承办单位回复", "\n\n\n负责人（签字）：　　　　　　年　　月　　日"),
        ("整改办意见", "\n\n\n（签字）：　　　　　　　　　年　　月　　日"),
    )
    return Document("整改任务督办单", (Table(rows, (26, 74)), _printed(task.day)))


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
        "日期": chinese_day(task.day),
    }


def _printed(day: dt.date) -> Paragraph:
    return Paragraph(f"打印日期：{chinese_day(day)}", align="right")
