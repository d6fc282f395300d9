"""The empty roster workbook: two sheets, required columns marked *, roles to choose from."""

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from accounts.roles import Role
from accounts.roster import PEOPLE, PEOPLE_COLUMNS, REQUIRED, UNIT_COLUMNS, UNITS

LAST_ROW = 2000
WIDTHS = {"单位名称": 32, "别名": 28, "上级单位": 32, "单位": 32, "邮箱": 28, "手机": 16, "登录名": 16}


def empty_form() -> Workbook:
    book = Workbook()
    first = book.active
    assert first is not None
    for title, columns in ((UNITS, UNIT_COLUMNS), (PEOPLE, PEOPLE_COLUMNS)):
        sheet = first if title == UNITS else book.create_sheet()
        sheet.title = title
        sheet.freeze_panes = "A2"
        for index, column in enumerate(columns, start=1):
            cell = sheet.cell(1, index, f"{column}*" if column in REQUIRED[title] else column)
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="EDF1F5")
            cell.alignment = Alignment(vertical="center")
            letter = cell.column_letter
            sheet.column_dimensions[letter].width = WIDTHS.get(column, 12)
            sheet.column_dimensions[letter].number_format = "@"
    roles = ",".join(str(role.label) for role in Role)
    choice = DataValidation(type="list", formula1=f'"{roles}"', allow_blank=True, showErrorMessage=False)
    book[PEOPLE].add_data_validation(choice)
    choice.add(f"D2:D{LAST_ROW}")
    return book
