"""The page with three columns when two people changed the same thing: 原值 / 他人已改为 / 您填写的."""

import json
from dataclasses import dataclass
from typing import Any

from notices.domain.planning import Clash
from notices.forms.edit import EditForm, shown_values
from notices.models import Task

# Clashes of fields that have no input of their own belong to the input they follow from.
_INPUT = {
    "leader": "leader_text",
    "contact": "contact_text",
    "deadline_text": "deadline",
    "keep_up": "deadline",
}


@dataclass(frozen=True)
class Row:
    name: str
    label: str
    base: str
    theirs: str
    yours: str


def conflict_context(task: Task, form: EditForm, clashes: list[Clash]) -> dict[str, Any]:
    """`rows` to choose from, `hidden` everything else that was typed, `base` renewed: what others wrote is now seen."""
    now = shown_values(task)
    seen = form.cleaned_data["base"]
    rows = {}
    for clash in clashes:
        name = _INPUT.get(clash.field, clash.field)
        rows[name] = Row(name, clash.label, seen[name], now[name], str(form.data.get(name, "")))
    hidden = [(n, form.data[n]) for n in form.fields if n in form.data and n not in rows and n != "base"]
    base = json.dumps({**seen, **{name: now[name] for name in rows}}, ensure_ascii=False)
    return {"task": task, "rows": list(rows.values()), "hidden": hidden, "base": base}
