"""One cell of the sheet, filed as a progress report: the other words of the last report are carried over."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from notices.domain import reporting
from notices.errors import Stale
from notices.models import Progress, Task

CELLS = {"latest": "最新进展", "next": "下一步"}


def value_of(task: Task, cell: str) -> str:
    return task.latest_text if cell == "latest" else task.latest_next


@transaction.atomic
def file_cell(task: Task, cell: str, value: str, *, seen: str, by: User, at: dt.datetime) -> Progress | None:
    """File what was typed into the cell. `seen` is when the last report was filed that the person saw ("" for none).

    1. lock; 2. nothing changed → nothing filed (None); 3. a newer report → Stale, with its words; 4. file.
    """
    row = Task.objects.select_for_update(of=("self",)).select_related("notice").get(pk=task.pk)
    if value.strip() == value_of(row, cell).strip():
        return None
    latest = row.latest_at.isoformat() if row.latest_at else ""
    if latest != seen:
        raise Stale(
            f"任务 {row.number} 刚刚有人更新了进展，{CELLS[cell]}现为“{value_of(row, cell) or '空'}”。"
            "您填写的内容仍在框中，请核对后再按回车提交。"
        )
    text = value if cell == "latest" else row.latest_text
    next_step = value if cell == "next" else row.latest_next
    return reporting.report(row, text=text, next_step=next_step, blocked=row.latest_blocked, by=by, at=at)
