"""一题一档 and the pack of evidence: what lies about an issue, as far as a person may see it. Nothing is written but the
event of a pack. The same number of queries for one task and for many.

A worker makes the pack (packages.py), a block at a time.
"""

import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

from django.db import transaction
from django.utils.timezone import localtime

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain.evidence import opened
from notices.domain.workflow import STEPS, TAKE_OVER
from notices.errors import Refused
from notices.models import Evidence, Issue, Notice, Progress, Task, Transition
from notices.report.document import chinese_day
from notices.report.dossier import Dossier, Sheet, TaskPart, document
from notices.report.table import write_table
from notices.report.word import write
from notices.terms import Outcome, PrintedProgress, State, UnitRole

CONTENTS = [
    ("问题编号", 12),
    ("问题", 40),
    ("任务编号", 12),
    ("包内位置", 60),
    ("原文件名", 36),
    ("材料类别", 14),
]
CONTENTS += [("上传人", 12), ("上传时间", 18), ("大小（字节）", 14), ("SHA-256", 66), ("说明", 30)]
_BAD = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_NAME = 60  # characters of a name inside a pack: Windows ends a path at 260
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One file of a pack; `said` is why it is not in it."""

    path: str
    row: Evidence
    said: str = ""


def visible_tasks(issues: Iterable[Issue], user: User | None) -> list[Task]:
    """`user` None is the system account, which sees all."""
    seen = Task.objects.all() if user is None else Task.objects.visible_to(user)
    rows = seen.filter(issue__in=[i.pk for i in issues])
    return list(rows.select_related("lead_unit").prefetch_related("task_units").in_order())


def dossiers(issues: list[Issue], user: User | None, *, today: dt.date) -> list[Dossier]:
    """One each, in the order given; `issues` with notice and aspect joined and their progress counted."""
    tasks = visible_tasks(issues, user)
    sheets = _sheets(tasks)
    by_issue: dict[int, list[TaskPart]] = defaultdict(list)
    for task in tasks:
        by_issue[task.issue_id].append(TaskPart(task.number, task.text, _task_facts(task), sheets[task.pk]))
    return [
        Dossier(i.number, i.title, _issue_facts(i), tuple(by_issue[i.pk]), chinese_day(today)) for i in issues
    ]


def _issue_facts(issue: Any) -> tuple[tuple[str, str], ...]:
    facts = (
        ("批次", issue.notice.title),
        ("方面", issue.aspect.title if issue.aspect else ""),
        ("具体表现", issue.detail),
        ("问题来源", issue.source),
        ("整改目标", issue.target),
        ("责任领导", issue.leader_text),
        ("牵头单位", issue.lead_unit.name if issue.lead_unit else issue.lead_text),
        ("整改进度", PrintedProgress(issue.progress).label),
    )
    return tuple((label, text) for label, text in facts if text)


def _task_facts(task: Task) -> tuple[tuple[str, str], ...]:
    parts = list(task.task_units.all())
    others = [p.unit_text for p in parts if p.role in (UnitRole.RESPONSIBLE, UnitRole.SUPPORTING)]
    facts = (
        ("牵头单位", task.lead_unit.name if task.lead_unit else "未分派"),
        ("责任、配合单位", "、".join(others)),
        ("责任领导", task.leader_text),
        ("责任人", task.contact_text),
        ("完成时限", task.deadline.isoformat() if task.deadline else task.deadline_text),
        ("实际完成时间", task.finished_on.isoformat() if task.finished_on else ""),
        ("销号时间", task.closed_on.isoformat() if task.closed_on else ""),
        ("状态", State(task.state).label),
        ("反弹次数", str(task.relapse_count) if task.relapse_count else ""),
    )
    return tuple((label, text) for label, text in facts if text)


def _sheets(tasks: list[Task]) -> dict[int, tuple[Sheet, ...]]:
    ids = [t.pk for t in tasks]
    reports: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for row in Progress.objects.filter(task__in=ids).select_related("unit").order_by("at", "pk"):
        texts = [
            row.text,
            row.blocked and f"未完成原因：{row.blocked}",
            row.next_step and f"下一步：{row.next_step}",
        ]
        who = f"{row.unit.name if row.unit else ''}\n{row.by_name}{'（代填）' if row.on_behalf else ''}"
        reports[row.task_id].append((_day(row.at), who.strip(), "\n".join(t for t in texts if t)))
    steps: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for step in Transition.objects.filter(task__in=ids).order_by("at", "pk"):
        label = "接收历史台账" if step.step == TAKE_OVER else STEPS[step.step].label
        said = [Outcome(step.outcome).label if step.outcome else "", step.reason]
        who = f"{step.unit_name}\n{step.by_name}"
        steps[step.task_id].append((_day(step.at), label, who.strip(), "\n".join(t for t in said if t)))
    files: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for file in Evidence.objects.filter(task__in=ids, removed_at=None).order_by("at", "pk"):
        files[file.task_id].append((_day(file.at), file.name, file.category, file.by_name, file.sha256[:16]))
    return {
        pk: (
            Sheet("整改进展", ("时间", "填报", "内容"), (16, 22, 62), tuple(reports[pk]), "没有填报进展。"),
            Sheet("签批过程", ("时间", "步骤", "办理", "意见"), (16, 16, 24, 44), tuple(steps[pk]), "没有办理记录。"),
            Sheet(
                "佐证材料", ("时间", "文件名", "类别", "上传人", "校验值（前 16 位）"), (16, 36, 14, 12, 22),
                tuple(files[pk]), "没有佐证材料。",
            ),
        )
        for pk in ids
    }  # fmt: skip


def _day(at: dt.datetime) -> str:
    return f"{localtime(at):%Y-%m-%d}"


def dossier_bytes(dossier: Dossier) -> bytes:
    """As Word."""
    return write(document(dossier))


# ── The pack ─────────────────────────────────────────────────────────────────
def packer(user: User, notice: Notice) -> str | None:
    """May this person take all of the notice's evidence away?"""
    if has(user, Can.SEE_NOTICE, notice.unit_id):
        return None
    return "只有整改办和督导组可以下载整个批次的佐证材料包。"


