"""A ledger of 10,000 rows coming in: preview, apply, and again; beside django-import-export and the bare work."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import tablib
from django.db import transaction
from import_export import fields, resources
from import_export.widgets import DateWidget, ForeignKeyWidget

from accounts.models import Event, Unit
from notices.ledger.apply import apply_plan
from notices.ledger.export import export_ledger
from notices.ledger.uploads import plan_workbook, prepare
from notices.models import Issue, Notice, Task
from notices.sql import bulk
from tests.bench import Row, interleaved
from tests.bench.ledger_data import AT, TODAY, ledger_rows, make_notice, normalise, parse, workbook_bytes

ROWS, PEER_ROWS = 10_000, 500
PEER = f"django-import-export ({PEER_ROWS} rows, scaled)"


class TaskResource(resources.ModelResource):
    """The usual way: a resource over the model, issue by number and unit by name."""

    issue = fields.Field("issue", "issue", ForeignKeyWidget(Issue, "number"))
    notice = fields.Field("notice", "notice", ForeignKeyWidget(Notice, "pk"))
    lead_unit = fields.Field("lead_unit", "lead_unit", ForeignKeyWidget(Unit, "name"))
    deadline = fields.Field("deadline", "deadline", DateWidget("%Y-%m-%d"))

    class Meta:
        model = Task
        import_id_fields = ("number",)
        skip_unchanged = True
        fields = ("number", "notice", "issue", "position", "text", "leader_text", "contact_text", "lead_unit", "deadline",
                  "latest_text", "latest_next", "remark")  # fmt: skip


HEADERS = ("number", "notice", "issue", "position", "text", "leader_text", "contact_text", "lead_unit", "deadline",
           "latest_text", "latest_next", "remark")  # fmt: skip


def peer_file(notice: Notice) -> bytes:
    data = tablib.Dataset(headers=HEADERS)
    for n, row in enumerate(ledger_rows(PEER_ROWS)):
        day = row[11].isoformat()
        data.append(
            (
                f"P{n}",
                notice.pk,
                "P-ISSUE",
                n,
                row[4],
                row[6],
                row[10],
                row[7],
                day,
                row[13] or "无",
                row[14] or "无",
                row[15],
            )
        )
    return data.export("xlsx")


def peer_import(content: bytes, *, dry: bool) -> None:
    data = tablib.Dataset().load(content, format="xlsx")
    result = TaskResource().import_data(data, dry_run=dry, raise_errors=True)
    assert result.total_rows == PEER_ROWS


def rolled_back(work: Callable[[], object]) -> Callable[[], None]:
    """Runs in a transaction that is taken back, so that every run starts from the same database."""

    def run() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return run


def preview(notice: Notice, content: bytes) -> object:
    return plan_workbook(notice, parse(content), name="a.xlsx", by=None, at=AT, today=TODAY).plan


def apply_file(notice: Notice, path: str) -> None:
    plan = prepare(notice, path, name="a.xlsx", by=None, at=AT, today=TODAY).plan
    apply_plan(plan, notice, by=None, at=AT, today=TODAY, why="导入")


def apply_floor(notice: Notice, issue: Issue, content: bytes) -> None:
    """Parse, then the bare rows: one task and one event each."""
    rows = parse(content).sheets[0].rows[2:]
    empty = {f.attname: f.get_default() for f in Task._meta.concrete_fields if not f.generated}
    names = [n for n in empty if n != "id"]
    tasks = []
    for n, row in enumerate(rows):
        empty |= {
            "notice_id": notice.pk,
            "issue_id": issue.pk,
            "number": f"F{n}",
            "position": n,
            "text": row[4],
        }
        tasks.append([empty[name] for name in names])
    bulk.insert(Task, names, tasks)
    event = ("at", "actor_name", "action", "subject_type", "ok", "data", "unit_name", "address", "digest")
    bulk.insert(
        Event, event, [(AT, "系统", "task.add", "task", True, {"number": r[0]}, "", "", "") for r in rows]
    )


def once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * ROWS / PEER_ROWS


def main() -> list[Row]:
    content = workbook_bytes(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(content)
        return [*fresh(content, str(path)), *again(content)]


def fresh(content: bytes, path: str) -> list[Row]:
    """New rows: preview, and preview + apply."""
    notice = make_notice("新台账")
    issue = Issue.objects.create(notice=notice, number="P-ISSUE", position=1, title="甲")
    peer = peer_file(notice)
    dry = once(lambda: peer_import(peer, dry=True))
    both = dry + once(rolled_back(lambda: peer_import(peer, dry=False)))
    issue.delete()
    found = interleaved(
        {"preview": lambda: preview(notice, content), "floor": lambda: normalise(parse(content))}, runs=3
    )
    rows = [
        Row(
            f"ledger preview, {ROWS:,} new rows",
            found["preview"],
            PEER,
            dry,
            40,
            "calamine + normalise",
            found["floor"],
            2.0,
        )
    ]
    home = Issue.objects.create(notice=make_notice("底线"), number="F", position=1, title="甲")
    found = interleaved(
        {
            "apply": rolled_back(lambda: apply_file(notice, path)),
            "floor": rolled_back(lambda: apply_floor(home.notice, home, content)),
        },
        runs=3,
    )
    rows.append(
        Row(
            "the same with gate and child, applied",
            found["apply"],
            PEER,
            both,
            50,
            "calamine + bare rows and events",
            found["floor"],
            2.5,
        )
    )
    return rows


def again(content: bytes) -> list[Row]:
    """The export of those rows comes back: unchanged, and with 5 % of the rows changed."""
    notice = make_notice("再次上传")
    plan = plan_workbook(notice, parse(content), name="a.xlsx", by=None, at=AT, today=TODAY).plan
    apply_plan(plan, notice, by=None, at=AT, today=TODAY, why="导入")
    with tempfile.TemporaryFile() as out:
        export_ledger(notice, out, by=None, at=AT, today=TODAY)
        out.seek(0)
        ours = out.read()
    issue = Issue.objects.create(notice=notice, number="P-ISSUE", position=9_999, title="甲")
    peer = peer_file(notice)
    with transaction.atomic():
        peer_import(peer, dry=False)
        slow = once(lambda: peer_import(peer, dry=True))
        transaction.set_rollback(True)
    issue.delete()
    found = interleaved({"again": lambda: preview(notice, ours), "floor": lambda: parse(ours)}, runs=3)
    rows = [
        Row(
            "re-import unchanged, our workbook",
            found["again"],
            PEER,
            slow,
            100,
            "calamine parse",
            found["floor"],
            2.0,
        )
    ]
    ids = list(Task.objects.filter(notice=notice).order_by("pk").values_list("pk", flat=True))[::20]
    book = parse(ours)
    changed = {str(pk) for pk in ids}
    tasks = next(s for s in book.sheets if s.name == "任务清单")
    for row in tasks.rows[3:]:
        if str(row[0]).partition(".")[0] in changed:
            row[20] = "已核对"

    def five_percent() -> None:
        plan = plan_workbook(notice, book, name="a.xlsx", by=None, at=AT, today=TODAY).plan
        assert plan.changes == len(ids)
        apply_plan(plan, notice, by=None, at=AT, today=TODAY, why="导入")

    found = interleaved({"again": rolled_back(five_percent), "floor": lambda: parse(ours)}, runs=3)
    rows.append(
        Row(
            "5 % changed, planned and applied (parse apart)",
            found["again"],
            PEER,
            slow,
            100,
            "calamine parse",
            found["floor"],
            2.0,
        )
    )
    return rows
