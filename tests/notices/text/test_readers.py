"""Files of every kind a notice comes in, made by python-docx, LibreOffice and by hand."""

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from notices.errors import Unreadable
from notices.text.parse import parse_notice
from notices.text.readers import read_lines

DATA = Path(__file__).resolve().parents[2] / "data" / "notices"
TEXT = "青禾镇党委整改通报\n一、整改情况\n\n（一）关于“学习不深入”的问题。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_in_any_encoding_gives_the_same_lines(encoding, end):
    data = TEXT.replace("\n", end).encode(encoding)

    assert read_lines(data, "通报.txt") == TEXT.split("\n")


def test_rare_characters_survive_gb18030():
    assert read_lines("𠮷祥镇䶮村".encode("gb18030"), "a.txt") == ["𠮷祥镇䶮村"]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.txt", "empty"),
        (b" \r\n", "a.txt", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.doc", "doc"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.wps", "wps"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "password"),
        (b"{\\rtf1\\ansi abc}", "a.rtf", "rtf"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "image"),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)), "a.jpg", "image"),
        (b"PK\x03\x04" + b"\x00" * 40, "a.zip", "archive"),
        (b"PK\x03\x04" + b"\x00" * 40, "a.docx", "damaged"),
        (b"PK\x03\x04" + b"\x00" * 40, "a.xlsx", "sheet"),
        (b"%PDF-1.7\nnothing", "a.pdf", "pdf_locked"),
        (bytes(range(256)) * 20, "a.bin", "unknown_kind"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(data, name, code):
    with pytest.raises(Unreadable) as refused:
        read_lines(data, name)

    assert refused.value.code == code
    assert str(refused.value).endswith("。")


# --- Word --------------------------------------------------------------------------------------------------------


def _level(index, style, text, extra=""):
    return f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>{extra}<w:lvlText w:val="{text}"/></w:lvl>'


LEVELS = (
    _level(0, "chineseCounting", "%1、")
    + _level(1, "chineseCountingThousand", "（%2）")
    + _level(2, "decimal", "%3.")
    + _level(3, "decimal", "(%4)")
    + _level(4, "decimalEnclosedCircle", "%5")
)


def _document(paragraphs, levels=LEVELS, overrides=""):
    """A document by python-docx with one list of five levels; a paragraph is (level or None, text)."""
    document = docx.Document()
    root = document.part.numbering_part.element
    for old in list(root):
        root.remove(old)
    root.append(parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="7">{levels}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="3"><w:abstractNumId w:val="7"/></w:num>'))
    root.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="4"><w:abstractNumId w:val="7"/>{overrides}</w:num>')
    )
    for level, text, *number in paragraphs:
        paragraph = document.add_paragraph(text)
        if level is not None:
            number_id = number[0] if number else 3
            properties = paragraph._p.get_or_add_pPr()
            properties.append(
                parse_xml(
                    f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number_id}"/></w:numPr>'
                )
            )
    return document


def _lines(document):
    held = io.BytesIO()
    document.save(held)
    return read_lines(held.getvalue(), "通报.docx")


def test_automatic_numbers_of_five_levels():
    document = _document(
        [(None, "通报"), (0, "组织"), (1, "站位"), (1, "责任"), (0, "整改"), (1, "方面"), (2, "问题"), (3, "措施"), (3, "措施"), (4, "细"), (2, "问题"), (3, "措施")]
    )  # fmt: skip

    assert _lines(document) == [
        "通报", "一、组织", "（一）站位", "（二）责任", "二、整改", "（一）方面", "1.问题", "(1)措施", "(2)措施", "①细", "2.问题", "(1)措施",
    ]  # fmt: skip


def test_second_list_goes_on_or_restarts_as_its_override_says():
    paragraphs = [(0, "甲"), (0, "乙"), (0, "丙", 4)]
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'

    assert _lines(_document(paragraphs))[-1] == "三、丙"
    assert _lines(_document(paragraphs, overrides=restart))[-1] == "一、丙"


def test_level_that_never_restarts_runs_on():
    levels = _level(0, "chineseCounting", "%1、") + _level(1, "decimal", "%2.", '<w:lvlRestart w:val="0"/>')

    assert _lines(_document([(0, "甲"), (1, "a"), (0, "乙"), (1, "b")], levels)) == [
        "一、甲",
        "1.a",
        "二、乙",
        "2.b",
    ]


def test_number_that_shows_the_levels_above():
    levels = _level(0, "chineseCounting", "%1、") + _level(1, "decimal", "%1.%2", "<w:isLgl/>")

    assert _lines(_document([(0, "甲"), (1, "a"), (1, "b")], levels)) == ["一、甲", "1.1a", "1.2b"]


