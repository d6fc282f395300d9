"""Expressions that recognise whole regular rows and strings, so that the parser need not see them.

A regular row is what Excel, WPS, LibreOffice and the usual libraries write: every cell has its address, in the
row's own number and within the permitted columns, attributes stand in double quotes, texts hold no markup.
The parser gets a stand-in with the first and the last number of the run, so nothing can be spliced together.
"""

import re
from functools import cache
from typing import Protocol

from accounts.files.grid import column_number
from accounts.files.limits import MAX_TOKEN

ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)(worksheet|sst)[\s/>]")
SUSPECT = (
    rb"(?i:webservice|filterxml|registerxl|urldownload|sql\.request|\b(?:call|exec|rtd|image|dde\w*)\s*\(|\bregister"
    rb"|'[^<'\"]*(?:\\\\|://)|&#)"
)
LONGEST_FORMULA = 8_192  # bytes here, characters in Excel: what is longer goes to the parser
SPACE = rb'(?: xml:space="preserve")?'
# Characters that XML permits, by number; the rare rest goes to the parser. Decimal ones come in runs: some libraries write
# every Chinese character so.
DECIMAL = (
    rb"(?:[1-4]\d{4}|6(?:[0-46-9]\d{3}|5(?:[0-4]\d\d|5[0-2]\d))|5[0-489]\d{3}|[7-9]\d{4}|[1-9]\d{5}|[1-9]\d{2,3}"
    rb"|3[2-9]|[4-9]\d|1[03]|9)"
)
HEXADECIMAL = (
    rb"(?:[9AaDd]|[2-9A-Fa-f][0-9A-Fa-f]|[1-9A-Fa-f][0-9A-Fa-f]{2}|[1-9A-Ca-c][0-9A-Fa-f]{3}|[Ee][0-9A-Fa-f]{3}"
    rb"|[Ff](?:[0-9A-Ea-e][0-9A-Fa-f]{2}|[Ff][0-9A-Ea-e][0-9A-Fa-f])|[1-9A-Fa-f][0-9A-Fa-f]{4})"
)
TEXT = (
    rb"[^<&]*+(?:(?:&#"
    + DECIMAL
    + rb";)++[^<&]*+|&(?:amp|lt|gt|quot|apos|#x"
    + HEXADECIMAL
    + rb");[^<&]*+)*+"
)


class Rows(Protocol):
    """Where the sieve tells what it saw: `number` of a row, its last column with a value (0 = none)."""

    def regular(self, number: int, column: int, hidden: bool) -> None: ...

    def failed(self, address: str) -> None:
        """A cell holds an error value."""

    def lost(self, number: int) -> Exception:
        """The refusal of a cell, in or above this row, whose text is nowhere: readers would put another one there."""

    def falling(self, number: int) -> Exception:
        """The refusal of a row that does not come after the one before."""


@cache
def _row_expression(prefix: bytes) -> re.Pattern[bytes]:
    p = re.escape(prefix)
    attributes = rb'(?: (?:s|t|cm|vm|ph)="[^"<>&]*+")*+'
    formula = (
        rb'(?:<%(p)sf(?: (?:t="shared"|si="\d{1,9}"|a?ca="(?:[01]|true|false)"))*+'
        rb"(?:/>|>(?!%(suspect)s|[^<]*?%(suspect)s)[^<|]{0,%(longest)d}+</%(p)sf>))?+"
    ) % {b"p": p, b"suspect": SUSPECT, b"longest": LONGEST_FORMULA}
    value = (
        rb"(?:<%(p)sv%(space)s>(?!<)%(text)s</%(p)sv>"
        rb"|<%(p)sis>(?:<%(p)st%(space)s>%(text)s</%(p)st>|<%(p)st/>)</%(p)sis>)"
    ) % {b"p": p, b"space": SPACE, b"text": TEXT}
    full = rb'<%(p)sc r="([A-Z]|[A-J][A-Z]|K[A-N])\1"%(a)s>%(f)s%(v)s</%(p)sc>' % {
        b"p": p,
        b"a": attributes,
        b"f": formula,
        b"v": value,
    }
    # An empty result stands for an empty text only where the formula gives text; else nothing was ever calculated.
    blank = rb'<%(p)sc r="[A-Z]{1,2}\1"(?=[^<>]* t="str")%(a)s>%(f)s<%(p)sv%(space)s></%(p)sv></%(p)sc>' % {
        b"p": p,
        b"a": attributes,
        b"f": formula,
        b"space": SPACE,
    }
    empty = rb'<%(p)sc r="(?:[A-Z]{1,2}|[A-W][A-Z]{2}|X[A-E][A-Z]|XF[A-D])\1"%(a)s(?:/>|></%(p)sc>)' % {
        b"p": p,
        b"a": attributes,
    }
    row = rb'<%(p)srow r="([1-9]\d{0,6})"((?: (?!r=)[\w:.]+="[^"<>&]*+")*+)(?:/>|>(?:%(full)s|%(empty)s|%(blank)s)*+</%(p)srow>)'
    # groups: 1 = row number, 2 = the row's other attributes, 3 = letters of the last cell with a value
    return re.compile(row % {b"p": p, b"full": full, b"empty": empty, b"blank": blank})


