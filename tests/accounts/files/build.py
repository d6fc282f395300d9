"""Small office files made by hand, part by part, so that a test can spoil exactly one thing."""

import io
import struct
import zipfile
import zlib

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACK = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DOC_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
DECL = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>序号</t></is></c><c r="B1" t="inlineStr"><is><t>问题</t></is></c></row>'
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="s"><v>0</v></c></row>'
)


def relations(*entries):
    """Each entry: (id, last word of the type or a whole type, target[, mode])."""
    lines = []
    for identity, kind, target, *mode in entries:
        whole = kind if "://" in kind else f"{REL}/{kind}"
        outside = f' TargetMode="{mode[0]}"' if mode else ""
        lines.append(f'<Relationship Id="{identity}" Type="{whole}" Target="{target}"{outside}/>')
    return f'{DECL}<Relationships xmlns="{PACK}/relationships">{"".join(lines)}</Relationships>'


def types(*overrides, main=f"{SHEET_TYPE}.sheet.main+xml", main_part="/xl/workbook.xml", defaults=""):
    lines = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides)
    return (
        f'{DECL}<Types xmlns="{PACK}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{defaults}'
        f'<Override PartName="{main_part}" ContentType="{main}"/>{lines}</Types>'
    )


def sheet(rows=ROWS, before="", after=""):
    return f'{DECL}<worksheet xmlns="{MAIN}" xmlns:r="{REL}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def strings(*texts):
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return f'{DECL}<sst xmlns="{MAIN}" count="{len(texts)}" uniqueCount="{len(texts)}">{items}</sst>'


def styles(formats="", xfs='<xf numFmtId="0"/>'):
    return f'{DECL}<styleSheet xmlns="{MAIN}">{formats}<cellXfs count="9">{xfs}</cellXfs></styleSheet>'


def book(**changes):
    """Parts of a small honest workbook. `changes` replace or add parts: name with `/`→`__` is clumsy, so pass a dict
    through `parts=`; `names=` puts defined names in, `sheets=` replaces the list of sheets."""
    names = changes.pop("names", "")
    listed = changes.pop("sheets", '<sheet name="任务清单" sheetId="1" r:id="rId1"/>')
    head = changes.pop("head", "")
    parts = {
        "[Content_Types].xml": types(
            ("/xl/worksheets/sheet1.xml", f"{SHEET_TYPE}.worksheet+xml"),
            ("/xl/sharedStrings.xml", f"{SHEET_TYPE}.sharedStrings+xml"),
            ("/xl/styles.xml", f"{SHEET_TYPE}.styles+xml"),
        ),
        "_rels/.rels": relations(("rId1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{DECL}<workbook xmlns="{MAIN}" xmlns:r="{REL}">{head}<sheets>{listed}</sheets>{names}</workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "sharedStrings", "sharedStrings.xml"),
            ("rId3", "styles", "styles.xml"),
        ),
        "xl/worksheets/sheet1.xml": sheet(
            changes.pop("rows", ROWS), changes.pop("before", ""), changes.pop("after", "")
        ),
        "xl/sharedStrings.xml": strings("党建工作责任落实不到位"),
        "xl/styles.xml": styles(),
    }
    parts.update(changes.pop("parts", {}))
    assert not changes, changes
    return {
        name: text.encode() if isinstance(text, str) else text
        for name, text in parts.items()
        if text is not None
    }


def document(
    body="<w:p><w:r><w:t>整改情况</w:t></w:r></w:p>", parts=None, main=f"{DOC_TYPE}.document.main+xml"
):
    made = {
        "[Content_Types].xml": types(main=main, main_part="/word/document.xml"),
        "_rels/.rels": relations(("rId1", "officeDocument", "word/document.xml")),
        "word/document.xml": f'{DECL}<w:document xmlns:w="{WORD}" xmlns:r="{REL}"><w:body>{body}</w:body></w:document>',
    }
    made.update(parts or {})
    return {name: text.encode() if isinstance(text, str) else text for name, text in made.items()}


def pack(parts, method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


def entry(name, data, **spoil):
    """One member for `raw_zip`. `spoil` overrides what local header or directory say about it."""
    return {"name": name.encode() if isinstance(name, str) else name, "data": data, **spoil}


def raw_zip(entries, comment=b"", prefix=b"", between=b"", tail=b"", count=None, shift=0):
    """A zip written field by field. Per entry: method, flags, local_name, size, packed, crc, attributes, extra,
    local_size, descriptor, offset, at (bytes written as they are), local_flags."""
    out, directory = bytearray(prefix), bytearray()
    for one in entries:
        data = one["data"]
        method = one.get("method", 8)
        if method == 8:
            engine = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed = engine.compress(data) + engine.flush()
        else:
            packed = data
        packed += one.get("more", b"")
        crc = one.get("crc", zlib.crc32(data))
        size, flags = one.get("size", len(data)), one.get("flags", 0)
        name, local_name = one["name"], one.get("local_name", one["name"])
        offset = one.get("offset", len(out))
        local = (crc, len(packed), one.get("local_size", size))
        if one.get("descriptor"):
            flags |= 8
            local = (0, 0, 0)
        out += struct.pack(
            "<4s5H3I2H", b"PK\x03\x04", 20, one.get("local_flags", flags), one.get("local_method", method), 0, 33,
            *local, len(local_name), len(one.get("local_extra", b"")),
        )  # fmt: skip
        out += local_name + one.get("local_extra", b"") + packed
        if one.get("descriptor"):
            out += b"PK\x07\x08" + struct.pack("<3I", crc, len(packed), size)
        out += between
        extra = one.get("extra", b"")
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", (3 << 8) | 20, 20, flags, method, 0, 33, crc, one.get("packed", len(packed)),
            size, len(name), len(extra), 0, one.get("disk", 0), 0, one.get("attributes", 0o100644 << 16), offset,
        )  # fmt: skip
        directory += name + extra
    start = len(out) + shift
    total = len(entries) if count is None else count
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, total, total, len(directory), start, len(comment))
    return bytes(out + directory + end + comment + tail)