@transaction.atomic
def order_pack(notice: Notice, *, by: User, at: dt.datetime) -> None:
    """May this person, and the event that it was taken, with how much there is."""
    why_not = packer(by, notice)
    if why_not:
        raise Refused(why_not)
    files = Evidence.objects.filter(task__notice=notice, removed_at=None).count()
    data = {"issues": Issue.objects.filter(notice=notice).count(), "files": files}
    audit.record(audit.Act("dossier.pack", "notice", notice.pk, notice.pk, data=data), by=by, at=at)


def issues_of(notice: Notice) -> list[Issue]:
    """All of them, as `parts` wants them."""
    rows = Issue.objects.filter(notice=notice).with_progress()
    return list(rows.select_related("notice", "aspect", "lead_unit").in_order())


def entries_of(issues: list[Issue]) -> list[Entry]:
    """What goes into the pack, issue by issue and task by task."""
    named = {i.pk: i for i in issues}
    rows = Evidence.objects.filter(task__issue__in=list(named), removed_at=None).select_related("task")
    counts: dict[int, int] = defaultdict(int)
    entries = []
    for row in rows.order_by(
        "task__issue__position", "task__issue__pk", "task__position", "task__pk", "at", "pk"
    ):
        counts[row.task_id] += 1
        file = safe_name(f"{counts[row.task_id]:02} {PurePath(row.name.strip()).stem}") + f".{row.kind}"
        entries.append(
            Entry(f"{folder_of(named[row.task.issue_id])}/{safe_name(row.task.number)}/{file}", row)
        )
    return entries


def folder_of(issue: Issue) -> str:
    return safe_name(f"{issue.number} {issue.title}")


def safe_name(text: str, longest: int = _NAME) -> str:
    """A name every system can keep in a folder; `longest` in characters."""
    return _BAD.sub("_", text).strip(" .")[:longest].strip(" .") or "_"


def parts(
    entries: list[Entry], issues: list[Issue], user: User, *, today: dt.date
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(path, content) of everything in the pack: the dossiers, the files proved by their hashes, and at the end the
    contents and the hashes. A file that cannot be given is named there with the reason; the pack goes on."""
    titles = {i.pk: i for i in issues}
    for issue, dossier in zip(issues, dossiers(issues, user, today=today), strict=True):
        yield f"{folder_of(issue)}/一题一档.docx", iter([dossier_bytes(dossier)])
    told = []
    for entry in entries:
        try:
            source = opened(entry.row)
        except Refused as why:
            told.append(Entry(entry.path, entry.row, str(why)))
            continue
        told.append(entry)
        yield entry.path, blocks_of(source)
    sheet = io.BytesIO()
    write_table(sheet, "目录", CONTENTS, (_line(entry, titles[entry.row.task.issue_id]) for entry in told))
    yield "目录.xlsx", iter([sheet.getvalue()])
    sums = "".join(f"{entry.row.sha256}  {entry.path}\n" for entry in told if not entry.said)
    yield "校验值.txt", iter([sums.encode()])


def blocks_of(source: IO[bytes]) -> Iterator[bytes]:
    with source:
        while block := source.read(_BLOCK):
            yield block


def _line(entry: Entry, issue: Issue) -> list[object]:
    row = entry.row
    place = "" if entry.said else entry.path
    start = [issue.number, issue.title, row.task.number, place, row.name, row.category, row.by_name]
    return [*start, f"{localtime(row.at):%Y-%m-%d %H:%M}", row.size, row.sha256, entry.said]
