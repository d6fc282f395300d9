"""The audit log as the auditor reads it: who, when, what, on what, with what result. Of the content of ledgers the
auditor sees field names and hashes, never the text (GB/T 22239: separation of duties)."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from accounts import audit
from accounts.access import holds
from accounts.models import Event, User
from accounts.roles import Can
from notices.domain.workflow import STEPS
from notices.errors import Refused

OPEN = ("user", "unit", "page")  # accounts, units and addresses are the auditor's own field
MOST = 200_000  # rows of one export
SUBJECTS = {
    "task": "任务",
    "issue": "问题",
    "notice": "批次",
    "user": "账号",
    "unit": "单位",
    "page": "页面",
    "ledger": "台账",
    "intake": "录入草稿",
    "evidence": "佐证材料",
    "calendar": "工作日历",
    "supervision": "督导检查",
    "finding": "督导发现",
    "outcome": "整改成效",
    "meeting": "会议与行动",
}
VERBS = {
    "add": "新增",
    "edit": "修改",
    "move": "调整上级",
    "sign_in": "登录",
    "sign_out": "退出",
    "password": "密码",
    "grant": "授予角色",
    "withdraw": "撤销角色",
    "propose": "提出任职",
    "take_back": "撤回任职申请",
    "refuse": "不批准任职",
    "lock": "停用账号",
    "unlock": "启用账号",
    "warn": "长期未用预警",
    "end_sessions": "退出所有登录",
    "end_all": "全部下线",
    "end_session": "退出一处登录",
    "factor_reset": "重置动态口令",
    "factor_on": "启用动态口令",
    "factor_off": "停用动态口令",
    "code": "动态口令验证",
    "merge": "合并",
    "split": "分设",
    "handover": "移交",
    "refused": "未办成的请求",
    "report": "填报进展",
    "attach": "上传佐证材料",
    "comment": "留言",
    "nudge": "催办",
    "import": "导入台账",
    "import_undo": "撤销导入",
    "export": "导出",
    "upload": "上传",
    "undo": "撤销",
    "stage": "改变阶段",
    "units": "承担单位",
    "begin": "开始",
    "intake": "录入",
    "take_over": "接收历史台账",
    "set": "设置",
    "clear": "清除",
    "plan": "安排",
    "revise": "修改",
    "carry_out": "登记开展情况",
    "call_off": "取消",
    "record": "登记",
    "enter": "登记",
    "link": "关联任务",
    "task": "转为任务",
    "hand": "交办",
    "reply": "回复",
    "judge": "审核",
    "void": "作废",
    "read_texts": "从文本中提取",
    "confirm": "确认",
    "reject": "不采用",
} | {name: step.label for name, step in STEPS.items()}
_FAMILIES = {"person": "人员", "request": "请求", "audit": "审计日志", "reminders": "提醒"} | SUBJECTS


@dataclass(frozen=True)
class Line:
    """One row for reading. `facts`: field → what may be read of it."""

    pk: int
    seq: int | None
    at: dt.datetime
    who: str
    unit: str
    address: str
    what: str
    code: str
    subject: str
    ok: bool
    facts: list[tuple[str, str]]


def entries(
    *, since: dt.date | None = None, until: dt.date | None = None, who: str = "", what: str = "", ok: str = ""
) -> QuerySet[Event]:
    """Rows by civil day (both ends included), part of a name, beginning of an action, result ("1" or "0")."""
    rows = Event.objects.all()
    if since:
        rows = rows.filter(at__date__gte=since)
    if until:
        rows = rows.filter(at__date__lte=until)
    if who:
        rows = rows.filter(actor_name__contains=who)
    if what:
        rows = rows.filter(action__startswith=what)
    return rows.filter(ok=ok == "1") if ok in ("0", "1") else rows


def label_of(action: str) -> str:
    """task.submit → 任务：申请销号; a part that is not known stays as it is."""
    family, _, verb = action.partition(".")
    return f"{_FAMILIES.get(family, family)}：{VERBS.get(verb, verb)}"


def line(row: Event) -> Line:
    kind = SUBJECTS.get(row.subject_type, row.subject_type)
    shown = row.data if row.subject_type in OPEN else {key: _hashed(value) for key, value in row.data.items()}
    return Line(
        pk=row.pk,
        seq=row.seq,
        at=row.at,
        who=row.actor_name,
        unit=row.unit_name,
        address=row.address,
        what=label_of(row.action),
        code=row.action,
        subject=f"{kind} {row.subject_id}" if row.subject_id is not None else kind,
        ok=row.ok,
        facts=[(key, _words(value)) for key, value in shown.items()],
    )


def _hashed(value: Any) -> str:
    """The first sixteen digits of SHA-256 of the value as JSON: equal values are seen to be equal, no more."""
    if isinstance(value, list) and len(value) == 2:
        return f"{_hashed(value[0])} → {_hashed(value[1])}"
    body = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "#" + hashlib.sha256(body.encode()).hexdigest()[:16]


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def export(rows: QuerySet[Event], *, by: User, at: dt.datetime, asked: dict[str, str]) -> Iterator[Line]:
    """Lines oldest first, and a row that they were taken out. Refused above 200,000 rows."""
    if not holds(by, Can.READ_AUDIT):
        raise Refused("只有审计员可以导出审计日志。")
    if rows.count() > MOST:
        raise Refused(f"一次最多导出 {MOST:,} 条，请缩小日期范围后重试。")
    audit.record(audit.Act("audit.export", "page", data=asked), by=by, at=at)
    return (line(row) for row in rows.order_by("pk").iterator(chunk_size=2000))
