"""Odd but honest workbooks are accepted and read right: expected cells are written by hand."""

import datetime as dt
import zipfile

import pytest

from accounts.files.check import check
from tests.accounts.files.build import (
    DECL,
    MAIN,
    REL,
    SHEET_TYPE,
    book,
    entries,
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
from tests.accounts.files.hostile import BOOK_RELS, SHEET, SHEET_RELS, related, spoilt, typed

STRICT = "http://purl.oclc.org/ooxml"
FORMATS = '<numFmts count="1"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/></numFmts>'
DATES = styles(FORMATS, '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="176"/><xf numFmtId="9"/>')
PLAIN = [["序号", "问题"], [1, "党建工作责任落实不到位"]]
TWO = '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="inlineStr"><is><t>甲</t></is></c></row>'


def prefixed(text):
    for name in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
        for before in ("<", "</"):
            for after in (">", " ", "/"):
                text = text.replace(f"{before}{name}{after}", f"{before}x:{name}{after}")
    return text.replace("xmlns=", "xmlns:x=")


def strict():
    return pack(
        {
            name: data.replace(MAIN.encode(), f"{STRICT}/spreadsheetml/main".encode()).replace(
                REL.encode(), f"{STRICT}/officeDocument/relationships".encode()
            )
            for name, data in book().items()
        }
    )


def utf16(*names):
    parts = book()
    for name in names:
        parts[name] = parts[name].decode().replace("UTF-8", "UTF-16").encode("utf-16")
    return pack(parts)


def with_link():
    return spoilt(
        {
            SHEET_RELS: relations(
                ("rId1", "hyperlink", "https://www.example.gov.cn/a?b=1&amp;c=2", "External")
            )
        },
        after='<hyperlinks><hyperlink ref="B2" r:id="rId1"/></hyperlinks>',
    )


def with_printer():
    printer = f"{SHEET_TYPE}.printerSettings"
    return spoilt(
        {
            "[Content_Types].xml": typed("/xl/printerSettings/printerSettings1.bin", printer),
            "xl/printerSettings/printerSettings1.bin": b"\x5c\x00P\x00r\x00i\x00n\x00t\x00" + b"\0" * 300,
            SHEET_RELS: relations(("rId1", "printerSettings", "../printerSettings/printerSettings1.bin")),
        }
    )


def with_wps_pictures():
    return spoilt(
        {
            BOOK_RELS: related(
                ("rId9", "http://www.wps.cn/officeDocument/2020/cellImage", "cellimages.xml"),
            ),
            "xl/cellimages.xml": f'{DECL}<etc:cellImages xmlns:etc="http://www.wps.cn/officeDocument/2017/etCustomData"/>',
            "xl/media/image1.png": b"\x89PNG\r\n\x1a\n....",
        },
        rows='<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><f>_xlfn.DISPIMG("ID_1",1)</f>'
        '<v>=DISPIMG("ID_1",1)</v></c></row>',
    )


def row_of(number, *cells):
    return f'<row r="{number}">{"".join(cells)}</row>'


def aligned():
    """Parts padded in their local headers, as Excel leaves room to grow."""
    parts = entries(book())
    for one in parts:
        one["local_extra"] = b"\x20\xa2\x08\x00" + b"\0" * 8
    return raw_zip(parts)


def described():
    return raw_zip([{**one, "descriptor": True} for one in entries(book())])


def wide64():
    target = pack({})
    parts = book()
    with zipfile.ZipFile(path := _memory(target), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(data)
    return path.getvalue()


def by_default():
    """The workbook's type told for every .xml, as a widely used kit writes it; other parts name their own."""
    parts = book()
    main = f"{SHEET_TYPE}.sheet.main+xml"
    kinds = parts["[Content_Types].xml"].decode()
    kinds = kinds.replace(f'<Override PartName="/xl/workbook.xml" ContentType="{main}"/>', "")
    return pack({**parts, "[Content_Types].xml": kinds.replace("application/xml", main).encode()})


def renamed():
    """The central parts under names of the writer's own choice."""
    return pack(
        {
            "[Content_Types].xml": types(
                ("/a/s.xml", f"{SHEET_TYPE}.worksheet+xml"), main_part="/book.xml"
            ).encode(),
            "_rels/.rels": relations(("rId1", "officeDocument", "book.xml")).encode(),
            "book.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="甲" sheetId="1" r:id="x1"/></sheets></workbook>'.encode(),
            "_rels/book.xml.rels": relations(
                ("x1", "worksheet", "a/s.xml"),
                ("x2", "sharedStrings", "a/t.xml"),
                ("x3", "styles", "a/u.xml"),
            ).encode(),
            "a/s.xml": sheet(
                '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>44561</v></c></row>'
            ).encode(),
            "a/t.xml": strings("甲").encode(),
            "a/u.xml": DATES.encode(),
        }
    )


def _memory(_):
    import io  # noqa: PLC0415

    return io.BytesIO()


HONEST = {
    "plain": (pack(book()), PLAIN, set()),
    "stored": (pack(book(), zipfile.ZIP_STORED), PLAIN, set()),
    "data_descriptors": (described(), PLAIN, set()),
    "zip64": (wide64(), PLAIN, set()),
    "padded_headers": (aligned(), PLAIN, set()),
    "folders": (pack({**book(), "xl/": b"", "docProps/": b""}), PLAIN, set()),
    "short_comment": (raw_zip(entries(book()), comment=b"exported by report server"), PLAIN, set()),
    "upper_case_names": (
        pack({("XL/Worksheets/Sheet1.XML" if name == SHEET else name): data for name, data in book().items()}),
        None,
        set(),
    ),
    "utf16_sheet": (utf16(SHEET), PLAIN, set()),
    "utf16_all": (utf16(SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"), PLAIN, set()),
    "utf16_big_endian": (
        spoilt({SHEET: b"\xfe\xff" + sheet().replace("UTF-8", "UTF-16").encode("utf-16-be")}),
        PLAIN,
        set(),
    ),
    "utf8_mark": (spoilt({SHEET: b"\xef\xbb\xbf" + sheet().encode()}), PLAIN, set()),
    "strict": (strict(), PLAIN, set()),
    "prefixed": (spoilt({SHEET: prefixed(sheet())}), PLAIN, set()),
    "single_quotes": (spoilt(rows="<row r='1'><c r='A1'><v>7</v></c></row>"), [[7]], set()),
    "pretty_printed": (
        spoilt(rows='\n <row r="1">\n  <c r="A1">\n   <v>7</v>\n  </c>\n </row>\n'),
        [[7]],
        set(),
    ),
    "comments_and_cdata": (
        spoilt(rows='<!-- a > b --><row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[a<b>&c]]></t></is></c></row>'),
        [["a<b>&c"]],
        set(),
    ),
    "doctype_as_text": (spoilt(rows=row(1, "&lt;!DOCTYPE html&gt;")), [["<!DOCTYPE html>"]], set()),
    "cells_without_addresses": (
        spoilt(rows="<row><c><v>1</v></c><c/><c><v>3</v></c></row><row><c><v>4</v></c></row>"),
        [[1, None, 3], [4]],
        set(),
    ),
    "gap_above_and_left": (
        spoilt(rows=row_of(3, '<c r="C3"><v>1</v></c>') + row_of(5, '<c r="D5"><v>2</v></c>')),
        [[], [], [None, None, 1], [], [None, None, None, 2]],
        set(),
    ),
    "wrong_dimension": (spoilt(before='<dimension ref="A1"/>'), PLAIN, set()),
    "whole_dimension": (spoilt(before='<dimension ref="A1:XFD1048576"/>'), PLAIN, set()),
    "broken_dimension": (spoilt(before='<dimension ref="A1:"/>'), PLAIN, set()),
    "no_styles": (spoilt({"xl/styles.xml": None, BOOK_RELS: relations(("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml"))}), PLAIN, set()),
    "absolute_target": (
        spoilt({BOOK_RELS: relations(("rId1", "worksheet", "/xl/worksheets/sheet1.xml"), ("rId2", "sharedStrings", "/xl/sharedStrings.xml"))}),
        PLAIN,
        set(),
    ),
    "dates_1900": (
        spoilt({"xl/styles.xml": DATES}, rows='<row r="1"><c r="A1" s="1"><v>44561</v></c><c r="B1" s="2"><v>44561.5</v></c><c r="C1" s="3"><v>0.5</v></c></row>'),
        [[dt.date(2021, 12, 31), dt.datetime(2021, 12, 31, 12, 0), 0.5]],  # noqa: DTZ001
        set(),
    ),
    "dates_1904": (
        spoilt({"xl/styles.xml": DATES}, head='<workbookPr date1904="1"/>', rows='<row r="1"><c r="A1" s="1"><v>43099</v></c></row>'),
        [[dt.date(2021, 12, 31)]],
        {"date1904"},
    ),
    "iso_dates": (spoilt(rows='<row r="1"><c r="A1" t="d"><v>2021-12-31</v></c></row>'), [[dt.date(2021, 12, 31)]], set()),
    "rare_hanzi": (spoilt({"xl/sharedStrings.xml": strings("𠮷野䶮㐀")}, rows='<row r="1"><c r="A1" t="s"><v>0</v></c></row>'), [["𠮷野䶮㐀"]], set()),
    "x000d": (spoilt(rows=row(1, "甲_x000D_&#10;乙", "a_x005F_x000D_b")), [["甲\n乙", "a_x000D_b"]], set()),
    "rich_text": (
        spoilt(
            {"xl/sharedStrings.xml": f'{DECL}<sst xmlns="{MAIN}"><si><r><rPr><b/></rPr><t>一是</t></r><r><t xml:space="preserve"> 加强</t></r><rPh sb="0" eb="1"><t>yi</t></rPh></si></sst>'},
            rows='<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
        ),
        [["一是 加强"]],
        set(),
    ),
    "booleans_and_errors": (
        spoilt(rows='<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c><c r="C1"><v>2.5</v></c></row>'),
        [[True, None, 2.5]],
        {"uncached"},
    ),
    "long_number": (
        spoilt(rows='<row r="1"><c r="A1"><v>440600198001011234</v></c></row>'),
        [[440600198001011234.0]],
        {"long_number"},
    ),
    "formula_with_value": (spoilt(rows='<row r="1"><c r="A1"><f>SUM(B1:B9)</f><v>6</v></c></row>'), [[6]], set()),
    "formula_without_value": (
        spoilt(rows='<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f></c><c r="C1"><f>A1</f><v></v></c></row>'),
        [[1]],
        {"uncached"},
    ),
    "formula_with_empty_value": (
        spoilt(rows='<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1*2</f><v></v></c></row>'),
        [[1]],
        {"uncached"},
    ),
    "formula_with_empty_value_in_text_cell": (
        spoilt(rows='<row r="1"><c r="A1" s="0" t="str"><f>IF(B1="","",B1)</f><v></v></c><c r="B1"><v>1</v></c></row>'),
        None,
        set(),
    ),
    "formula_with_empty_text_in_odd_row": (
        spoilt(rows='<row r="1"><c r="A1" t="str"><f t="normal">IF(B1="","",B1)</f><v></v></c><c r="B1"><v>1</v></c></row>'),
        None,
        set(),
    ),
    "formula_with_bar": (spoilt(rows='<row r="1"><c r="A1" t="str"><f>B1&amp;"|"&amp;C1</f><v>a|b</v></c></row>'), [["a|b"]], set()),
    "formula_hyperlink": (spoilt(rows='<row r="1"><c r="A1" t="str"><f>HYPERLINK("http://a.example","网址")</f><v>网址</v></c></row>'), [["网址"]], set()),
    "wps_cell_pictures": (with_wps_pictures(), [[1, "[图片]"]], {"picture"}),
    "hyperlink": (with_link(), PLAIN, set()),
    "printer_settings": (with_printer(), PLAIN, set()),
    "hidden_row": (
        spoilt(rows=row(1, "甲") + row(2, "乙").replace("<row", '<row hidden="1"')),
        [["甲"], ["乙"]],
        {"hidden_rows"},
    ),
    "hidden_sheet": (
        spoilt(sheets='<sheet name="任务清单" sheetId="1" state="veryHidden" r:id="rId1"/>'),
        PLAIN,
        {"hidden_sheet"},
    ),
    "styled_to_the_end": (
        spoilt(rows=TWO + '<row r="1048576" s="1" customFormat="1"><c r="A1048576" s="1"/><c r="XFD1048576" s="1"/></row>'),
        [[1, "甲"]],
        set(),
    ),
    "styled_columns": (spoilt(before='<cols><col min="1" max="16384" width="9" style="1"/></cols>', rows=TWO), [[1, "甲"]], set()),
    "styled_rows": (
        spoilt(rows=TWO + "".join(f'<row r="{n}" spans="1:9" ht="14.25"><c r="A{n}" s="1"/></row>' for n in range(2, 70_500))),
        [[1, "甲"]],
        set(),
    ),
    "whole_row_merge": (spoilt(rows=TWO, after='<mergeCells count="1"><mergeCell ref="A1:XFD1"/></mergeCells>'), [[1, "甲"]], set()),
    "rule_for_whole_sheet": (
        spoilt(after='<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="expression"><formula>$A1="x"</formula></cfRule></conditionalFormatting>'),
        PLAIN,
        set(),
    ),
    "rule_for_columns": (spoilt(after='<dataValidations><dataValidation sqref="C:C E2:E1048576"/></dataValidations>'), PLAIN, set()),
    "print_titles": (
        spoilt(names='<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">任务清单!$A:$B,任务清单!$1:$3</definedName><definedName name="_xlnm.Print_Area" localSheetId="0">\'任务清单\'!$A$1:$T$60</definedName><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">任务清单!$A$2:$T$60</definedName><definedName name="旧名称">#REF!</definedName></definedNames>'),
        PLAIN,
        set(),
    ),
    "long_formats": (
        spoilt({"xl/styles.xml": styles('<numFmts><numFmt numFmtId="170" formatCode="[DBNum2][$-804]General;[Red][&lt;0]0.00;_ * #,##0.00_ ;[h]:mm:ss;@"/></numFmts>')}),
        PLAIN,
        set(),
    ),
    "header_footer": (spoilt(after="<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>"), PLAIN, set()),
    "macro_default_without_part": (
        spoilt({"[Content_Types].xml": types(("/xl/worksheets/sheet1.xml", f"{SHEET_TYPE}.worksheet+xml"), ("/xl/sharedStrings.xml", f"{SHEET_TYPE}.sharedStrings+xml"), defaults='<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>')}),
        PLAIN,
        set(),
    ),
    "empty_part": (spoilt({"docProps/custom.xml": b""}), PLAIN, set()),
    "wrong_string_count": (spoilt({"xl/sharedStrings.xml": strings("党建工作责任落实不到位").replace('uniqueCount="1"', 'uniqueCount="0"')}), PLAIN, set()),
    "blank_strings": (spoilt(rows=row(1, "", "a", "") + row(2, "")), [[None, "a"]], set()),
    "empty_sheet": (spoilt(rows=""), [], set()),
    "types_part_in_small_letters": (pack({("[content_types].xml" if name[0] == "[" else name): data for name, data in book().items()}), PLAIN, set()),
    "main_type_by_default": (by_default(), PLAIN, set()),
    "targets_with_dots": (spoilt({BOOK_RELS: relations(("rId1", "worksheet", "./worksheets/../worksheets/sheet1.xml"), ("rId2", "sharedStrings", "../xl/sharedStrings.xml"))}), PLAIN, set()),
    "unusual_names": (renamed(), [[1, "甲"], [dt.date(2021, 12, 31)]], set()),
    "open_break_in_drawing": (spoilt({"xl/drawings/vmlDrawing1.vml": "<xml><div>甲<br>乙</div></xml>"}), PLAIN, set()),
    "error_in_odd_row": (spoilt(rows="<row r='1'><c r='A1' t='e'><v>#REF!</v></c><c r='B1'><v>1</v></c></row>"), [[None, 1]], {"uncached"}),
    "endless_number": (spoilt(rows='<row r="1"><c r="A1"><v>1e999</v></c><c r="B1"><v>1</v></c></row>'), [[None, 1]], {"number"}),
    "formula_with_address_as_text": (spoilt(rows='<row r="1"><c r="A1" t="str"><f>HYPERLINK("http://www.example.gov.cn/a","详见")</f><v>详见</v></c></row>'), [["详见"]], set()),
    "formula_with_apostrophe": (spoilt(rows='<row r="1"><c r="A1"><f>\'甲 &amp; 乙\'!A1+1</f><v>2</v></c></row>'), [[2]], set()),
    "styled_to_the_last_column": (spoilt(rows='<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>'), [[1]], set()),
    "chart_beside": (spoilt({"xl/chartsheets/sheet1.xml": f'<chartsheet xmlns="{MAIN}"/>', BOOK_RELS: related(("rId5", "chartsheet", "chartsheets/sheet1.xml"))}, sheets='<sheet name="任务清单" sheetId="1" r:id="rId1"/><sheet name="图" sheetId="2" r:id="rId5"/>'), PLAIN, set()),
    "control_reference": (spoilt({"xl/sharedStrings.xml": strings("甲_x0007_乙")}, rows='<row r="1"><c r="A1" t="s"><v>0</v></c></row>'), [["甲乙"]], {"control"}),
}  # fmt: skip
REPEATED = 'table:number-columns-repeated="16382"'
ODS_BODY = (
    '<table:table table:name="任务清单" table:style-name="ta1"><table:table-row>'
    '<table:table-cell office:value-type="string" table:number-columns-spanned="2" table:number-rows-spanned="1"><text:p>题</text:p>'
    "<office:annotation><text:p>批注不读</text:p></office:annotation></table:table-cell>"
    f"<table:covered-table-cell/><table:table-cell {REPEATED}/></table:table-row>"
    '<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell>'
    '<table:table-cell office:value-type="date" office:date-value="2021-12-31"><text:p>x</text:p></table:table-cell>'
    '<table:table-cell office:value-type="string"><text:p>甲<text:s text:c="2"/>乙</text:p><text:p>丙<text:line-break/>丁</text:p><draw:frame><draw:image xlink:href="Pictures/1.png"><text:p/></draw:image><svg:title xmlns:svg="s">浮动图片</svg:title></draw:frame></table:table-cell></table:table-row>'
    '<table:table-row table:visibility="filter"><table:table-cell office:value-type="boolean" office:boolean-value="true"/></table:table-row>'
    f'<table:table-row table:number-rows-repeated="1048571"><table:table-cell {REPEATED}/></table:table-row></table:table>'
)
NEXT = [3, dt.date(2021, 12, 31), "甲  乙\n丙\n丁"]
CSV = "序号,问题\n1,“甲”乙\n"
OTHERS = {
    "ods": ("a.ods", ods(ODS_BODY), [["题"], NEXT, NEXT, [True]], {"hidden_rows"}),
    "ods_hidden": ("a.ods", ods(ODS_BODY, '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'), [["题"], NEXT, NEXT, [True]], {"hidden_rows", "hidden_sheet"}),
    "csv_utf8": ("a.csv", CSV.encode(), [["序号", "问题"], ["1", "“甲”乙"]], set()),
    "csv_utf8_mark": ("a.CSV", CSV.encode("utf-8-sig"), [["序号", "问题"], ["1", "“甲”乙"]], set()),
    "csv_gb18030": ("a.csv", (CSV + "2,䶮𠮷\n").encode("gb18030"), [["序号", "问题"], ["1", "“甲”乙"], ["2", "䶮𠮷"]], {"encoding"}),
    "csv_utf16_tabs": ("a.csv", CSV.replace(",", "\t").encode("utf-16"), [["序号", "问题"], ["1", "“甲”乙"]], {"encoding"}),
    "csv_semicolons": ("a.csv", b"a;b;c\r\n1,5;2;3\r\n", [["a", "b", "c"], ["1,5", "2", "3"]], set()),
    "csv_quotes": ("a.csv", '题,b\n"多行\n文,本","say ""hi"""\n'.encode(), [["题", "b"], ["多行\n文,本", 'say "hi"']], set()),
    "csv_formula_text": ("a.csv", b"a,b\n=1+1,@x\n", [["a", "b"], ["=1+1", "@x"]], set()),
    "csv_separator_line": ("a.csv", b"sep=|\na|b\n1|2\n", [["a", "b"], ["1", "2"]], set()),
    "csv_old_mac": ("a.csv", b"a,b\r1,2\r", [["a", "b"], ["1", "2"]], set()),
    "csv_ragged": ("a.csv", "整改台账\n\n序号,问题,\n1\n,,\n\n".encode(), [["整改台账"], [], ["序号", "问题"], ["1"]], set()),
}  # fmt: skip
ALL = {**{key: ("台账.xlsx", *value) for key, value in HONEST.items()}, **OTHERS}


@pytest.mark.parametrize("case", ALL)
def test_honest_ledger_is_accepted_and_read_right(case, tmp_path):
    name, data, rows, remarks = ALL[case]
    path = tmp_path / "upload"
    path.write_bytes(data)

    checked = check(str(path), name=name, purpose="ledger")

    assert (checked.verdict.accepted, checked.verdict.message) == (True, "")
    if rows is not None:
        assert checked.workbook.sheets[0].rows == rows
    assert {remark.code for remark in checked.workbook.warnings} == remarks


def test_merges_hidden_rows_and_uncached_cells_are_positions(tmp_path):
    path = tmp_path / "upload"
    rows = (
        row(1, "题")
        + row(2, "a").replace("<row", '<row hidden="1"')
        + '<row r="3"><c r="B3"><f>A1</f></c><c r="C3"><v>1</v></c></row>'
    )
    path.write_bytes(spoilt(rows=rows, after='<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A2:A900"/></mergeCells>'))  # fmt: skip

    read = check(str(path), name="a.xlsx", purpose="ledger").workbook.sheets[0]

    assert read.merges == [(0, 0, 0, 2), (1, 0, 2, 0)]
    assert (read.hidden_rows, read.uncached) == ((1,), ((2, 1),))


def test_sheets_keep_their_order_names_and_visibility(tmp_path):
    path = tmp_path / "upload"
    parts = book(
        parts={
            "xl/worksheets/sheet2.xml": sheet(row(1, "乙")),
            BOOK_RELS: related(("rId5", "worksheet", "worksheets/sheet2.xml")),
        },
        sheets='<sheet name="乙表" sheetId="9" r:id="rId5"/><sheet name="甲表" sheetId="1" state="hidden" r:id="rId1"/>',
    )
    path.write_bytes(pack(parts))

    found = check(str(path), name="a.xlsx", purpose="ledger").workbook.sheets

    assert [(one.name, one.visible, one.rows[0]) for one in found] == [
        ("乙表", True, ["乙"]),
        ("甲表", False, ["序号", "问题"]),
    ]


def test_sieve_and_parser_agree_on_what_a_sheet_holds(tmp_path):
    """The same rows, once as the sieve knows them and once with single quotes, which only the parser reads."""
    rows = "".join(row(n, f"问题{n}", n, f"a&amp;b{n}") for n in range(1, 4_000))
    path = tmp_path / "upload"

    path.write_bytes(spoilt(rows=rows))
    fast = check(str(path), name="a.xlsx", purpose="ledger")
    path.write_bytes(spoilt(rows=rows.replace('"', "'")))
    slow = check(str(path), name="a.xlsx", purpose="ledger")

    assert fast.workbook == slow.workbook
    assert fast.workbook.sheets[0].rows[3_998] == ["问题3999", 3999, "a&b3999"]