def entries(parts, **spoil):
    """All parts as `raw_zip` entries; `spoil` maps a part's last word to what is wrong with it."""
    made = []
    for name, data in parts.items():
        made.append(entry(name, data, **spoil.get(name.rpartition("/")[2].partition(".")[0], {})))
    return made


def row(number, *cells):
    """A row of inline texts and numbers."""
    made = []
    for column, value in enumerate(cells):
        address = f"{chr(65 + column)}{number}"
        if isinstance(value, str):
            made.append(f'<c r="{address}" t="inlineStr"><is><t>{value}</t></is></c>')
        else:
            made.append(f'<c r="{address}"><v>{value}</v></c>')
    return f'<row r="{number}">{"".join(made)}</row>'


def ods(body, styles="", parts=None, mimetype="application/vnd.oasis.opendocument.spreadsheet"):
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = " ".join(
        f'xmlns:{short}="{names}{short}:1.0"'
        for short in ("office", "table", "text", "style", "draw", "script")
    )
    made = {
        "mimetype": mimetype,
        "content.xml": f'{DECL}<office:document-content {spaces} xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>",
        "META-INF/manifest.xml": f'{DECL}<manifest:manifest xmlns:manifest="{names}manifest:1.0"/>',
    }
    made.update(parts or {})
    return pack({name: text.encode() if isinstance(text, str) else text for name, text in made.items()})


def pdf(*objects, tail=b""):
    """A one-page PDF with further objects appended (numbers from 4) and `/Root` extended by the first bytes."""
    extra = objects[0] if objects else b""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R " + extra + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        *objects[1:],
    ]
    out = bytearray(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(out) + tail


def stream(dictionary, data):
    return b"<<" + dictionary + b"/Length %d>>\nstream\n" % len(data) + data + b"\nendstream"


def png(width=4, height=4, extra=b"", tail=b"", data=None):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress((b"\x00" + b"\x7f" * width * 3) * height) if data is None else data
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + extra
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
        + tail
    )
