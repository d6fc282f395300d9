"""Further hostile ledgers, told by what they abuse. Each entry: id → (name of the upload, bytes or a function, code)."""

import zipfile

from tests.accounts.files.build import MAIN, SHEET_TYPE, book, ods, pack, relations, row, styles, types
from tests.accounts.files.hostile import BOOK_RELS, HTML, SHEET, SHEET_RELS, XML_2003, formula, spoilt

XLSX = "台账.xlsx"
CHARTSHEET = f'<chartsheet xmlns="{MAIN}"/>'
CUSTOM_UI = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"


def table(body):
    return ods(f'<table:table table:name="甲">{body}</table:table>')


def cell(text="a", extra=""):
    return f'<table:table-cell office:value-type="string"{extra}><text:p>{text}</text:p></table:table-cell>'


def only_a_chart():
    return spoilt(
        {
            SHEET: None,
            "xl/chartsheets/sheet1.xml": CHARTSHEET,
            BOOK_RELS: relations(("rId1", "chartsheet", "chartsheets/sheet1.xml")),
        }
    )


def behind_much_more():
    """A whole workbook with more behind it than a comment could be long."""
    return pack(book()) + b"A" * 70_000


# A row the sieve takes for regular must be judged like any other.
FORMULAS = {
    "spelt_in_references": (XLSX, lambda: formula("&#87;EBSERVICE(A2)"), "call"),
    "real_time": (XLSX, lambda: formula('RTD("a","","b")'), "call"),
    "dde_function": (XLSX, lambda: formula('DDE("a","b","c")'), "call"),
    "sql_request": (XLSX, lambda: formula('SQL.REQUEST("dsn")'), "call"),
    "picture_from_web": (XLSX, lambda: formula('_xlfn.IMAGE("http://a.example/x.png")'), "call"),
    "blank_before_bracket": (XLSX, lambda: formula('CALL ("kernel32","WinExec")'), "call"),
    "share_in_a_name": (XLSX, lambda: formula(r"'\\a.example\s\[x.xlsx]S'!A1"), "external_link"),
    "page_in_a_name": (XLSX, lambda: formula("'http://a.example/[x.xlsx]S'!A1"), "external_link"),
    "long": (XLSX, lambda: formula("1+" * 5_000 + "1"), "formula_long"),
    "quotes": (XLSX, lambda: spoilt(rows="".join(quoted(n) for n in range(1, 60))), "formula_long"),
    "ods_far_file": (
        "台账.ods",
        lambda: table(f"<table:table-row>{cell(extra=far_file())}</table:table-row>"),
        "external_link",
    ),
}


def quoted(number):
    """Nothing but quotes, shorter than the longest formula save for the last one."""
    length = 8_000 if number < 59 else 9_000
    return f'<row r="{number}"><c r="A{number}"><f>{chr(39) * length}</f><v>1</v></c></row>'


def far_file():
    return " table:formula=\"of:=['file:///etc/passwd'#$甲.A1]\""


