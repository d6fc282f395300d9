"""Canonical ledger values → columns of the database."""

import datetime as dt
import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.matching import UnitNames, people_by_name, tidy
from accounts.models import Unit, User
from notices.domain.planning import Part, one_lead
from notices.ledger.cells import interval_days
from notices.ledger.compare import EXTRA
from notices.ledger.schema import YES
from notices.ledger.unit_cells import split_units
from notices.records import LedgerValue, PlanRow
from notices.terms import MeasureKind, UnitRole

_KIND_CODES = {k.label: k.value for k in MeasureKind}
_CUT = re.compile(r"[\s、,，;；/(（）)]+")
UNIT_ROLES = (
    ("lead_unit", UnitRole.LEAD),
    ("responsible", UnitRole.RESPONSIBLE),
    ("supporting", UnitRole.SUPPORTING),
)
PROGRESS_KEYS = frozenset({"progress", "next_step", "blocked"})
_SAME_COLUMN = {
    "progress": "latest_text",
    "next_step": "latest_next",
    "blocked": "latest_blocked",
    "remark": "remark",
    "phone": "contact_phone",
}


_SIMPLE: dict[str, tuple[str, Callable[[LedgerValue], Any]]] = {
    "kind": ("kind", lambda value: _KIND_CODES.get(str(value), "")),
    "keep_up": ("keep_up", lambda value: value == YES),
    "review_days": ("review_days", interval_days),
    "finished_on": ("finished_on", lambda value: value or None),
}


@dataclass
class Names:
    """Units and people by the names the plan uses; two queries."""

    units: UnitNames
    people: dict[str, User] = field(default_factory=dict)
    found: dict[str, Unit | None] = field(default_factory=dict)
    cells: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    persons: dict[LedgerValue, int | None] = field(default_factory=dict)

    @classmethod
    def load(cls, rows: Iterable[PlanRow], within: Container[int] | None = None) -> "Names":
        """`within`: the units whose names count, and whose people; None for all."""
        texts: set[object] = set()
        for row in rows:
            texts |= {row.values.get("leader"), row.values.get("contact")}
            texts |= {c.new for c in row.fields if c.key in ("leader", "contact")}
        wanted = {word for text in texts for word in _words(text)}
        return cls(UnitNames.load(within), people_by_name(wanted, within))

    def person(self, text: LedgerValue) -> int | None:
        """The one account a cell names (“副县长 林若溪” → 林若溪); None when none or several fit."""
        if text not in self.persons:
            found = {user.pk for word in _words(text) if (user := self.people.get(tidy(word)))}
            self.persons[text] = found.pop() if len(found) == 1 else None
        return self.persons[text]

    def unit(self, name: str) -> Unit | None:
        if name not in self.found:
            self.found[name] = self.units.find(name)
        return self.found[name]

    def parts(self, text: str, role: UnitRole) -> list[Part]:
        """The units of one cell; a ledger says the same few names in thousands of cells."""
        key = (text, role.value)
        if key not in self.cells:
            self.cells[key] = [Part(self.unit(name), name[:100], role) for name, _ in split_units(text)]
        return self.cells[key]


def _words(text: object) -> list[str]:
    return [w for w in _CUT.split(text) if len(w) > 1] if isinstance(text, str) else []


def deadline_columns(value: LedgerValue, words: LedgerValue = "") -> dict[str, Any]:
    if isinstance(value, dt.date):
        return {"deadline": value, "deadline_text": words or ""}
    return {"deadline": None, "deadline_text": str(value or words or "")[:200]}


def task_columns(
    values: Mapping[str, LedgerValue],
    names: Names,
    *,
    heading: str = "",
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Columns of a task for these keys. `heading` and `extra` are what the row has now. Units and state are not columns."""
    columns: dict[str, Any] = {}
    others = False
    for key, value in values.items():
        if column := _SAME_COLUMN.get(key):
            columns[column] = value
        elif simple := _SIMPLE.get(key):
            columns[simple[0]] = simple[1](value)
        elif key == "measure":
            columns |= _measure(str(value), heading)
        elif key == "leader":
            columns["leader_text"], columns["leader_id"] = value, names.person(value)
        elif key == "contact":
            columns["contact_text"], columns["contact_id"] = value, names.person(value)
        elif key == "deadline":
            columns |= deadline_columns(value, values.get("deadline_text", ""))
        else:
            others = True
    if others and "deadline" not in values and values.get("deadline_text"):
        columns |= deadline_columns("", values["deadline_text"])
    return columns | _extra(values, extra) if others else columns


def _measure(text: str, heading: str) -> dict[str, Any]:
    """The heading stays when the text still begins with it."""
    if heading and text.startswith(f"{heading}\n") and text[len(heading) + 1 :].strip():
        return {"text": text[len(heading) + 1 :]}
    return {"text": text, "heading": ""} if heading and text != heading else {"text": text}


def _extra(values: Mapping[str, LedgerValue], extra: Mapping[str, Any] | None) -> dict[str, Any]:
    new = {k.removeprefix(EXTRA): v for k, v in values.items() if k.startswith(EXTRA)}
    if not new:
        return {}
    merged = {**(extra or {}), **new}
    return {"extra": {k: v for k, v in merged.items() if v != ""}}


def issue_columns(
    values: Mapping[str, LedgerValue], names: Names, *, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Columns of an issue for these keys; the aspect is not a column."""
    columns: dict[str, Any] = {}
    for key, value in values.items():
        if key == "issue":
            columns["title"] = value
        elif key in ("detail", "source", "target"):
            columns[key] = value
        elif key == "leader":
            columns["leader_text"], columns["leader_id"] = value, names.person(value)
        elif key == "lead_unit":
            first = split_units(str(value))
            unit = names.unit(first[0][0]) if first else None
            columns["lead_text"], columns["lead_unit_id"] = value, unit.pk if unit else None
        elif key == "responsible":
            columns["responsible_text"] = value
        elif key == "deadline":
            columns |= deadline_columns(value, values.get("deadline_text", ""))
    return columns | _extra(values, extra)


def unit_parts(values: Mapping[str, LedgerValue], names: Names) -> list[Part]:
    """The units a row names, in order, at most one lead."""
    parts: list[Part] = []
    for key, role in UNIT_ROLES:
        if text := values.get(key):
            parts += names.parts(str(text), role)
    return one_lead(parts)
