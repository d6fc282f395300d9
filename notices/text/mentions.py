"""Deadlines, units and leaders that a text names: proposals for planning, a person confirms them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from notices.records import Campaign, Deadline
from notices.text.clean import fold
from notices.text.dates import parse_deadline


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit as the office keeps it; `key` is whatever the caller wants back."""

    key: int
    name: str
    short_name: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitMention:
    """Words at `start` that name a unit; several keys when a name belongs to several units."""

    words: str
    start: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    deadlines: tuple[Deadline, ...]
    units: tuple[UnitMention, ...]
    leaders: tuple[str, ...]


class UnitNames:
    """The names of all known units, prepared once; the longest name at a place wins."""

    def __init__(self, units: Iterable[KnownUnit]) -> None:
        self._keys: dict[str, list[int]] = {}
        self._lengths: dict[str, list[int]] = {}
        for unit in units:
            for name in dict.fromkeys((unit.name, unit.short_name, *unit.aliases)):
                self._add(fold(name).strip(), unit.key)
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def _add(self, name: str, key: int) -> None:
        if len(name) < 2:
            return
        keys = self._keys.setdefault(name, [])
        if key not in keys:
            keys.append(key)
        lengths = self._lengths.setdefault(name[:2], [])
        if len(name) not in lengths:
            lengths.append(len(name))

    def find(self, text: str) -> tuple[UnitMention, ...]:
        folded = fold(text)
        found, position = [], 0
        while position < len(folded) - 1:
            length = self._longest_at(folded, position)
            if length:
                words = folded[position : position + length]
                found.append(
                    UnitMention(text[position : position + length], position, tuple(self._keys[words]))
                )
            position += length or 1
        return tuple(found)

    def _longest_at(self, folded: str, position: int) -> int:
        lengths = self._lengths.get(folded[position : position + 2], ())
        return next((length for length in lengths if folded[position : position + length] in self._keys), 0)


_DEADLINE = re.compile(
    r"(?:(?:19|20)\d\d\s*年\s*|今年|明年)?\d{1,2}\s*月\s*(?:\d{1,2}\s*[日号]|[底末]|[上中下]旬)?(?:之前|以前|前)"
    r"|(?:(?:19|20)\d\d\s*年|今年|明年)?年?底(?:之)?前|(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*[底末]|(?:(?:19|20)\d\d\s*年)?第?[一二三四]季度末?|集中整改期内|立行立改|长期坚持"
)
_LEADS = re.compile(
    r"(?:由|责任领导|牵头领导|包案领导|分管领导)[:为是]?\s*(?P<who>[^,。;:\s]{2,24}?)(?:任组长|担任组长|牵头|包案|负责|挂帅|[,。;\s]|$)"
)
_TITLED = re.compile(
    r"(?:[^,。;、\s“”《》\d]{0,8}?)(?:党组书记|党委书记|党工委书记|书记|县长|市长|区长|镇长|乡长|局长|主任|院长|校长|总经理|董事长|组长|部长|常委)"
)


def find_mentions(text: str, *, units: UnitNames, campaign: Campaign) -> Mentions:
    """What one text names; deadline words keep their own `problem` when they cannot be read."""
    folded = fold(text)
    words = dict.fromkeys(match.group() for match in _DEADLINE.finditer(folded))
    return Mentions(
        deadlines=tuple(parse_deadline(found, campaign=campaign) for found in words),
        units=units.find(text),
        leaders=_leaders(text, folded),
    )


def _leaders(text: str, folded: str) -> tuple[str, ...]:
    """Persons after 由 … 牵头 or a leader's label, when the words hold an office."""
    found = []
    for match in _LEADS.finditer(folded):
        start, end = match.span("who")
        if _TITLED.match(folded, start, end):
            found.append(text[start:end])
    return tuple(dict.fromkeys(found))
