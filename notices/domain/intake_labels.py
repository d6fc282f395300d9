"""What a notice prints beside an issue's measures (责任领导, 牵头单位, 整改时限 …) as fields of the issue and its tasks.

The names of the labels are those of the ledger's columns. The person who confirms the outline has seen them; a unit
that is not known stays as text, words that are no day are kept and leave the deadline empty.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.matching import UnitNames
from accounts.models import Unit
from notices.domain.planning import Part, one_lead
from notices.ledger.schema import clean_header, header_index
from notices.ledger.unit_cells import split_units
from notices.records import Campaign, ParsedIssue
from notices.terms import UnitRole
from notices.text.dates import parse_deadline

TEXTS = {"detail": "detail", "cause": "detail", "source": "source", "target": "target"}
ROLES = {
    "lead_unit": UnitRole.LEAD,
    "responsible": UnitRole.RESPONSIBLE,
    "supporting": UnitRole.SUPPORTING,
}


@dataclass(frozen=True)
class Labelled:
    """`issue` and `task`: values of fields; `parts`: the units of every task of the issue."""

    issue: dict[str, Any] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)


def read_labels(parsed: ParsedIssue, *, names: UnitNames, campaign: Campaign) -> Labelled:
    """The fields that the labelled lines of one issue give."""
    issue: dict[str, Any] = {}
    task: dict[str, Any] = {}
    written: list[tuple[UnitRole, str]] = []
    keys = header_index()
    for label in parsed.labels:
        key, words = keys.get(clean_header(label.name), ""), label.text.strip().rstrip("。；;")
        if not words:
            continue
        if key in TEXTS:
            name = TEXTS[key]
            issue[name] = "\n".join(filter(None, (issue.get(name), words)))
        elif key in ROLES:
            written.append((ROLES[key], words))
        elif key == "leader":
            issue["leader_text"] = task["leader_text"] = words[:200]
        elif key == "contact":
            task["contact_text"] = words[:200]
        elif key == "deadline":
            read = parse_deadline(words, campaign=campaign)
            both = {"deadline": read.day, "deadline_text": words[:200]}
            issue |= both
            task |= both | ({"keep_up": True} if read.sustained else {})
    parts = _parts(written, names)
    lead = next((p for p in parts if p.role == UnitRole.LEAD), None)
    if lead is not None:
        issue |= {"lead_text": lead.text[:200], "lead_unit": lead.unit}
        task["lead_unit"] = lead.unit
    others = [p.text for p in parts if p.role == UnitRole.RESPONSIBLE]
    if others:
        issue["responsible_text"] = "、".join(others)[:500]
    issue["source"] = issue.get("source", "")[:200]
    return Labelled(issue, task, parts)


def _parts(written: Iterable[tuple[UnitRole, str]], names: UnitNames) -> list[Part]:
    """Units as written; 责任单位 alone is the lead, beside 牵头单位 it is the responsible unit."""
    rows = list(written)
    led = any(role == UnitRole.LEAD for role, _ in rows)
    parts: list[Part] = []
    for role, words in rows:
        for i, (name, _) in enumerate(split_units(words)):
            first = role == UnitRole.RESPONSIBLE and not led and i == 0
            unit: Unit | None = names.find(name)
            parts.append(Part(unit, name[:100], UnitRole.LEAD if first else role))
        led = led or role == UnitRole.RESPONSIBLE
    return one_lead(parts)
