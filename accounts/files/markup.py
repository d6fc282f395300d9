"""One streaming pass over an XML part: encoding, entities, token length, depth, number of tags.

The parser is expat. Parts that may be very large are thinned out before they reach it: a `Sieve` recognises whole
regular rows (or strings) with one expression and hands the parser a short stand-in, so that no Python call is
made per tag. Whatever the sieve does not recognise goes to the parser and its rules unchanged.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol
from xml.parsers import expat

from accounts.files.limits import MAX_ATTRIBUTES, MAX_DEPTH, MAX_TOKEN, Profile
from accounts.files.refusal import Refusal

AGAIN = "请用 Excel、WPS 或 Word 打开并另存为新文件后重新上传。"
DECLARED = re.compile(rb"""^<\?xml[^>]{0,80}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
NATIVE = {"utf-8", "utf8", "us-ascii", "ascii"}
CONVERTED = {"gbk", "gb2312", "gb18030", "iso-8859-1", "windows-1252"}
WIDE = {"utf-16", "utf-16le", "utf-16be", "utf16", "ucs-2", "iso-10646-ucs-2"}
CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))


class Rules(Protocol):
    """What a part may contain. `name` is the local name of the element; refusals are raised."""

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class NoRules:
    """Nothing beyond what holds for every part."""

    def start(self, name: str, attributes: dict[str, str], depth: int) -> None:
        return

    def end(self, name: str) -> None:
        return

    def text(self, text: str) -> None:
        return


class Sieve(Protocol):
    """`thin` takes bytes seen so far and gives what the parser must see, and what has to wait for more bytes."""

    def thin(self, data: bytes, last: bool) -> tuple[bytes, bytes]: ...


@dataclass
class Budget:
    """Tags left for the whole file: of all, and of those that reach the parser."""

    tags: int
    odd_tags: int

    @classmethod
    def of(cls, profile: Profile) -> "Budget":
        return cls(profile.tags, profile.odd_tags)

    def spend(self, block: bytes) -> None:
        self.tags -= _tags(block)
        self._check(self.tags)

    def spend_odd(self, block: bytes) -> None:
        self.odd_tags -= _tags(block)
        self._check(self.odd_tags)

    def _check(self, left: int) -> None:
        if left < 0:
            raise Refusal(
                "xml_tags", "文件内容过多（单元格或段落数量超过上限）。请拆分成几个文件后分别上传。"
            )


def _tags(block: bytes) -> int:
    return block.count(b"<") - block.count(b"</")


class Decoder:
    """Bytes of a part in, UTF-8 without byte order mark out. Raises UnicodeError, or LookupError for UTF-32."""

    def __init__(self) -> None:
        self._decoder: codecs.IncrementalDecoder | None = None
        self.foreign = False

    def feed(self, block: bytes, last: bool = False) -> bytes:
        if self._decoder is None:
            encoding, block = _encoding(block)
            self.foreign = encoding != "utf-8"
            self._decoder = codecs.getincrementaldecoder(encoding)()
        text = self._decoder.decode(block, last)
        return text.encode("utf-8") if self.foreign else block


def to_utf8(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same part in UTF-8; only for parts that a `Scan` has accepted."""
    decoder = Decoder()
    for block in blocks:
        yield decoder.feed(block)


def _encoding(block: bytes) -> tuple[str, bytes]:
    """Python's name of the encoding and the block without byte order mark."""
    if block.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"<\x00\x00\x00", b"\x00\x00\x00<")):
        raise LookupError("utf-32")
    if block.startswith((b"\xff\xfe", b"<\x00")):
        return "utf-16-le", block.removeprefix(b"\xff\xfe")
    if block.startswith((b"\xfe\xff", b"\x00<")):
        return "utf-16-be", block.removeprefix(b"\xfe\xff")
    block = block.removeprefix(codecs.BOM_UTF8)
    declared = DECLARED.match(block)
    name = declared[1].decode().lower() if declared else "utf-8"
    return (name if name in CONVERTED else "utf-8"), block


