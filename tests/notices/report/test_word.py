import io
import re
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Pt

from accounts.files.gate import inspect
from notices.report.document import Document, Heading, Letterhead, Paragraph, Table
from notices.report.word import write

LETTER = Document(
    "关于整改任务超期的提醒函",
    (
        Paragraph("你单位牵头的任务已经超期。"),
        Heading("存在问题"),
        Heading("进展迟缓。", 2, text_after="一个月没有填报。"),
        Heading("台账不实。", 3, text_after="三处不符。"),
        Heading("其他", 4),
        Table((("编号", "任务"), ("W01", "完成除险加固")), (1, 3), title="任务清单"),
    ),
    subtitle="〔2026〕第1号",
    salutation="云岭县水利局：",
    attachments=("任务清单", "方案"),
    signature="云岭县委巡察整改办",
    date="2026年11月20日",
    letterhead=Letterhead("云岭县委巡察整改办文件", "云整〔2026〕1号", "林致远"),
)


@pytest.fixture(scope="module")
def made():
    return write(LETTER)


@pytest.fixture(scope="module")
def read(made):
    return docx.Document(io.BytesIO(made))


def test_the_same_document_gives_the_same_bytes(made):
    assert write(LETTER) == made


def test_margins_and_page_are_those_of_the_standard(read):
    page = read.sections[0]
    sizes = (page.page_width, page.page_height, page.top_margin, page.left_margin, page.right_margin)

    assert [round(size.mm) for size in (*sizes, page.bottom_margin)] == [210, 297, 37, 28, 26, 35]
    assert page._sectPr.find(qn("w:docGrid")).get(qn("w:linePitch")) == "579"


def test_what_is_printed_in_order(read):
    words = [p.text for p in read.paragraphs if p.text]

    assert words == [
        "云岭县委巡察整改办文件",
        "云整〔2026〕1号\t签发人：林致远",
        "关于整改任务超期的提醒函",
        "〔2026〕第1号",
        "云岭县水利局：",
        "你单位牵头的任务已经超期。",
        "一、存在问题",
        "（一）进展迟缓。一个月没有填报。",
        "1.台账不实。三处不符。",
        "（1）其他",
        "任务清单",
        "附件：1. 任务清单",
        "2. 方案",
        "云岭县委巡察整改办",
        "2026年11月20日",
    ]
    assert [[c.text for c in row.cells] for row in read.tables[0].rows] == [
        ["编号", "任务"],
        ["W01", "完成除险加固"],
    ]


@pytest.mark.parametrize(
    ("begin", "face", "size"),
    [
        ("关于整改", "方正小标宋简体", 22),
        ("你单位", "仿宋_GB2312", 16),
        ("一、", "黑体", 16),
        ("（一）", "楷体_GB2312", 16),
        ("1.", "仿宋_GB2312", 16),
        ("（1）", "仿宋_GB2312", 16),
    ],
)
def test_faces_and_sizes_by_level(read, begin, face, size):
    run = next(p for p in read.paragraphs if p.text.startswith(begin)).runs[0]

    assert run._r.rPr.rFonts.get(qn("w:eastAsia")) == face
    assert run.font.size == Pt(size)


def test_lines_are_exact_and_the_first_is_two_characters_in(read):
    body = next(p for p in read.paragraphs if p.text.startswith("你单位")).paragraph_format

    assert (body.line_spacing, body.first_line_indent) == (Pt(28.95), Pt(31.5))


def test_the_signature_stands_centred_above_the_day(read):
    """The day is 7 characters wide (figures take half), 4 from the right; the signature is 9 wide."""
    sign, day = [p.paragraph_format.right_indent.pt / 15.75 for p in read.paragraphs[-2:]]

    assert (round(sign, 1), round(day, 1)) == (3.0, 4.0)


def test_page_numbers_stand_outside(made, read):
    package = zipfile.ZipFile(io.BytesIO(made))
    feet = {n: package.read(n).decode() for n in package.namelist() if n.startswith("word/footer")}

    assert read.settings.odd_and_even_pages_header_footer
    assert sorted(re.findall(r'w:jc w:val="(\w+)"', "".join(feet.values()))) == ["left", "right"]
    assert all("— " in foot and " PAGE " in foot for foot in feet.values())


def test_the_order_of_properties_is_the_schemas(made):
    """Word refuses a paragraph whose properties stand in another order."""
    xml = zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml").decode()
    order = [
        "pStyle", "keepNext", "keepLines", "widowControl", "pBdr", "shd", "tabs", "autoSpaceDE", "autoSpaceDN",
        "spacing", "ind", "jc",
    ]  # fmt: skip
    for inside in re.findall(r"<w:pPr>(.*?)</w:pPr>", xml, re.DOTALL):
        names = [n for n in re.findall(r"<w:(\w+)", inside) if n in order]
        assert names == sorted(names, key=order.index)
    runs = ["rFonts", "b", "color", "spacing", "sz"]
    for inside in re.findall(r"<w:rPr>(.*?)</w:rPr>", xml, re.DOTALL):
        names = [n for n in re.findall(r"<w:(\w+)", inside) if n in runs]
        assert names == sorted(names, key=runs.index)


def test_what_is_written_passes_our_own_gate(made, tmp_path):
    path = tmp_path / "letter.docx"
    path.write_bytes(made)

    verdict = inspect(str(path), name="提醒函.docx", purpose="evidence")

    assert (verdict.accepted, verdict.kind) == (True, "docx")


def test_signs_xml_cannot_hold_are_left_out():
    read = docx.Document(io.BytesIO(write(Document("题\x0b目", (Paragraph("甲\x00乙"),)))))

    assert [p.text for p in read.paragraphs if p.text] == ["题目", "甲乙"]


@pytest.mark.parametrize(
    "last", [Paragraph("特此函告。"), Table((("编号", "任务"), ("W01", "完成除险加固")), (1, 3))]
)
def test_no_page_holds_a_signature_alone(last):
    document = Document("函", (Paragraph("请抓紧。"), last), signature="某办", date="2026年11月20日")

    read = docx.Document(io.BytesIO(write(document)))

    body = [p for block in read.iter_inner_content() for p in paragraphs_in(block)]
    held = [p.text for p in body if p.paragraph_format.keep_with_next]
    said = ["特此函告。"] if isinstance(last, Paragraph) else ["W01", "完成除险加固"]
    assert held == ["函", *said, "", "", "某办"]


def paragraphs_in(block):
    return [p for c in block.rows[-1].cells for p in c.paragraphs] if hasattr(block, "rows") else [block]


def test_a_short_row_stays_whole_and_a_long_one_runs_over():
    rows = (("编号", "任务"), ("W01", "完成除险加固"), ("W02", "逐处更换设备，" * 40))

    table = docx.Document(io.BytesIO(write(Document("台账", (Table(rows),))))).tables[0]

    assert [row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows] == [True, True, False]
