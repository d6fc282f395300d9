"""Small real files to serve as evidence: a Word notice, a PDF report, an Excel list, a picture of a chart."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from docx import Document
from openpyxl import Workbook
from PIL import Image, ImageDraw

from accounts.files.gate import inspect
from accounts.files.names import storage_name
from notices.domain.evidence import store_path
from notices.domain.reporting import StoredFile
from notices.errors import Unreadable

CATEGORIES = {"docx": "制度文件", "pdf": "其他材料", "xlsx": "台账清单", "png": "照片"}
LINE = 34  # characters a line of the PDF
_PDF_HEAD = (
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    " /Resources << /Font << /F1 5 0 R >> >> >>",
)
_PDF_FONT = (
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H"
    " /DescendantFonts [6 0 R] >>",
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500]"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 5 >> /FontDescriptor 7 0 R >>",
    "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
    " /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
)


@dataclass(frozen=True)
class Paper:
    """What a file of evidence is about."""

    number: str
    unit: str
    measure: str
    said: str
    day: dt.date


def make_paper(paper: Paper, ending: str) -> tuple[str, bytes]:
    """File name and content. `ending` is docx, pdf, xlsx or png."""
    title = {"docx": "印发通知", "pdf": "整改情况报告", "xlsx": "排查整改台账", "png": "工作进度统计图"}[
        ending
    ]
    make = {"docx": _docx, "pdf": _pdf, "xlsx": _xlsx, "png": _png}[ending]
    return f"{title}（{paper.number}）.{ending}", make(paper)


@contextmanager
def stored(papers: Iterable[tuple[str, bytes]]) -> Iterator[list[StoredFile]]:
    """Put files this program made itself into the evidence store for the time of a block; gone again when it raises.

    They pass the same gate as an upload, without the child process that opens what comes from outside.
    """
    kept: list[StoredFile] = []
    try:
        for name, content in papers:
            path = store_path() / storage_name(name.rpartition(".")[2])
            path.write_bytes(content)
            path.chmod(0o640)
            digest = hashlib.sha256(content).hexdigest()
            verdict = inspect(str(path), name=name, purpose="evidence")
            category = CATEGORIES.get(verdict.kind, "")
            kept.append(StoredFile(verdict.name, path.name, verdict.kind, len(content), digest, category))
            if not verdict.accepted:
                raise Unreadable(verdict.message, code=verdict.code)
        yield kept
    except BaseException:
        for file in kept:
            (store_path() / file.stored_as).unlink(missing_ok=True)
        raise


def _chinese(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _docx(paper: Paper) -> bytes:
    document = Document()
    document.add_heading(f"{paper.unit}关于落实整改任务{paper.number}有关工作的通知", level=1)
    document.add_paragraph("各有关单位：")
    document.add_paragraph(f"根据整改方案要求，现将“{paper.measure}”的落实情况和有关要求通知如下。")
    document.add_paragraph(paper.said)
    document.add_paragraph("请各有关单位认真抓好贯彻执行，执行中遇到的情况及时反馈。")
    document.add_paragraph(f"{paper.unit}\n{_chinese(paper.day)}")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _xlsx(paper: Paper) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "台账"
    sheet.append(["任务编号", "填报单位", "整改措施", "办理情况", "填报日期"])
    sheet.append([paper.number, paper.unit, paper.measure, paper.said, paper.day])
    for column, width in zip("ABCDE", (16, 24, 50, 60, 14), strict=True):
        sheet.column_dimensions[column].width = width
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _png(paper: Paper) -> bytes:
    """Bars that grow month by month up to the day of the report."""
    picture = Image.new("RGB", (960, 540), "white")
    draw = ImageDraw.Draw(picture)
    draw.line([(90, 60), (90, 460), (900, 460)], fill="#444444", width=2)
    for index, share in enumerate((18, 37, 58, 81, 100)):
        left, top = 140 + index * 150, 460 - share * 4
        draw.rectangle([left, top, left + 80, 459], fill="#1f5f99")
        month = (paper.day.month - 5 + index) % 12 + 1
        draw.text((left + 28, 470), f"{month:02d}", fill="#222222", font_size=22)
        draw.text((left + 14, top - 30), f"{share}%", fill="#222222", font_size=22)
    draw.text((90, 20), paper.number, fill="#222222", font_size=22)
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def _pdf(paper: Paper) -> bytes:
    """One page of Chinese text without an embedded font; every reader knows this one."""
    body = f"根据整改方案，{paper.unit}承担的任务是：{paper.measure}"
    lines = ["", *_wrapped(body), *_wrapped(paper.said), "特此报告。", "", paper.unit, _chinese(paper.day)]
    drawn = [f"/F1 18 Tf 150 770 Td <{_hex('整改情况报告  ' + paper.number)}> Tj /F1 13 Tf -80 -20 Td 24 TL"]
    drawn += [f"T* <{_hex(line)}> Tj" for line in lines]
    stream = "BT " + "\n".join(drawn) + " ET"
    contents = f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"
    parts, places = [b"%PDF-1.5\n"], []
    for number, text in enumerate((*_PDF_HEAD, contents, *_PDF_FONT), start=1):
        places.append(sum(map(len, parts)))
        parts.append(f"{number} 0 obj\n{text}\nendobj\n".encode("ascii"))
    start = sum(map(len, parts))
    count = len(places) + 1
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    parts.append(f"xref\n0 {count}\n0000000000 65535 f \n{table}".encode("ascii"))
    parts.append(f"trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode("ascii"))
    return b"".join(parts)


def _wrapped(text: str) -> list[str]:
    text = "　　" + text
    return [text[i : i + LINE] for i in range(0, len(text), LINE)]


def _hex(text: str) -> str:
    return text.encode("utf-16-be").hex().upper()
