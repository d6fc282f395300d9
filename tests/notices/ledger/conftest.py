"""A county with issues and tasks, and a workbook that goes out and comes back without a file in between."""

import io

import openpyxl
import pytest

from accounts.files.sheets import Sheet, Workbook
from notices.ledger.apply import apply_plan
from notices.ledger.export import export_ledger
from notices.ledger.uploads import plan_workbook
from tests.factories import AT, TODAY, make_world


@pytest.fixture
def world(db):
    return make_world()


class Trip:
    """Export → edit → upload, in memory. Cells are named by list, row key or number, and header."""

    def __init__(self, world):
        self.world = world

    def export(self, by=None, **scope):
        out = io.BytesIO()
        self.done = export_ledger(self.world.notice, out, by=by, at=AT, today=TODAY, **scope)
        self.book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
        self.content = out.getvalue()
        return self

    def row_of(self, listed, number):
        page = self.book[listed]
        for row in page.iter_rows(min_row=4):
            if number in [c.value for c in row[:10]]:
                return row[0].row
        raise LookupError(number)

    def column_of(self, listed, header):
        return next(c.column for c in self.book[listed][3] if c.value == header)

    def set(self, listed, number, header, value):
        cell = self.book[listed].cell(self.row_of(listed, number), self.column_of(listed, header))
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
        return cell.coordinate

    def append(self, listed, **cells):
        page = self.book[listed]
        row = page.max_row + 1
        for header, value in cells.items():
            page.cell(row, self.column_of(listed, header), value)
        return row

    def workbook(self):
        return Workbook("xlsx", tuple(self.sheets()))

    def sheets(self):
        for page in self.book.worksheets:
            rows = [[c if c != "" else None for c in row] for row in page.iter_rows(values_only=True)]
            rows = [[c.date() if hasattr(c, "date") else c for c in row] for row in rows]
            merges = [
                (m.min_row - 1, m.min_col - 1, m.max_row - 1, m.max_col - 1) for m in page.merged_cells.ranges
            ]
            yield Sheet(page.title, page.sheet_state == "visible", rows, merges)

    def plan(self, by=None, **options):
        return plan_workbook(
            self.world.notice, self.workbook(), name="台账.xlsx", by=by, at=AT, today=TODAY, **options
        ).plan

    def apply(self, plan, by=None, choices=None):
        return apply_plan(plan, self.world.notice, by=by, at=AT, today=TODAY, why="导入台账", choices=choices)


@pytest.fixture
def trip(world):
    return Trip(world)
