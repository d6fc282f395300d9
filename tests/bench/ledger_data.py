"""A large invented ledger for the benchmarks: a county, its units, and n measures under n / 4 issues."""

import datetime as dt
import io
import random

import python_calamine
from openpyxl import Workbook as Book

from accounts.files.sheets import Sheet, Workbook
from accounts.models import Unit
from notices.models import Notice

AT = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
TODAY = dt.date(2026, 11, 20)
HEADER = (
    "序号", "方面", "反馈问题", "具体表现", "整改措施", "措施类别", "责任领导", "牵头单位", "责任单位", "配合单位",
    "责任人", "完成时限", "整改目标", "整改进展", "下一步打算", "备注",
)  # fmt: skip
UNITS = [f"云岭县第{n}局" for n in range(1, 41)]


def make_notice(title: str) -> Notice:
    """An empty notice of a county with forty bureaus."""
    county, _ = Unit.objects.get_or_create(name="云岭县")
    for name in UNITS:
        Unit.objects.get_or_create(name=name, defaults={"parent": county})
    return Notice.objects.create(
        title=title, unit=county, stage="running", created_at=AT, feedback_on=dt.date(2026, 6, 1)
    )


def ledger_rows(count: int) -> list[tuple]:
    """Measures with everything a unit writes; every fourth begins an issue."""
    chance = random.Random(4)
    rows = []
    for n in range(count):
        lead, other, third = chance.sample(UNITS, 3)
        issue = n // 4 + 1
        rows.append(
            (
                issue,
                f"第{issue % 6 + 1}类问题方面",
                f"关于第{issue}号事项落实不到位的问题",
                f"抽查{issue % 30 + 3}个单位,其中{issue % 5 + 1}个单位未按要求建立台账,资料补记、代记。",
                f"修订第{n}号管理办法,明确责任股室和办结时限,按季度通报执行情况,对连续两次未完成的单位负责人进行约谈。",
                ("具体整改", "举一反三", "建章立制")[n % 3],
                f"副县长 林{'一二三四五六七八九'[issue % 9]}",
                lead,
                other,
                third,
                f"周{'甲乙丙丁戊己庚辛'[n % 8]}",
                dt.date(2026, 7, 1) + dt.timedelta(days=n % 400),
                "按期完成率达到100%",
                f"已印发文件{n % 7 + 1}份,召开推进会{n % 4}次。" if n % 3 else "",
                "年底前完成一轮检查。" if n % 5 == 0 else "",
                f"第{n}项",
            )
        )
    return rows


def workbook_bytes(count: int, *, remarked: int = 0) -> bytes:
    """The ledger as a file; every `remarked`th row has another remark."""
    book = Book(write_only=True)
    page = book.create_sheet("整改台账")
    page.append(["云岭县整改台账"])
    page.append(HEADER)
    for n, row in enumerate(ledger_rows(count)):
        page.append((*row[:-1], f"已核对第{n}项") if remarked and n % remarked == 0 else row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parse(content: bytes) -> Workbook:
    """calamine alone, as the reader in the child gives it."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = []
    for told in book.sheets_metadata:
        sheet = book.get_sheet_by_name(told.name)
        rows = sheet.to_python(skip_empty_area=False)
        merges = [(*a, *b) for a, b in sheet.merged_cell_ranges or []]
        sheets.append(Sheet(told.name, told.name != "_ledger", rows, merges))
    return Workbook("xlsx", tuple(sheets))


def normalise(workbook: Workbook) -> int:
    """The least any reader does with a cell: trim texts, turn instants into days."""
    cells = 0
    for sheet in workbook.sheets:
        for row in sheet.rows:
            cells += len(
                [
                    c.strip() if c.__class__ is str else c.isoformat() if hasattr(c, "isoformat") else c
                    for c in row
                ]
            )
    return cells
