"""A document in the layout of GB/T 9704-2012 as a Word file: `write(document) -> bytes`.

A4, 37/28/26/35 mm, 22 lines of 28 characters (exact line 28.95 pt, 16 pt closed up by a quarter point: 156 mm hold 28
of them), fonts named and none shipped, page numbers `— 1 —` outside. The same document always gives the same bytes.
"""

import io
from unicodedata import east_asian_width

import docx
from docx.document import Document as WordFile
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from notices.report.document import Block, Document, Heading, Letterhead, Paragraph, Table, numbered
from notices.report.packing import pack, unpack

SONG_TITLE, FANG_SONG, HEI, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
LINE = 28.95  # points: 225 mm hold 22 lines
BODY, TITLE, SMALL, HEAD = 16, 22, 14, 36  # points: 三号, 二号, 四号, the name in the letterhead
WIDTH = 8844  # of the type area in twentieths of a point: 156 mm
ACROSS = 13776  # the same of a sheet that lies across: 243 mm
CLOSER = -5  # twentieths of a point between characters: 28 × 15.75 pt fit into 156 mm
CHAR = 315  # twentieths of a point: one character so set
FACES = {1: HEI, 2: KAI, 3: FANG_SONG, 4: FANG_SONG}
ALIGNED = {"center": ALIGN.CENTER, "right": ALIGN.RIGHT, "": ALIGN.JUSTIFY}
RED = "FF0000"
LONG_CELL = 200  # characters; the row of a longer one may run over to the next page


def write(document: Document) -> bytes:
    """The document as .docx. Nothing of clock, machine or person goes into it."""
    file = docx.Document()
    about = file.core_properties
    about.title, about.author, about.comments = _clean(document.title.replace("\n", ""))[:250], "", ""
    _page(file, landscape=document.landscape)
    if document.letterhead:
        _letterhead(file, document.letterhead)
    _title(file, document)
    if document.salutation:
        _paragraph(file, document.salutation, indent=0)
    for block, mark in numbered(document.blocks):
        _block(file, block, mark, ACROSS if document.landscape else WIDTH)
    _attachments(file, document.attachments)
    _sign(file, document.signature, document.date)
    target = io.BytesIO()
    file.save(target)
    return pack(unpack(target.getvalue()))


# ── The page ─────────────────────────────────────────────────────────────────
def _page(file: WordFile, *, landscape: bool) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        section.top_margin, section.bottom_margin = Mm(28), Mm(30)
    section.header_distance, section.footer_distance = Mm(15), Mm(22)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "579")
    file.settings.odd_and_even_pages_header_footer = True
    normal = file.styles["Normal"]
    normal.font.size = Pt(BODY)
    _face(normal.element.get_or_add_rPr(), FANG_SONG)
    _page_number(section.footer.paragraphs[0], ALIGN.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], ALIGN.LEFT)


def _page_number(paragraph: WordParagraph, side: ALIGN) -> None:
    """— 1 — in 14 pt, one character in from the outer edge."""
    paragraph.alignment = side
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Pt(SMALL)
    _run(paragraph, "— ", SONG, SMALL)
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("text", "1"), ("end", "")):
        run = _run(paragraph, "1" if kind == "text" else "", SONG, SMALL)
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif text == "PAGE":
            order = OxmlElement("w:instrText")
            order.set(qn("xml:space"), "preserve")
            order.text = " PAGE "
            run._r.append(order)
    _run(paragraph, " —", SONG, SMALL)


# ── What stands on it ────────────────────────────────────────────────────────
def _letterhead(file: WordFile, head: Letterhead) -> None:
    """The name in red, an empty line, the number (with 签发人 at the right edge), the red line."""
    paragraph = _empty(file, align=ALIGN.CENTER, line=HEAD * 1.4)
    size = min(HEAD, int(WIDTH / 20 / max(1.0, _characters(head.name))))
    _run(paragraph, head.name, SONG_TITLE, size, colour=RED)
    _empty(file)
    paragraph = _empty(file, align=ALIGN.CENTER)
    if head.signer:
        paragraph.alignment = ALIGN.LEFT
        paragraph.paragraph_format.left_indent = Pt(BODY)
        paragraph.paragraph_format.right_indent = Pt(BODY)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(WIDTH / 20 - BODY), WD_TAB_ALIGNMENT.RIGHT)
    _run(paragraph, head.number, FANG_SONG, BODY)
    if head.signer:
        _run(paragraph, "\t签发人：", FANG_SONG, BODY)
        _run(paragraph, head.signer, KAI, BODY)
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "12"), ("space", "6"), ("color", RED)):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc"
    )
    _empty(file)


