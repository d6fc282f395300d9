"""The edit of an issue: what was touched, and what stood there when the form was shown."""

import datetime as dt
import json
from collections.abc import Container, Mapping
from typing import Any

from django import forms

from accounts.matching import UnitNames, people_by_name, tidy
from notices.forms.edit import Locked
from notices.forms.task import long_text, reason_field
from notices.models import Aspect, Issue
from notices.terms import PrintedProgress
from notices.text.dates import parse_deadline

DEADLINE_HELP = (
    "可写日期或原文，例如 2026-12-31、2026年12月底前、第三季度、立行立改。改动只影响以后新增的任务。"
)


def shown_values(issue: Issue) -> dict[str, str]:
    """Every field of the form as text."""
    return {
        "aspect": issue.aspect.title if issue.aspect else "",
        "title": issue.title,
        "detail": issue.detail,
        "source": issue.source,
        "target": issue.target,
        "leader_text": issue.leader_text,
        "lead_text": issue.lead_text,
        "responsible_text": issue.responsible_text,
        "deadline": issue.deadline.isoformat() if issue.deadline else issue.deadline_text,
    }


class IssueForm(forms.Form):
    """`locked`: fields the person finds read-only, with the reason. `within`: the units that may be named; None for all.
    `planned`: the issue is in an approved plan."""

    aspect = forms.ChoiceField(label="方面", required=False)
    title = forms.CharField(
        label="问题",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "请填写问题的表述。",
            "max_length": "问题的表述请控制在 1000 字以内，细节写入“具体表现”。",
        },
    )
    detail = long_text("具体表现", rows=4)
    source = forms.CharField(label="问题来源", required=False, max_length=200)
    target = long_text("整改目标", rows=2)
    leader_text = forms.CharField(label="责任领导", required=False, max_length=200)
    lead_text = forms.CharField(label="牵头单位", required=False, max_length=200)
    responsible_text = forms.CharField(label="责任单位", required=False, max_length=500)
    deadline = forms.CharField(label="整改时限", required=False, max_length=80, help_text=DEADLINE_HELP)
    reason = reason_field()
    base = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        issue: Issue,
        data: Any = None,
        *,
        locked: Mapping[str, str],
        within: Container[int] | None = None,
        planned: bool = False,
    ) -> None:
        shown = shown_values(issue)
        super().__init__(data, initial={**shown, "base": json.dumps(shown, ensure_ascii=False)})
        self.issue, self.within = issue, within
        titles = issue.notice.aspects.order_by("number", "pk").values_list("title", flat=True)
        aspect = self.fields["aspect"]
        assert isinstance(aspect, forms.ChoiceField)
        aspect.choices = [("", "未归入方面"), *((title, title) for title in dict.fromkeys(titles))]
        progress = PrintedProgress(issue.progress)  # type: ignore[attr-defined]
        told = {"number": issue.number, "progress": str(progress.label)}
        self.locked = [Locked(name, LABELS[name], told[name], why) for name, why in locked.items()]
        if not planned:
            del self.fields["reason"]

    def clean_base(self) -> dict[str, str]:
        """What stood in the form when it was shown; a broken one compares with what stands there now."""
        try:
            found = json.loads(self.cleaned_data["base"] or "{}")
        except ValueError:
            found = {}
        kept = found if isinstance(found, dict) else {}
        return {name: str(kept.get(name, text)) for name, text in shown_values(self.issue).items()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "deadline" in cleaned and self._touched("deadline"):
            found = parse_deadline(cleaned["deadline"], campaign=self.issue.notice.campaign)
            if found.problem:
                self.add_error("deadline", found.problem)
            cleaned["day"] = found.day
        return cleaned

    def _touched(self, name: str) -> bool:
        typed = self.cleaned_data[name].replace("\r\n", "\n").strip()
        return bool(typed != self.cleaned_data["base"][name].replace("\r\n", "\n").strip())

    def changes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the person touched, and the values the person saw there: for planning.edit_issue."""
        seen = self.cleaned_data["base"]
        touched = [name for name in seen if self._touched(name)]
        values: dict[str, Any] = {}
        for name in touched:
            values |= self._values(name)
        base: dict[str, Any] = {name: seen[name] for name in touched if name != "deadline"}
        if "aspect" in touched:
            base["aspect"] = self._aspect(seen["aspect"])
        return values, base | (_base_deadline(seen["deadline"]) if "deadline" in touched else {})

    def _values(self, name: str) -> dict[str, Any]:
        """The field and what follows from it: an account or unit for a name, a day for words."""
        value = self.cleaned_data[name].replace("\r\n", "\n")
        if name == "aspect":
            return {name: self._aspect(value)}
        if name == "leader_text":
            return {name: value, "leader": people_by_name([value], self.within).get(tidy(value))}
        if name == "lead_text":
            return {name: value, "lead_unit": UnitNames.load(self.within).find(value) if value else None}
        if name == "deadline":
            return {"deadline": self.cleaned_data["day"], "deadline_text": value}
        return {name: value}

    def _aspect(self, title: str) -> Aspect | None:
        """The one the issue stands under, where several bear the same words."""
        if self.issue.aspect and self.issue.aspect.title == title:
            return self.issue.aspect
        return self.issue.notice.aspects.filter(title=title).order_by("number", "pk").first()


def _base_deadline(text: str) -> dict[str, Any]:
    """The form shows the day, or the words where there is no day."""
    try:
        return {"deadline": dt.date.fromisoformat(text) if text else None}
    except ValueError:
        return {"deadline": None, "deadline_text": text}


# Name → label of what the form shows and never takes.
LABELS = {"number": "编号", "progress": "整改进度"}