def closed_breaks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks with every `<br>` closed: Excel leaves it open in the drawings of comments and controls."""
    held = b""
    for block in blocks:
        block = held + block
        cut = max(len(block) - 3, 0)
        held = block[cut:] if b"<" in block[cut:] else b""
        yield block[: len(block) - len(held)].replace(b"<br>", b"<br/>")
    yield held.replace(b"<br>", b"<br/>")


class Scan:
    """The pass itself. `foreign` tells afterwards that the part is not in UTF-8, `root` its first tag's local name."""

    def __init__(self, part: str, rules: Rules, budget: Budget) -> None:
        self._part = part
        self._rules = rules
        self._budget = budget
        self._depth = 0
        self.foreign = False
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self.root = ""
        self._parser.StartElementHandler = self._first
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declaration
        if type(rules).text is not NoRules.text:
            self._parser.CharacterDataHandler = rules.text

    def run(self, blocks: Iterable[bytes], sieve: Sieve | None = None) -> None:
        rest = b""
        for block in self._short_tokens(self._as_utf8(blocks)):
            self._budget.spend(block)
            if sieve is not None:
                if len(block.translate(None, CONTROLS)) != len(block):
                    raise self._broken()
                block, rest = sieve.thin(rest + block, False)
            self._feed(block, False)
        if sieve is not None:
            rest, _ = sieve.thin(rest, True)
        self._feed(rest, True)

    def _feed(self, block: bytes, last: bool) -> None:
        self._budget.spend_odd(block)
        try:
            self._parser.Parse(block, last)
        except expat.ExpatError as error:
            raise self._broken() from error

    def _broken(self) -> Refusal:
        return Refusal("xml_broken", f"文件内部的“{self._part}”已损坏，无法读取。{AGAIN}")

    def _as_utf8(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        decoder = Decoder()
        try:
            for block in blocks:
                text = decoder.feed(block)
                self.foreign = decoder.foreign
                yield text
            decoder.feed(b"", True)
        except LookupError:
            raise self._odd_encoding() from None
        except UnicodeError:
            raise self._broken() from None

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        name = (encoding or "utf-8").lower()
        if name in NATIVE or name in CONVERTED or (self.foreign and name in WIDE):
            return
        raise self._odd_encoding()

    def _odd_encoding(self) -> Refusal:
        return Refusal("xml_encoding", f"文件内部的“{self._part}”使用了不支持的文字编码。{AGAIN}")

    def _short_tokens(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the blocks on; raise when two `<` are more than the longest permitted token apart."""
        run = 0
        for block in blocks:
            first = block.find(b"<")
            run = run + len(block) if first < 0 else run + first
            if run > MAX_TOKEN:
                raise Refusal("xml_token", f"文件内部的“{self._part}”有超过 1 MB 的单段内容。{AGAIN}")
            if first >= 0:
                run = len(block) - block.rfind(b"<")
            yield block

    def _first(self, name: str, attributes: dict[str, str]) -> None:
        self.root = name.rpartition(":")[2]
        plain = isinstance(self._rules, NoRules) and type(self._rules).start is NoRules.start
        self._parser.StartElementHandler = self._enter if plain else self._start
        self._parser.EndElementHandler = self._leave if plain else self._end
        self._parser.StartElementHandler(name, attributes)

    def _enter(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise self._strange()

    def _leave(self, name: str) -> None:
        self._depth -= 1

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise self._strange()
        self._rules.start(name if ":" not in name else name.rpartition(":")[2], attributes, self._depth)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._rules.end(name if ":" not in name else name.rpartition(":")[2])

    def _strange(self) -> Refusal:
        if self._depth > MAX_DEPTH:
            return Refusal("xml_depth", f"文件内部的“{self._part}”嵌套过深，疑似恶意文件，已拒绝。{AGAIN}")
        return Refusal(
            "xml_attributes", f"文件内部的“{self._part}”有上百个属性的标记，疑似恶意文件，已拒绝。{AGAIN}"
        )

    def _doctype(self, *_: object) -> None:
        raise Refusal("xml_doctype", f"文件内部的“{self._part}”带有 DOCTYPE 或实体声明，不允许上传。{AGAIN}")