def _title(file: WordFile, document: Document) -> None:
    for line in filter(None, document.title.split("\n")):
        paragraph = _empty(file, align=ALIGN.CENTER, line=35)
        paragraph.paragraph_format.keep_with_next = True
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(_margin(line))
        _run(paragraph, line, SONG_TITLE, TITLE)
    if document.subtitle:
        _run(_empty(file, align=ALIGN.CENTER), document.subtitle, KAI, BODY, close=True)
    if document.title:
        _empty(file)


def _margin(title: str) -> float:
    """Points on either side, so that a title of several lines fills them evenly instead of leaving a word behind."""
    line, wide = WIDTH / 20, _characters(title) * TITLE
    count = -(-wide // line)
    if count < 2:
        return 0
    return max(0.0, (line - (-(-wide // count // TITLE) + 1) * TITLE) / 2)


def _block(file: WordFile, block: Block, mark: str, width: int) -> None:
    if isinstance(block, Table):
        _table(file, block, width)
    elif isinstance(block, Heading):
        paragraph = _paragraph(file, "")
        paragraph.paragraph_format.keep_with_next = not block.text_after
        bold = block.level == 3 and bool(block.text_after)
        _run(paragraph, f"{mark}{block.text}", FACES[block.level], BODY, close=True, bold=bold)
        if block.text_after:
            _run(paragraph, block.text_after, FANG_SONG, BODY, close=True)
    else:
        for line in block.text.split("\n"):
            _body(file, block, line)


def _body(file: WordFile, block: Paragraph, line: str) -> None:
    paragraph = _paragraph(file, line, indent=0 if block.align else 2, bold=block.bold)
    paragraph.alignment = ALIGNED[block.align]


def _attachments(file: WordFile, names: tuple[str, ...]) -> None:
    """附件 one empty line below the text, two characters in; several are numbered below each other."""
    if not names:
        return
    _empty(file)
    for place, name in enumerate(names, start=1):
        label = "附件：" if place == 1 else ""
        number = f"{place}. " if len(names) > 1 else ""
        paragraph = _paragraph(file, f"{label}{number}{name}", indent=0)
        hang = CHAR * (3 + (len(number) + 1) // 2)
        paragraph.paragraph_format.left_indent = Pt((2 * CHAR + hang) / 20)
        paragraph.paragraph_format.first_line_indent = Pt((-hang if label else CHAR * 3 - hang) / 20)


def _sign(file: WordFile, signature: str, date: str) -> None:
    """The day four characters from the right, the signature centred above it (7.3.5.1); both stay on one page."""
    if not signature and not date:
        return
    _hold_last(file)
    _empty(file).paragraph_format.keep_with_next = True
    _empty(file).paragraph_format.keep_with_next = True
    wide, day = _characters(signature), _characters(date)
    right = max(2.0, 4 + (day - wide) / 2)
    for text, indent in ((signature, right), (date, right + (wide - day) / 2)):
        if text:
            paragraph = _paragraph(file, text, indent=0)
            paragraph.alignment = ALIGN.RIGHT
            paragraph.paragraph_format.right_indent = Pt(indent * CHAR / 20)
            paragraph.paragraph_format.keep_with_next = text == signature


def _hold_last(file: WordFile) -> None:
    """The last paragraph, or the last row of a table, stays with what follows: no page holds a signature alone."""
    last = list(file.iter_inner_content())[-1:]
    for block in last:
        if isinstance(block, WordParagraph):
            block.paragraph_format.keep_with_next = True
            continue
        for cell in block.rows[-1].cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = True


def _table(file: WordFile, table: Table, whole: int) -> None:
    if table.title:
        title = _empty(file, align=ALIGN.CENTER)
        title.paragraph_format.keep_with_next = True
        _run(title, table.title, HEI, BODY)
    columns = max(len(row) for row in table.rows)
    shares = table.shares or (1,) * columns
    widths = [whole * share // sum(shares) for share in shares]
    grid = file.add_table(rows=0, cols=columns, style="Table Grid")
    grid.autofit = False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Pt(width / 20)
    for place, cells in enumerate(table.rows):
        row = grid.add_row()
        long = any(
            _characters(text) > LONG_CELL for text in cells
        )  # kept whole, it would leave half a page empty
        marks = ([] if long else ["w:cantSplit"]) + (["w:tblHeader"] if place < table.head else [])
        for mark in marks:
            row._tr.get_or_add_trPr().append(OxmlElement(mark))
        for cell, text, width in zip(row.cells, (*cells, *[""] * columns), widths, strict=False):
            cell.width = Pt(width / 20)
            head = place < table.head
            centred = head or (not table.form and _characters(text) <= 6)
            _cell(cell.paragraphs[0], text, head=head, centred=centred, size=table.size)


def _cell(paragraph: WordParagraph, text: str, *, head: bool, centred: bool, size: float) -> None:
    form = paragraph.paragraph_format
    form.space_after = form.space_before = Pt(2)
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(size * 1.5)
    loose = OxmlElement("w:snapToGrid")  # else each line takes a whole line of the page
    loose.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(loose, "w:spacing", "w:ind", "w:jc")
    paragraph.alignment = ALIGN.CENTER if centred else ALIGN.LEFT
    _run(paragraph, text, HEI if head else FANG_SONG, size)


# ── Paragraphs and runs ──────────────────────────────────────────────────────
def _empty(file: WordFile, *, align: ALIGN | None = None, line: float = LINE) -> WordParagraph:
    """A paragraph of one exact line height, without space around it."""
    paragraph = file.add_paragraph()
    form = paragraph.paragraph_format
    form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.line_spacing = Pt(line)
    form.space_before = form.space_after = Pt(0)
    form.widow_control = False  # else a page of 22 lines loses one
    for name in ("w:autoSpaceDE", "w:autoSpaceDN"):
        switch = OxmlElement(name)
        switch.set(qn("w:val"), "0")
        paragraph._p.get_or_add_pPr().insert_element_before(switch, "w:spacing", "w:ind", "w:jc")
    if align is not None:
        paragraph.alignment = align
    return paragraph


def _paragraph(file: WordFile, text: str, *, indent: int = 2, bold: bool = False) -> WordParagraph:
    paragraph = _empty(file, align=ALIGN.JUSTIFY)
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(indent * CHAR / 20)
    if text:
        _run(paragraph, text, FANG_SONG, BODY, close=True, bold=bold)
    return paragraph


def _run(
    paragraph: WordParagraph,
    text: str,
    face: str,
    size: float,
    *,
    close: bool = False,
    bold: bool = False,
    colour: str = "",
) -> Run:
    """`close`: set closed up, so that a line holds 28 characters."""
    run = paragraph.add_run(_clean(text))
    run.font.size = Pt(size)
    if bold:
        run.font.bold = True
    properties = run._r.get_or_add_rPr()
    _face(properties, face)
    if colour:
        element = OxmlElement("w:color")
        element.set(qn("w:val"), colour)
        properties.insert_element_before(element, "w:spacing", "w:sz", "w:szCs")
    if close:
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(CLOSER))
        properties.insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs")
    return run


def _face(properties: object, face: str) -> None:
    """Every script in the same face: w:eastAsia is what Chinese text is set in."""
    fonts = properties.get_or_add_rFonts()  # type: ignore[attr-defined]
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), face)


def _clean(text: str) -> str:
    """Without characters XML cannot hold."""
    return "".join(c for c in text if c in "\t\n" or ord(c) >= 32 and c not in "\ufffe\uffff")


def _characters(text: str) -> float:
    """Width in whole characters; Latin letters and digits take half."""
    return sum(1.0 if east_asian_width(c) in "WFA" else 0.5 for c in text)
