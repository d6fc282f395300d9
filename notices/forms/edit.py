"""The edit of a task: what is touched is told apart from what merely stands in the form."""

import datetime as dt
import json
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from accounts.matching import UnitNames, people_by_name, tidy
from notices.domain.editing import ROLES, Edit, unit_names
from notices.domain.materials import tidy_kinds
from notices.domain.planning import Part
from notices.errors import Refused
from notices.forms.task import long_text, reason_field
from notices.models import Task
from notices.records import Campaign
from notices.terms import MeasureKind, UnitRole
from notices.text.dates import parse_deadline

_BETWEEN = re.compile(r"[、，,；;\n]+")
# How a field's text, as the form shows it, becomes the value the row holds.
_READ: Mapping[str, Callable[[str], Any]] = {
    "deadline": lambda text: dt.date.fromisoformat(text) if text else None,
    "review_days": lambda text: int(text) if text else None,
}


def shown_values(task: Task) -> dict[str, str]:
    """Every field of the form as text; the hidden base remembers them."""
    return {
        "heading": task.heading,
        "text": task.text,
        "kind": task.kind,
        "leader_text": task.leader_text,
        "contact_text": task.contact_text,
        "contact_phone": task.contact_phone,
        "deadline": task.deadline.isoformat() if task.deadline else task.deadline_text,
        "review_days": str(task.review_days or ""),
        "evidence_kinds": task.evidence_kinds,
        "remark": task.remark,
        **unit_names(task),
    }


def told(name: str, text: str) -> str:
    """A value as a read-only field shows it."""
    return str(dict(MeasureKind.choices).get(text, text)) if name == "kind" else text


@dataclass(frozen=True)
class Locked:
    """A field that is read-only for this person now."""

    name: str
    label: str
    value: str
    why: str


