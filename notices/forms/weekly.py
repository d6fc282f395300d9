"""Forms of the weekly cycle: a unit's report, the hours of a notice's week, letting a unit in, the texts of an issue."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from notices.domain.weekly import Entry, Line
from notices.domain.weeks import SETTING_FIELDS
from notices.forms.task import TokenForm, long_text
from notices.models import WeekSetting


@dataclass(frozen=True)
class LineFields:
    """A task with the bound fields of its line."""

    line: Line
    text: Any
    next_step: Any
    blocked: Any
    idle: Any
    why: Any
    seen: Any


class WeekReportForm(TokenForm):
    """One group of fields a task. Shape only: what has to be said is decided in domain/weekly.py."""

    def __init__(self, lines: Sequence[Line], data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.lines = lines
        for line in lines:
            self._add(line)

    def _add(self, line: Line) -> None:
        pk = line.task.pk
        idle = forms.BooleanField(label="本周无进展", required=False)
        why = forms.CharField(
            label="无进展的原因",
            required=False,
            max_length=500,
            error_messages={"max_length": "无进展的原因请控制在 500 字以内。"},
        )
        seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
        self.fields |= {
            f"text-{pk}": long_text("本周进展", initial=line.text),
            f"next-{pk}": long_text("下一步打算", rows=2, initial=line.next_step),
            f"blocked-{pk}": long_text("未完成原因", rows=2, initial=line.blocked),
            f"idle-{pk}": idle,
            f"why-{pk}": why,
            f"seen-{pk}": seen,
        }
        self.initial[f"seen-{pk}"] = line.seen

    def groups(self) -> Iterator[LineFields]:
        for line in self.lines:
            names = ("text", "next", "blocked", "idle", "why", "seen")
            yield LineFields(line, *(self[f"{name}-{line.task.pk}"] for name in names))

    def entries(self) -> list[Entry]:
        given = self.cleaned_data
        return [
            Entry(
                pk,
                given[f"text-{pk}"],
                given[f"next-{pk}"],
                given[f"blocked-{pk}"],
                given[f"idle-{pk}"],
                given[f"why-{pk}"],
                given[f"seen-{pk}"],
            )
            for pk in (line.task.pk for line in self.lines)
        ]

    def refuse(self, faults: dict[str, str]) -> None:
        """Put each sentence beside its task; one about a task that is not on the page stands above."""
        for name, sentence in faults.items():
            pk = name.removeprefix("task-")
            idle = self.cleaned_data.get(f"idle-{pk}")
            field = f"why-{pk}" if idle else f"text-{pk}"
            self.add_error(field if field in self.fields else None, sentence)


class WeekSettingForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = WeekSetting
        fields = list(SETTING_FIELDS)
        widgets = {
            "opens_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "closes_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "by_workdays": "开始日放假的，顺延到本周下一个工作日；截止日放假的，提前到本周上一个工作日；整周放假的不报送。",
            "closes_itself": "到时由系统封存台账快照；不勾选的，由整改办在周报页面封存。",
        }

    def _post_clean(self) -> None:
        """The rules stand in domain/weeks.py; the row is written there."""


class ReopenForm(forms.Form):
    unit = forms.IntegerField(widget=forms.HiddenInput)
    why = forms.CharField(
        label="原因",
        max_length=200,
        error_messages={
            "required": "请写明准予补报的原因。",
            "max_length": "原因请控制在 200 字以内。",
        },
    )


class BulletinForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label="标题", max_length=200, error_messages={"required": "请填写标题。"})
    reported = long_text("二、各单位进展", most=20000, rows=12)
    problems = long_text("三、存在问题", most=20000, rows=8)
    next_steps = long_text("四、下一步工作", most=20000, rows=8)
