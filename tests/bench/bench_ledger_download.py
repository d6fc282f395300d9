"""A ledger of 10,000 rows going out, with full styling, beside openpyxl's write-only writer; and the writer's memory."""

import io
import os
import tempfile
import tracemalloc
import zlib

from django.db import connection
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side

from notices.ledger.apply import apply_plan
from notices.ledger.export import export_ledger
from notices.ledger.load import stream_tasks, visible_tasks
from notices.ledger.schema import LAYOUT
from notices.ledger.skeleton import Frame
from notices.ledger.uploads import plan_workbook
from notices.ledger.write import Line, Sheetful, write_workbook
from notices.models import Notice
from tests.bench import Row, turns
from tests.bench.ledger_data import AT, TODAY, ledger_rows, make_notice, parse, workbook_bytes

ROWS, MANY = int(os.environ.get("BENCH_ROWS", "10000")), int(os.environ.get("BENCH_MANY", "100000"))
MOST_MEMORY = 20  # MB


def lines(count: int):
    """Lines of 任务清单 without a database."""
    for n, row in enumerate(ledger_rows(min(count, 2000)) * (count // min(count, 2000))):
        cells = (f"W01-{n:05d}-01", f"W01-{n:05d}", row[2], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
                 row[11], "", "", "整改中", row[13], row[14], "", "", "", row[15], "绿灯")  # fmt: skip
        yield Line(f"{n}.0", cells, n // 4)


def frame(count: int) -> Frame:
    return Frame("云岭县", "云岭县", "2026年11月20日", 1, 1, (), {"tasks": count})


def ours(count: int) -> None:
    empty = Sheetful(lambda: ())
    lists = dict.fromkeys(LAYOUT, empty) | {"tasks": Sheetful(lambda: lines(count))}
    with tempfile.TemporaryFile() as out:
        assert write_workbook(frame(count), lists, out)["tasks"] == count


def openpyxl_styled(count: int) -> None:
    book = Workbook(write_only=True)
    page = book.create_sheet("任务清单")
    side = Side(style="thin")
    font, border = Font(name="宋体", size=10), Border(left=side, right=side, top=side, bottom=side)
    alignment = Alignment(vertical="center", wrap_text=True)
    for line in lines(count):
        row = []
        for value in (line.key, *line.cells):
            cell = WriteOnlyCell(page, value)
            cell.font, cell.border, cell.alignment = font, border, alignment
            row.append(cell)
        page.append(row)
    with tempfile.TemporaryFile() as out:
        book.save(out)


def floor(notice: Notice) -> None:
    """Rows read once, their text deflated for each of the three long lists."""
    for _ in range(3):
        engine = zlib.compressobj(1)
        for task in stream_tasks(visible_tasks(notice, None)):
            engine.compress(("".join(map(str, task.values.values()))).encode())
        engine.flush()


def export(notice: Notice) -> None:
    with tempfile.TemporaryFile() as out:
        export_ledger(notice, out, by=None, at=AT, today=TODAY)


def peak_mb(work) -> float:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1_000_000
    finally:
        tracemalloc.stop()


def main() -> list[Row]:
    notice = make_notice("下载")
    plan = plan_workbook(notice, parse(workbook_bytes(ROWS)), name="a.xlsx", by=None, at=AT, today=TODAY).plan
    apply_plan(plan, notice, by=None, at=AT, today=TODAY, why="导入")
    whole = turns({"ours": lambda: export(notice), "floor": lambda: floor(notice)}, runs=3)
    ours_, least = whole["ours"], whole["floor"]
    rows = [
        Row(f"whole ledger of {ROWS:,} tasks (six sheets, base kept)", ours_.wall, floor="rows read + text deflated",
            floor_seconds=least.wall, must_floor=2.0, cpu=ours_.cpu, floor_cpu=least.cpu),
    ]  # fmt: skip
    return rows if connection.vendor == "postgresql" else [*rows, *writer()]


def writer() -> list[Row]:
    """The writer alone, without a database: once is enough."""
    times = turns({"ours": lambda: ours(ROWS), "peer": lambda: openpyxl_styled(ROWS)}, runs=2)
    memory = peak_mb(lambda: ours(MANY))
    heavy = peak_mb(lambda: in_memory(MANY // 50)) * 50
    return [
        Row(f"task list written, {ROWS:,} rows, styled", times["ours"].wall, "openpyxl write-only, styled",
            times["peer"].wall, 5, cpu=times["ours"].cpu, peer_cpu=times["peer"].cpu),
        Row(f"writer's memory at {MANY:,} rows, MB (in the seconds' column)", memory, "openpyxl normal (2,000 rows, scaled)",
            heavy, 30, f"{MOST_MEMORY} MB", MOST_MEMORY, 1.0),
    ]  # fmt: skip


def in_memory(count: int) -> None:
    book = Workbook()
    for line in lines(count):
        book.active.append([line.key, *line.cells])
    book.save(io.BytesIO())