@pytest.mark.parametrize(
    ("style", "text", "printed"),
    [
        ("japaneseCounting", "（%1）", "（十二）"),
        ("taiwaneseCountingThousand", "%1、", "十二、"),
        ("ideographDigital", "%1、", "一二、"),
        ("decimalZero", "%1)", "12)"),
        ("decimalFullWidth", "%1．", "１２．"),
        ("decimalEnclosedParen", "%1", "⑿"),
        ("decimalEnclosedFullstop", "%1", "⒓"),
        ("upperLetter", "%1.", "L."),
        ("lowerRoman", "%1.", "xii."),
        ("chineseLegalSimplified", "%1、", "壹拾贰、"),
        ("none", "", ""),
        ("bullet", "", ""),
        ("somethingNew", "%1.", "12."),
    ],
)
def test_number_formats(style, text, printed):
    document = _document([(0, "字")] * 12, _level(0, style, text))

    assert _lines(document)[-1] == f"{printed}字"


def test_number_comes_from_the_style():
    document = _document(
        [],
        _level(0, "chineseCounting", "%1、", '<w:pStyle w:val="Heading1"/>')
        + _level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="Heading2"/>'),
    )
    for name, level in (("Heading 1", ""), ("Heading 2", '<w:ilvl w:val="1"/>')):
        properties = document.styles[name].element.get_or_add_pPr()
        properties.append(parse_xml(f'<w:numPr {nsdecls("w")}>{level}<w:numId w:val="3"/></w:numPr>'))
    for style, text in (("Heading 1", "组织"), ("Heading 1", "整改"), ("Heading 2", "方面"), (None, "正文")):
        document.add_paragraph(text, style=style)

    assert _lines(document) == ["一、组织", "二、整改", "（一）方面", "正文"]


def test_number_is_switched_off_by_zero():
    document = _document([(0, "甲"), (0, "乙", 0), (0, "丙")])

    assert _lines(document) == ["一、甲", "乙", "二、丙"]


def test_deleted_words_go_and_inserted_words_stay():
    document = docx.Document()
    paragraph = document.add_paragraph("整改")
    for tag, word, holder in (("del", "已删", "delText"), ("ins", "已加", "t")):
        paragraph._p.append(
            parse_xml(
                f'<w:{tag} {nsdecls("w")} w:id="1" w:author="x"><w:r><w:{holder}>{word}</w:{holder}></w:r></w:{tag}>'
            )
        )

    assert _lines(document) == ["整改已加"]


def test_hidden_words_go_and_soft_breaks_begin_a_line():
    document = docx.Document()
    paragraph = document.add_paragraph("一是加强学习。\n二是完善制度。")
    paragraph.add_run("不公开").font.hidden = True

    assert _lines(document) == ["一是加强学习。", "二是完善制度。"]


def test_text_box_follows_its_paragraph_once():
    document = docx.Document()
    paragraph = document.add_paragraph("正文")
    box = "<w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent>"
    names = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    paragraph.add_run()._r.append(
        parse_xml(
            f'<mc:AlternateContent {names} {nsdecls("w")}><mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>'
        )
    )

    assert _lines(document) == ["正文", "框内"]


def test_table_of_a_ledger_becomes_labelled_lines():
    document = docx.Document()
    rows = [
        ("序号", "反馈问题", "整改措施", "整改进度"),
        ("1", "理论学习不深入", "制定学习计划。", "已完成整改"),
        ("2", "财务管理不规范", "修订财务制度。\n追缴资金2.5万元。", "正在整改"),
    ]
    table = document.add_table(rows=0, cols=4)
    for row in rows:
        cells = table.add_row().cells
        for cell, words in zip(cells, row, strict=True):
            first, *more = words.split("\n")
            cell.paragraphs[0].text = first
            for line in more:
                cell.add_paragraph(line)

    notice = parse_notice("\n".join(_lines(document)))

    assert [(i.path, i.title, i.progress, len(i.measures)) for i in notice.issues] == [
        ((1,), "理论学习不深入", "completed", 1),
        ((2,), "财务管理不规范", "in_progress", 2),
    ]


def test_other_tables_are_one_line_for_each_row():
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(
        [c for row in table.rows for c in row.cells], ["单位", "电话", "水务局", "0799-6023456"], strict=True
    ):
        cell.text = words

    assert _lines(document) == ["单位\t电话", "水务局\t0799-6023456"]


def test_strict_namespace_is_read_alike():
    held = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("严格格式")
    document.save(held)
    strict = io.BytesIO()
    with zipfile.ZipFile(held) as old, zipfile.ZipFile(strict, "w") as new:
        for name in old.namelist():
            data = old.read(name).replace(
                qn("w:p")[1:-2].encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main"
            )
            new.writestr(name, data)

    assert read_lines(strict.getvalue(), "a.docx") == ["严格格式"]


