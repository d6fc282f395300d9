"""PDF files and pictures opened for real, and their pages as PNG. Only ever used in a child process."""

import io
import warnings
from collections.abc import Iterator

import pillow_heif
import pypdfium2  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]
from PIL import Image, ImageFile, ImageOps

from accounts.files.limits import MAX_PIXELS
from accounts.files.pdf import SAVE
from accounts.files.pictures import AGAIN, scan_picture
from accounts.files.refusal import Refusal

PAGES = 5
WIDTH = 1_200  # pixels
EDGE = 2_000  # pixels of a preview picture's longer side
THUMB = 320  # pixels of a small picture's longer side
TALLEST = 4  # a page may be so many times as tall as wide
QUALITY = 90  # of a JPEG made of a phone's picture: not told from the original by eye
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    ZeroDivisionError,
    OverflowError,
    RuntimeError,
)
XFA_FORMS = {raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND}


def open_pdf(path: str) -> int:
    """Number of pages. Raises `Refusal` when the file cannot be opened or its reader sees active content."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "assword" in str(error):
            raise Refusal("password", f"PDF 设有打开密码，系统无法读取。请取消密码，或{SAVE[1:]}") from error
        raise Refusal("pdf_broken", f"PDF 已损坏，无法打开。{SAVE}") from error
    try:
        if len(document) == 0:
            raise Refusal("pdf_broken", f"PDF 没有任何页面。{SAVE}")
        _check_active(document)
        document[0].close()
        return len(document)
    except BROKEN as error:
        raise Refusal("pdf_broken", f"PDF 已损坏，无法打开。{SAVE}") from error
    finally:
        document.close()


def _check_active(document: pypdfium2.PdfDocument) -> None:
    if raw.FPDF_GetSecurityHandlerRevision(document.raw) != -1:
        raise Refusal("password", f"PDF 设有密码或权限保护，系统无法检查。请取消保护，或{SAVE[1:]}")
    if raw.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        raise Refusal("pdf_script", f"PDF 里含有脚本，不允许上传。{SAVE}")
    if raw.FPDFDoc_GetAttachmentCount(document.raw) > 0:
        raise Refusal("pdf_attachment", f"PDF 里含有附件，不允许上传。{SAVE}")
    if document.get_formtype() in XFA_FORMS:
        raise Refusal("pdf_form", f"PDF 里含有动态表单，不允许上传。{SAVE}")


def decode_picture(path: str, kind: str) -> None:
    """Verify and decode the whole picture with Pillow. Only ever called in a child process."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    form = {"jpg": "JPEG", "png": "PNG"}[kind]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=[form]) as picture:
                picture.verify()
            with Image.open(path, formats=[form]) as picture:
                picture.draft("RGB", (EDGE, EDGE))
                picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refusal(
            "picture_pixels", f"图片超过 {MAX_PIXELS // 1_000_000} 百万像素，请缩小后重新上传。"
        ) from error
    except BROKEN as error:
        raise Refusal("picture_broken", f"图片已损坏，无法打开。{AGAIN}") from error


def as_jpeg(path: str) -> bytes:
    """A HEIC picture as JPEG, upright, with what the camera noted (when, where).

    What comes out is examined like an uploaded JPEG. Only ever called in a child process.
    """
    pillow_heif.options.DECODE_THREADS = 1
    target = io.BytesIO()
    try:
        found = pillow_heif.open_heif(path, convert_hdr_to_8bit=True)
        picture = found.to_pillow().convert("RGB")
        noted = {"exif": found.info["exif"]} if found.info.get("exif") else {}
        picture.save(target, "JPEG", quality=QUALITY, **noted)
    except BROKEN as error:
        raise Refusal("picture_broken", f"图片已损坏，无法打开。{AGAIN}") from error
    scan_picture(target.getvalue(), "jpg")
    return target.getvalue()


def shrink_picture(path: str) -> Image.Image:
    """The picture upright, in RGB, its longer side at most `EDGE` pixels."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(path, formats=["JPEG", "PNG"]) as picture:
        picture.draft("RGB", (EDGE, EDGE))
        picture.thumbnail((EDGE, EDGE))
        upright = ImageOps.exif_transpose(picture)
        return upright.convert("RGB")


def preview(path: str, kind: str, pages: int = PAGES) -> Iterator[bytes]:
    """PNG pages of a PDF (the first few) or of a picture (one)."""
    if kind == "pdf":
        yield from _pdf_pages(path, pages)
    elif kind in ("jpg", "png"):
        yield _png(shrink_picture(path))


def album(path: str, kind: str) -> Iterator[bytes]:
    """A small picture of the first page, then the pages as `preview` gives them."""
    for number, page in enumerate(preview(path, kind)):
        if number == 0:
            with Image.open(io.BytesIO(page), formats=["PNG"]) as first:
                first.thumbnail((THUMB, THUMB))
                yield _png(first)
        yield page


def _pdf_pages(path: str, pages: int) -> Iterator[bytes]:
    document = pypdfium2.PdfDocument(path)
    try:
        for index in range(min(len(document), pages)):
            page = document[index]
            width, height = page.get_size()
            scale = WIDTH / max(width, height / TALLEST, 1.0)
            yield _png(page.render(scale=scale, may_draw_forms=False).to_pil())
            page.close()
    finally:
        document.close()


def _png(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.convert("RGB").save(target, "PNG")
    return target.getvalue()
