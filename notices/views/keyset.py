"""Pages by key: the page after a row is found by that row's sort values, so it stays right while rows come and go."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

MOST = 10_000  # counts are exact up to here, then 10,000+
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SPLIT = "~"


@dataclass(frozen=True)
class Key:
    """One sort column: a field or annotation that is never null, and how its text is read back."""

    name: str
    read: Callable[[str], Any]
    desc: bool = False

    def write(self, value: Any) -> str:
        return (
            str(int(value)) if isinstance(value, bool) else str(getattr(value, "isoformat", value.__str__)())
        )


@dataclass(frozen=True)
class Page:
    """`previous` and `next` are addresses without the path, None where there is no further page."""

    rows: list[Any]
    previous: str | None
    next: str | None


def flag(text: str) -> bool:
    return text == "1"


def page_of(queryset: QuerySet, order: Sequence[Key], query: QueryDict, *, size: int = 50) -> Page:
    """The page that `after` or `before` in the address names; without them, or with broken ones, the first."""
    before, after = _anchor(order, query.get("before", "")), _anchor(order, query.get("after", ""))
    backwards = before is not None
    anchor = before if backwards else after
    columns = [Key(k.name, k.read, k.desc != backwards) for k in order]
    found = queryset.order_by(*(f"-{k.name}" if k.desc else k.name for k in columns))
    if anchor is not None:
        found = found.filter(_beyond(columns, anchor))
    rows = list(found[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_previous, has_next = (more, True) if backwards else (anchor is not None, more)
    return Page(
        rows,
        address(query, before=_key(order, rows[0])) if rows and has_previous else None,
        address(query, after=_key(order, rows[-1])) if rows and has_next else None,
    )


def address(query: QueryDict, **changes: str) -> str:
    """The address of the same list with other values; an empty value takes the name away, and so does paging."""
    kept = query.copy()
    for name in ("after", "before"):
        kept.pop(name, None)
    for name, value in changes.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    return f"?{kept.urlencode()}"


def capped(queryset: QuerySet) -> int:
    """How many rows, counted no further than one beyond MOST."""
    return queryset.order_by()[: MOST + 1].count()


def in_words(count: int) -> str:
    return f"{MOST:,}+" if count > MOST else f"{count:,}"


def _beyond(columns: list[Key], anchor: list[Any]) -> Q:
    """Rows after the anchor in lexicographic order."""
    found, same = Q(), Q()
    for key, value in zip(columns, anchor, strict=True):
        found |= same & Q(**{f"{key.name}__{'lt' if key.desc else 'gt'}": value})
        same &= Q(**{key.name: value})
    return found


def _key(order: Sequence[Key], row: Any) -> str:
    return _SPLIT.join(k.write(getattr(row, k.name)) for k in order)


def _anchor(order: Sequence[Key], text: str) -> list[Any] | None:
    parts = text.split(_SPLIT)
    if len(parts) != len(order):
        return None
    try:
        return [k.read(part) for k, part in zip(order, parts, strict=True)]
    except (ValueError, OverflowError):
        return None
