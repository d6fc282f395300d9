"""A ledger of 10,000 rows coming in: preview, apply, and again; beside django-import-export and the bare work."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.db import connection, models, transaction

from accounts.models import Event
from notices.ledger.apply import apply_plan
from notices.ledger.export import export_ledger
from notices.ledger.patch import patch_workbook
from notices.ledger.uploads import plan_workbook, prepare
from notices.models import Aspect, Issue, Notice, Progress, Rollup, Task, TaskScope, TaskUnit, Transition
from notices.records import Plan
from notices.sql import bulk
from tests.bench import Row, Spent, turns
from tests.bench.ledger_data import AT, TODAY, make_notice, normalise, parse, workbook_bytes
from tests.bench.peer import peer_file, peer_import

# Seven runs: on a machine shared with others the best of three still differs by a fifth from one bench to the next.
ROWS, PEER_ROWS, RUNS = int(os.environ.get("BENCH_ROWS", "10000")), 100, 7
PEER = f"django-import-export, {PEER_ROWS} rows scaled"
LEFT = (Aspect, Issue, Task, TaskUnit, Progress, Transition, TaskScope, Rollup)


def rolled_back(work: Callable[[], object]) -> Callable[[], None]:
    """Runs in a transaction that is taken back, so that every run starts from the same database. What PostgreSQL
    would check at the commit is checked before."""

    def run() -> None:
        with transaction.atomic():
            work()
            if connection.vendor == "postgresql":
                connection.check_constraints()
            transaction.set_rollback(True)

    return run


def preview(notice: Notice, content: bytes) -> Plan:
    return plan_workbook(notice, parse(content), name="a.xlsx", by=None, at=AT, today=TODAY).plan


def write(notice: Notice, plan: Plan) -> None:
    apply_plan(plan, notice, by=None, at=AT, today=TODAY, why="导入")


def apply_file(notice: Notice, path: str) -> None:
    """Everything a person waits for: gate, child process, plan, and all rows written."""
    write(notice, prepare(notice, path, name="a.xlsx", by=None, at=AT, today=TODAY).plan)


def apply_floor(notice: Notice, issue: Issue, content: bytes) -> None:
    """Parse, then the bare rows: one task and one event each."""
    rows = parse(content).sheets[0].rows[2:]
    empty = {f.attname: f.get_default() for f in Task._meta.concrete_fields if not f.generated}
    names = [n for n in empty if n != "id"]
    same = {"notice_id": notice.pk, "issue_id": issue.pk}
    tasks = []
    for n, row in enumerate(rows):
        empty |= {**same, "number": f"F{n}", "position": n, "text": row[4]}
        tasks.append([empty[name] for name in names])
    bulk.insert(Task, names, tasks)
    names = ["at", "actor_name", "action", "subject_type", "ok", "data", "unit_name", "address", "digest"]
    same_event = (AT, "系统", "task.add", "task", True)
    bulk.insert(Event, names, [(*same_event, {"number": r[0]}, "", "", "") for r in rows])


Rows = list[tuple[type[models.Model], list[str], list[tuple[object, ...]]]]


def rows_left(notice: Notice, plan: Plan) -> Rows:
    """Every row that applying leaves in the tables, as tuples."""
    found: Rows = []
    with transaction.atomic():
        last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        write(notice, plan)
        for model in (*LEFT, Event):
            names = [f.attname for f in model._meta.concrete_fields if not f.generated]
            key = "task__notice" if model in (TaskUnit, Progress, Transition) else "notice"
            mine = {"pk__gt": last} if model is Event else {key: notice}
            found.append((model, names, list(model._default_manager.filter(**mine).values_list(*names))))
        transaction.set_rollback(True)
    return found


def whole_floor(content: bytes, left: Rows) -> None:
    """Parse, then every row that the import leaves, ready-made: what any program with these tables writes."""
    parse(content)
    for model, names, rows in left:
        bulk.insert(model, names, rows)


def row(
    operation: str, found: dict[str, Spent], floor: str, must_floor: float | None, must_peer: float | None
) -> Row:
    """A line of the table from the times of "ours", "floor" and the parts of the peer."""
    peers = [spent for name, spent in found.items() if name not in ("ours", "floor")]
    scale = ROWS / PEER_ROWS
    return Row(
        operation, found["ours"].wall,
        PEER if peers else "", sum(p.wall for p in peers) * scale if peers else None, must_peer,
        floor, found["floor"].wall, must_floor,
        cpu=found["ours"].cpu,
        peer_cpu=sum(p.cpu or 0 for p in peers) * scale or None,
        floor_cpu=found["floor"].cpu,
    )  # fmt: skip


def main() -> list[Row]:
    content = workbook_bytes(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(content)
        return [*fresh(content, str(path)), *again(content)]


def fresh(content: bytes, path: str) -> list[Row]:
    """New rows: preview; with gate and child and applied, against the bare rows and against all rows."""
    notice, other = make_notice("新台账"), make_notice("同行")
    home = Issue.objects.create(notice=make_notice("底线"), number="F", position=1, title="甲")
    file = peer_file(PEER_ROWS)
    dry = lambda: peer_import(other, file, dry=True)  # noqa: E731
    confirm = rolled_back(lambda: peer_import(other, file, dry=False))
    shown = turns(
        {"ours": lambda: preview(notice, content), "floor": lambda: normalise(parse(content)), "dry": dry},
        runs=RUNS,
    )
    left = rows_left(notice, preview(notice, content))
    written = turns(
        {
            "ours": rolled_back(lambda: apply_file(notice, path)),
            "floor": rolled_back(lambda: apply_floor(home.notice, home, content)),
            "whole": rolled_back(lambda: whole_floor(content, left)),
            "dry": dry,
            "confirm": confirm,
        },
        runs=RUNS,
    )
    whole = {"ours": written["ours"], "floor": written.pop("whole")}
    most = 2.5 if connection.vendor == "sqlite" else 4.0
    count = sum(len(rows) for _, _, rows in left)
    return [
        row(f"preview of {ROWS:,} new rows, all checks", shown, "calamine + normalise", 2.0, 40),
        row(
            "the same applied, gate and child included",
            written,
            "calamine + a row and an event each",
            most,
            50,
        ),
        row("the same again, beside all rows it leaves", whole, f"calamine + its {count:,} rows", None, None),
    ]


def again(content: bytes) -> list[Row]:
    """The same ledger comes again, unchanged and with 5 % of the rows changed; and so does our own workbook."""
    notice, other = make_notice("再次上传"), make_notice("同行再次")
    write(notice, preview(notice, content))
    file = peer_file(PEER_ROWS)
    peer_import(other, file, dry=False)
    peer: dict[str, Callable[[], object]] = {
        "dry": lambda: peer_import(other, file, dry=True),
        "confirm": rolled_back(lambda: peer_import(other, file, dry=False)),
    }
    changed = workbook_bytes(ROWS, remarked=20)
    own = exported(notice)
    edited = with_remarks(own)
    return [
        row("the same ledger again, unchanged",
            unchanged(notice, content, peer), "calamine parse", 2.0, 100),
        row("the same ledger again, 5 % changed, applied",
            amended(notice, changed, ROWS // 20, peer), "calamine parse", 2.0, 100),
        row("our own workbook of six lists back, unchanged", unchanged(notice, own, {}), "calamine parse", 2.0, None),
        row("our own workbook back, 5 % changed, applied",
            amended(notice, edited, ROWS // 20, {}), "calamine parse", 2.0, None),
    ]  # fmt: skip


def unchanged(notice: Notice, content: bytes, peer: dict[str, Callable[[], object]]) -> dict[str, Spent]:
    def ours() -> None:
        assert preview(notice, content).changes == 0

    return turns({"ours": ours, "floor": lambda: parse(content), **peer}, runs=RUNS)


def amended(
    notice: Notice, content: bytes, cells: int, peer: dict[str, Callable[[], object]]
) -> dict[str, Spent]:
    def ours() -> None:
        plan = preview(notice, content)
        assert plan.changes == cells, plan.counts
        write(notice, plan)

    return turns({"ours": rolled_back(ours), "floor": lambda: parse(content), **peer}, runs=RUNS)


def exported(notice: Notice) -> bytes:
    with tempfile.TemporaryFile() as out:
        export_ledger(notice, out, by=None, at=AT, today=TODAY)
        out.seek(0)
        return out.read()


def with_remarks(content: bytes) -> bytes:
    """The workbook with another remark in every twentieth row of 任务清单."""
    rows = range(4, 4 + ROWS, 20)
    filled = patch_workbook(content, {"任务清单": {f"U{n}": f"已核对{n}" for n in rows}})
    assert not filled.unpatched
    return filled.content