@pytest.mark.parametrize("part", [b"<a/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"<a"])
def test_damaged_or_dangerous_word_part_is_refused(part):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        package.writestr("word/document.xml", part)

    if part == b"<a/>":
        assert read_lines(held.getvalue(), "a.docx") == []
    else:
        with pytest.raises(Unreadable):
            read_lines(held.getvalue(), "a.docx")


def test_word_file_of_libreoffice_gives_the_outline():
    lines = read_lines((DATA / "libreoffice-numbers.docx").read_bytes(), "libreoffice-numbers.docx")

    notice = parse_notice("\n".join(lines))

    assert lines[2:8] == [
        "一、提高政治站位，加强组织领导", "成立整改工作领导小组。", "二、聚焦反馈问题，逐条抓好整改",
        "（一）贯彻落实决策部署方面", "1.关于“理论学习不深入”的问题。", "(1)制定学习计划。",
    ]  # fmt: skip
    assert [aspect.title for aspect in notice.aspects] == ["贯彻落实决策部署方面", "基层党组织建设方面"]
    assert [(issue.path, len(issue.measures)) for issue in notice.issues] == [
        ((1, 1), 2),
        ((1, 2), 1),
        ((2, 1), 2),
    ]


# --- web pages and PDF -------------------------------------------------------------------------------------------

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>云岭县人民政府</title>
<meta name="PubDate" content="2022-12-20 09:30"><script>var a="一、脚本";</script></head><body>
<div class="nav"><a href="/">首页</a> <a href="/a">政务公开</a></div>
<div class="crumb">当前位置：<a href="/">首页</a> &gt; 巡察整改</div>
<div class="main"><h1>青禾镇党委关于巡察整改进展情况的通报</h1>
<div class="info">发布时间：2022-12-20 来源：青禾镇</div>
<div id="zoom">{body}</div></div>
<div class="side"><ul><li><a href="/1">其他通知</a></li></ul></div>
<footer>主办：云岭县 赣ICP备00000000号</footer></body></html>"""
BODY = "".join(
    f"<p>&nbsp;&nbsp;{line}</p>"
    for line in [
        "根据县委统一部署，2022年3月7日至4月29日，县委第二巡察组对青禾镇党委进行了巡察。6月10日，县委第二巡察组反馈了巡察意见。",
        "一、提高站位", "二、逐条整改", "（一）关于“学习不深入”的问题", "整改情况：<b>一是</b>制定计划。<br>二是开展学习。", "整改进度：已完成整改。",
        "中共青禾镇委员会", "2022年12月15日",
    ]
)  # fmt: skip


@pytest.mark.parametrize("charset", ["utf-8", "gb2312"])
def test_page_of_a_government_site(charset):
    data = PAGE.format(charset=charset, body=BODY).encode("gb18030" if charset == "gb2312" else "utf-8")

    lines = read_lines(data, "page.html")

    assert lines[:3] == [
        "青禾镇党委关于巡察整改进展情况的通报",
        "发布时间：2022-12-20 来源：青禾镇",
        "根据县委统一部署，2022年3月7日至4月29日，县委第二巡察组对青禾镇党委进行了巡察。6月10日，县委第二巡察组反馈了巡察意见。",
    ]
    assert lines[-1] == "2022年12月15日"
    notice = parse_notice("\n".join(lines))
    assert (notice.title, str(notice.published_on)) == ("青禾镇党委关于巡察整改进展情况的通报", "2022-12-20")
    assert [(issue.title, issue.progress, len(issue.measures)) for issue in notice.issues] == [
        ("关于“学习不深入”的问题", "completed", 2)
    ]


@pytest.mark.parametrize(
    "data", [b"<html></html>", b"<html><body></body></html>", b"<p>" * 5000, b"<div>" * 3000 + b"<p>x"]
)
def test_poor_pages_give_what_they_hold(data):
    assert read_lines(data, "a.html") in ([], ["x"])


def test_pdf_lines_are_joined_to_paragraphs():
    lines = read_lines((DATA / "libreoffice-qinghe.pdf").read_bytes(), "a.pdf")

    notice = parse_notice("\n".join(lines))

    assert lines[3].startswith("根据县委统一部署，2022年3月7日") and lines[3].endswith(
        "现将巡察整改进展情况予以公布。"
    )
    assert [(i.path, i.title, i.progress, len(i.measures)) for i in notice.issues] == [
        ((1, 1), "关于“学习贯彻党的创新理论不深入”的问题", "sustained", 2),
        ((1, 2), "关于“乡村振兴工作推进不力”的问题", "completed", 3),
        ((2, 3), "关于“惠农补贴发放不规范”的问题", "completed", 1),
        ((3, 4), "关于“‘三会一课’制度落实不严格”的问题", "in_progress", 2),
    ]


def test_pdf_without_text_is_a_scan():
    data = (DATA / "empty-page.pdf").read_bytes()

    with pytest.raises(Unreadable) as refused:
        read_lines(data, "a.pdf")

    assert (refused.value.code, "扫描件" in str(refused.value)) == ("scan", True)