PARTS = {
    "sheet_empty": (XLSX, lambda: spoilt({SHEET: b""}), "xml_broken"),
    "sheet_is_a_page": (XLSX, lambda: spoilt({SHEET: "<html><body/></html>"}), "sheet_broken"),
    "sheet_is_the_workbook": (
        XLSX,
        lambda: spoilt({BOOK_RELS: relations(("rId1", "worksheet", "workbook.xml"))}),
        "sheet_missing",
    ),
    "only_a_chart": (XLSX, only_a_chart, "no_sheets"),
    "target_on_the_disk": (
        XLSX,
        lambda: spoilt({SHEET_RELS: relations(("rId1", "drawing", "/etc/passwd"))}),
        "relation_path",
    ),
    "ribbon": (
        XLSX,
        lambda: spoilt(
            {
                "_rels/.rels": relations(
                    ("rId1", "officeDocument", "xl/workbook.xml"),
                    ("rId2", CUSTOM_UI, "customUI/customUI.xml"),
                )
            }
        ),
        "macro",
    ),
    "two_workbooks": (
        XLSX,
        lambda: spoilt(
            {
                "[Content_Types].xml": types(("/xl/other.xml", f"{SHEET_TYPE}.sheet.main+xml")),
                "xl/other.xml": "<workbook/>",
            }
        ),
        "not_office",
    ),
    "many_attributes": (
        XLSX,
        lambda: spoilt(after="<a " + " ".join(f'a{n}="1"' for n in range(300)) + "/>"),
        "xml_attributes",
    ),
    "control_by_reference": (XLSX, lambda: spoilt(rows=row(1, "甲&#11;乙")), "xml_broken"),
    "half_a_pair_by_reference": (XLSX, lambda: spoilt(rows=row(1, "甲&#55296;乙")), "xml_broken"),
    "text_of_no_number": (
        XLSX,
        lambda: spoilt(rows='<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'),
        "unreadable",
    ),
    "text_of_no_number_in_odd_row": (
        XLSX,
        lambda: spoilt(rows="<row r='1'><c r='A1' t='s'><v>x</v></c></row>"),
        "unreadable",
    ),
    "many_formats": (XLSX, lambda: spoilt({"xl/styles.xml": styles(many_formats())}), "styles"),
    "much_behind": (XLSX, behind_much_more, "zip_trailing"),
    "stored_bomb": (XLSX, lambda: pack({**book(), "xl/x.zip": inner()}, zipfile.ZIP_STORED), "program"),
}


def many_formats():
    return "".join(f'<numFmt numFmtId="{200 + n}" formatCode="0.{n}"/>' for n in range(65_600))


def inner():
    return pack({"0": b"\0" * 9_000_000})


ODS = {
    "python": ("a.ods", lambda: ods("", parts={"Scripts/python/x.py": "print(1)"}), "macro"),
    "basic_module": ("a.ods", lambda: ods("", parts={"Basic/Standard/Module1.xml": "<x/>"}), "macro"),
    "no_table": ("a.ods", lambda: ods(""), "no_sheets"),
    "nested": (
        "a.ods",
        lambda: table(
            "<table:table-row><table:table-cell><table:table/></table:table-cell></table:table-row>"
        ),
        "nested_table",
    ),
    "many_tables": ("a.ods", lambda: ods('<table:table table:name="a"/>' * 1_001), "sheets"),
    "much_text": (
        "a.ods",
        lambda: table(
            f'<table:table-row table:number-rows-repeated="50000">{cell("字" * 3_000)}</table:table-row>'
        ),
        "text_total",
    ),
    "blanks": (
        "a.ods",
        lambda: table(
            f"<table:table-row>{cell('<text:s text:c=' + chr(34) + '2000000000' + chr(34) + '/>')}</table:table-row>"
        ),
        "reference",
    ),
}

OTHERS = {
    "csv_only_delimiters": ("a.csv", lambda: (b"," * 5_000 + b"\n") * 50, "empty"),
    "csv_open_quote": ("a.csv", '序号,问题\n1,甲\n2,"乙\n3,丙\n'.encode(), "csv"),
    "page_named_xls": ("a.xls", HTML, "html_as_office"),
    "xml_2003_named_xls": ("a.xls", XML_2003, "xml2003"),
    "archive_page_named_xls": (
        "a.xls",
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n",
        "mhtml",
    ),
    "new_named_xls": ("a.xls", lambda: pack(book()), "mismatch"),
    "new_named_et": ("a.et", lambda: pack(book()), "mismatch"),
}


def odd_cells():
    """Cells in single quotes, which no sieve knows: the parser has to look at every one."""
    cells = "<c s='1'/>" * 200
    return spoilt(rows="".join(f"<row r='{n}'>{cells}</row>" for n in range(1, 9_000)))


HEAVY = {"odd_cells": (XLSX, odd_cells, "xml_tags")}
ALL = {
    f"{group}-{key}": case
    for group, table in (
        ("formula", FORMULAS), ("part", PARTS), ("table", ODS), ("other", OTHERS), ("heavy", HEAVY),
    )
    for key, case in table.items()
}  # fmt: skip