class EditForm(forms.Form):
    """`locked`: fields the person finds read-only, with the reason: they are no inputs, and typed all the same they are
    refused. `planned`: the task is in an approved plan; `within` are the units that may be named, None for all."""

    heading = forms.CharField(label="措施标题", required=False, max_length=300)
    text = long_text("整改措施", required=True, rows=4)
    kind = forms.ChoiceField(label="措施类别", required=False, choices=[("", "未分类"), *MeasureKind.choices])
    lead = forms.CharField(
        label="牵头单位", required=False, max_length=100, help_text="一个单位；其余牵头单位写入责任单位。"
    )
    responsible = forms.CharField(
        label="责任单位", required=False, max_length=1000, help_text="多个单位用顿号分开。"
    )
    supporting = forms.CharField(
        label="配合单位", required=False, max_length=1000, help_text="多个单位用顿号分开。"
    )
    keep_unmatched = forms.BooleanField(
        label="系统中没有的单位按原文保留（提醒发不到这些单位）", required=False
    )
    leader_text = forms.CharField(label="责任领导", required=False, max_length=200)
    contact_text = forms.CharField(label="责任人", required=False, max_length=200)
    contact_phone = forms.CharField(label="联系电话", required=False, max_length=50)
    deadline = forms.CharField(
        label="完成时限",
        required=False,
        max_length=80,
        help_text="可写日期或原文，例如 2026-12-31、2026年12月底前、第三季度、立行立改、长期坚持。",
    )
    review_days = forms.IntegerField(
        label="复查周期（天）", required=False, min_value=1, max_value=3650,
        error_messages={"invalid": "复查周期应为整数天数，例如 90。", "min_value": "复查周期至少 1 天。", "max_value": "复查周期最长 3650 天。"},
    )  # fmt: skip
    evidence_kinds = forms.CharField(
        label="应交材料",
        required=False,
        max_length=200,
        help_text="申请销号前必须交齐的材料类别，用顿号分开，例如 制度文件、会议记录、照片；不填按批次的规定，写“无”表示不要求。",
    )
    remark = long_text("备注", rows=2)
    reason = reason_field()
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        task: Task,
        data: Any = None,
        *,
        locked: Mapping[str, str],
        within: Container[int] | None = None,
        planned: bool = False,
    ) -> None:
        shown = shown_values(task)
        super().__init__(data, initial={**shown, "base": json.dumps(shown, ensure_ascii=False)})
        self.task, self.within = task, within
        self.locked = [
            Locked(name, str(self.fields.pop(name).label), told(name, shown[name]), why)
            for name, why in locked.items()
        ]
        if not any(role in self.fields for role in ROLES):
            del self.fields["keep_unmatched"]
        if not planned or "text" in locked:  # who may not change the plan gives no reason for it
            self.fields.pop("reason", None)
        self.parts: dict[UnitRole, list[Part]] = {}
        self.likely: dict[str, list[str]] = {}

    def clean_base(self) -> dict[str, str]:
        """What stood in the form when it was shown; a broken one compares with what stands there now."""
        try:
            found = json.loads(self.cleaned_data["base"] or "{}")
        except ValueError:
            found = {}
        kept = found if isinstance(found, dict) else {}
        return {name: str(kept.get(name, text)) for name, text in shown_values(self.task).items()}

    def clean_evidence_kinds(self) -> str:
        try:
            return tidy_kinds(self.cleaned_data["evidence_kinds"])
        except Refused as why:
            raise forms.ValidationError(str(why)) from why

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for kept in self.locked:
            typed, seen = self.data.get(kept.name), cleaned.get("base", {}).get(kept.name, "")
            if typed is not None and typed.strip() != seen.strip():
                self.add_error(None, kept.why)
        names = UnitNames.load(self.within) if any(role in self.fields for role in ROLES) else UnitNames()
        for role in ROLES:
            if role in cleaned and self._touched(role):
                self.parts[role] = self._parts(role, names)
        if "deadline" in cleaned and self._touched("deadline"):
            self._read_deadline(cleaned, self.task.notice.campaign)
        return cleaned

    def _touched(self, name: str) -> bool:
        now = "" if self.cleaned_data[name] is None else str(self.cleaned_data[name])
        return now.strip() != self.cleaned_data.get("base", {}).get(name, "").strip()

    def _parts(self, role: UnitRole, names: UnitNames) -> list[Part]:
        """Units of one role; a name that fits none is refused with the likeliest, or kept as text when asked."""
        found = []
        for word in filter(None, (w.strip() for w in _BETWEEN.split(self.cleaned_data[role]))):
            unit = names.find(word)
            found.append(Part(unit, unit.name if unit else word, role))
            if unit is None and not self.cleaned_data.get("keep_unmatched"):
                likely = [u.name for u in names.likeliest(word)]
                self.likely.setdefault(role, []).extend(likely)
                hint = f"最接近的是：{'、'.join(likely)}。" if likely else ""
                self.add_error(
                    role, f"系统中没有“{word}”这个单位。{hint}请改为系统中的单位名称，或勾选按原文保留。"
                )
        return found

    def _read_deadline(self, cleaned: dict[str, Any], campaign: Campaign) -> None:
        found = parse_deadline(cleaned["deadline"], campaign=campaign)
        if found.problem:
            self.add_error("deadline", found.problem)
        cleaned["day"], cleaned["sustained"] = found.day, found.sustained

    def edit(self) -> Edit:
        """What the person touched, for the domain."""
        base_texts = self.cleaned_data["base"]
        touched = [n for n in self.fields if n in base_texts and n not in ROLES and self._touched(n)]
        values: dict[str, Any] = {}
        for name in touched:
            values |= self._values(name)
        base = {n: _READ.get(n, str)(base_texts[n]) for n in touched if n != "deadline"}
        if "deadline" in touched:
            base |= _base_deadline(base_texts["deadline"])
        why = self.cleaned_data.get("reason", "")
        return Edit(values, base, self.parts, {r: base_texts[r] for r in ROLES}, reason=why)

    def _values(self, name: str) -> dict[str, Any]:
        """The field and what follows from it: an account for a name, a day for words."""
        value = self.cleaned_data[name]
        if name in ("leader_text", "contact_text"):
            person = people_by_name([value], self.within).get(tidy(value))
            return {name: value, name.removesuffix("_text"): person}
        if name == "deadline":
            kept_up = {"keep_up": True} if self.cleaned_data["sustained"] else {}
            return {"deadline": self.cleaned_data["day"], "deadline_text": value, **kept_up}
        return {name: value}


def _base_deadline(text: str) -> dict[str, Any]:
    """The form shows the day, or the words where there is no day."""
    try:
        return {"deadline": dt.date.fromisoformat(text) if text else None}
    except ValueError:
        return {"deadline": None, "deadline_text": text}


# Field → label of everything the form could change.
LABELS = {
    name: str(field.label)
    for name, field in EditForm.base_fields.items()
    if name not in ("base", "reason", "keep_unmatched")
}