@cache
def _column(letters: bytes) -> int:
    return column_number(letters.decode())


class RowSieve:
    """Takes regular rows out of a worksheet."""

    def __init__(self, prefix: bytes, rules: Rows) -> None:
        self._row = _row_expression(prefix)
        self._start = re.compile(rb"<%srow[\s/>]" % re.escape(prefix))
        self._error = re.compile(rb'<%sc r="([A-Z]{1,3}\d{1,7})"[^<>]* t="e"' % re.escape(prefix))
        self._lost = re.compile(rb' t="s"[^<>]*><%(p)sv[^<>]*>(?!\d{1,9}</)' % {b"p": re.escape(prefix)})
        self._close = b"</%srow>" % prefix
        self._stand_in = b'<%srow r="%%d"/>' % prefix
        self._rules = rules

    def thin(self, data: bytes, last: bool) -> tuple[bytes, bytes]:
        seen: list[bytes] = []
        position = 0
        while found := self._start.search(data, position):
            begin = found.start()
            seen.append(data[position:begin])
            position = self._regular(data, begin, seen)
            if position > begin:
                continue
            stop = data.find(self._close, begin)
            if stop >= 0:
                position = stop + len(self._close)
                seen.append(data[begin:position])
                continue
            if not last and len(data) - begin <= MAX_TOKEN:
                return b"".join(seen), data[begin:]
            break
        cut = _cut(data, position, last)
        seen.append(data[position:cut])
        return b"".join(seen), data[cut:]

    def _regular(self, data: bytes, begin: int, seen: list[bytes]) -> int:
        """Step over regular rows from `begin`; put a stand-in for them into `seen`. Returns where they end."""
        match = self._row.match(data, begin)
        if match is None:
            return begin
        first = previous = 0
        position = begin
        while match is not None:
            number = int(match[1])
            if number <= previous:
                raise self._rules.falling(number)
            self._rules.regular(number, _column(match[3]) if match[3] else 0, _hidden(match[2]))
            first, previous = first or number, number
            position = match.end()
            match = self._row.match(data, position)
        if self._lost.search(data, begin, position):
            raise self._rules.lost(previous)
        if data.find(b' t="e"', begin, position) >= 0:
            for found in self._error.finditer(data, begin, position):
                self._rules.failed(found[1].decode())
        seen.append(self._stand_in % first)
        if previous > first:
            seen.append(self._stand_in % previous)
        return position


def _hidden(attributes: bytes) -> bool:
    return b"hidden=" in attributes and (b' hidden="1"' in attributes or b' hidden="true"' in attributes)


class StringSieve:
    """Takes plain strings out of the table of shared strings."""

    def __init__(self, prefix: bytes) -> None:
        p = re.escape(prefix)
        self._strings = re.compile(
            rb"(?:<%(p)ssi><%(p)st%(space)s>%(text)s</%(p)st>(?:<%(p)sphoneticPr[^<>]*+/>)?</%(p)ssi>)++"
            % {b"p": p, b"space": SPACE, b"text": TEXT}
        )
        self._stand_in = b"<%ssi/>" % prefix

    def thin(self, data: bytes, last: bool) -> tuple[bytes, bytes]:
        cut = _cut(data, 0, last)
        return self._strings.sub(self._stand_in, data[:cut]), data[cut:]


def _cut(data: bytes, position: int, last: bool) -> int:
    """Up to where bytes can be handed on: the last tag may not be complete yet."""
    if last:
        return len(data)
    tag = data.rfind(b"<", position)
    return tag if tag >= 0 else len(data)


def sieve_for(head: bytes, rules: Rows | None) -> RowSieve | StringSieve | None:
    """The sieve for a part that begins with `head` (UTF-8), None when the part is neither sheet nor strings."""
    found = ROOT.search(head)
    if found is None:
        return None
    if found[2] == b"sst":
        return StringSieve(found[1])
    return RowSieve(found[1], rules) if rules is not None else None
