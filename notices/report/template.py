"""A unit's own Word template: places marked 〔…〕 are filled, everything else stays byte for byte.

`fill(template, {"标题": "…", "正文": "第一段\\n第二段"})`. A place may stand anywhere in a paragraph or a cell of the text,
the headers and the footers, also split over runs as Word likes to. A paragraph that holds nothing but one place is
repeated for each line of its value. 〔2026〕 and the like are years of a document number, never places.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from notices.report.packing import pack, unpack

PLACE = re.compile(r"〔\s*([^〔〕]*[^〔〕\d\s][^〔〕]*?)\s*〕")
_PARTS = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True)
class Filled:
    """`unknown`: places the values say nothing about, left as they stand; `unused`: values without a place."""

    content: bytes
    unknown: tuple[str, ...]
    unused: tuple[str, ...]


def fill(template: bytes, values: Mapping[str, str]) -> Filled:
    """The template with its places filled. The same template and values always give the same bytes.

    `template` passed the file gate: a sound .docx without entities, macros or outside relations.
    """
    found: dict[str, None] = {}
    parts = []
    for name, content in unpack(template):
        if _PARTS.fullmatch(name):
            content = _fill_part(content, values, found)
        parts.append((name, content))
    unknown = tuple(name for name in found if name not in values)
    return Filled(pack(parts), unknown, tuple(name for name in values if name not in found))


def places(template: bytes) -> tuple[str, ...]:
    """The names of the places, in the order they stand, each once."""
    return fill(template, {}).unknown


def _fill_part(content: bytes, values: Mapping[str, str], found: dict[str, None]) -> bytes:
    """The part anew when it held a known place, else as it was."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(content, parser)
    changed = False
    for paragraph in list(root.iter(f"{_W}p")):
        texts = [t for t in paragraph.iter(f"{_W}t") if _owner(t) is paragraph]
        whole = "".join(t.text or "" for t in texts)
        names = [match[1] for match in PLACE.finditer(whole)]
        found.update(dict.fromkeys(names))
        if not any(name in values for name in names):
            continue
        changed = True
        alone = PLACE.fullmatch(whole.strip())
        if alone and "\n" in values[alone[1]].strip():
            _repeat(paragraph, values[alone[1]].strip().split("\n"))
        else:
            _replace(texts, whole, values)
    if not changed:
        return content
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _owner(text: etree._Element) -> etree._Element | None:
    """The nearest paragraph above: a text box has paragraphs inside a paragraph."""
    return next(text.iterancestors(f"{_W}p"), None)


def _repeat(paragraph: etree._Element, lines: list[str]) -> None:
    """One paragraph a line, each like the first."""
    for line in lines:
        copy = deepcopy(paragraph)
        texts = list(copy.iter(f"{_W}t"))
        for text in texts:
            text.text = ""
        _put(texts[0], line)
        paragraph.addprevious(copy)
    parent = paragraph.getparent()
    if parent is not None:
        parent.remove(paragraph)


def _replace(texts: list[etree._Element], whole: str, values: Mapping[str, str]) -> None:
    """From the last place to the first: the value goes into the run where the place begins."""
    for match in reversed(list(PLACE.finditer(whole))):
        if match[1] not in values:
            continue
        start, end, at = match.start(), match.end(), 0
        fresh = values[match[1]].replace("\n", " ").strip()
        for text in texts:
            own = text.text or ""
            first, last = max(start - at, 0), min(end - at, len(own))
            at += len(own)
            if first < last:
                _put(text, own[:first] + fresh + own[last:])
                fresh = ""


def _put(text: etree._Element, words: str) -> None:
    text.text = "".join(c for c in words if ord(c) >= 32 and c not in "\ufffe\uffff")
    text.set(_SPACE, "preserve")
