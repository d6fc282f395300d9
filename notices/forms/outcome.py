"""Forms of outcomes and of the leading group's meetings."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Unit
from notices.domain.meetings import Held
from notices.domain.outcomes import Result
from notices.forms.extension import day
from notices.forms.letter import line_field, unit_field
from notices.forms.task import TokenForm, long_text
from notices.forms.visit import files_field, number_field, version_field
from notices.models import Notice, OutcomeEntry, Task
from notices.terms import MEASURES, MeetingKind, Metric

MOST_NUMBERS = 30


class NumbersField(forms.CharField):
    """Numbers of tasks with commas or blanks between; a list of texts."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=1000, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        for mark in "，、；;\n\t":
            text = text.replace(mark, ",")
        found = [part.strip() for part in text.replace(" ", ",").split(",") if part.strip()]
        if len(found) > MOST_NUMBERS:
            raise forms.ValidationError(f"一次最多填写 {MOST_NUMBERS} 个任务编号。")
        return found


def tasks_of(notice: Notice, numbers: Sequence[str]) -> list[Task]:
    """The tasks with these numbers; one that is not there is refused by its number."""
    found = {t.number: t for t in Task.objects.filter(notice=notice, number__in=list(numbers))}
    unknown = [number for number in numbers if number not in found]
    if unknown:
        raise forms.ValidationError(f"本批次没有编号为“{'、'.join(unknown)}”的任务，请核对。")
    return list(found.values())


class OutcomeForm(TokenForm):
    metric = forms.ChoiceField(
        label="指标",
        choices=[("", "请选择"), *Metric.choices],
        error_messages={"required": "请选择指标。", "invalid_choice": "请从列表中选择指标。"},
    )
    value = forms.DecimalField(
        label="数值",
        max_digits=18,
        decimal_places=4,
        min_value=0,
        error_messages={
            "required": "请填写数值，没有发生的填 0。",
            "invalid": "数值应为数字，例如 33.58。",
            "min_value": "数值不能小于 0。",
            "max_digits": "数值过大，请核对。",
            "max_decimal_places": "数值最多四位小数。",
            "max_whole_digits": "数值过大，请核对。",
        },
    )
    measure = forms.ChoiceField(
        label="计量单位",
        choices=[("", "请选择"), *((m, m) for m in MEASURES)],
        help_text="人和人次、元和万元分开统计，不换算。",
        error_messages={"required": "请选择计量单位。", "invalid_choice": "请从列表中选择计量单位。"},
    )
    day = day("日期", required=True)
    documents = long_text(
        "文件名称", most=5000, rows=3, help_text="一行一个：制定的制度，或证明这项成效的文件。"
    )
    remark = line_field("说明", 500, required=False)
    task = line_field("任务编号", 40, required=False, help_text="例如 W01-001-01，可不填。")
    sure = forms.BooleanField(label="确认不是重复", required=False)

    def __init__(self, notice: Notice, units: Sequence[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notice = notice
        self.fields["unit"] = unit_field("责任单位", units)
        self.order_fields(["metric", "value", "measure", "unit", "day", "documents", "remark", "task"])

    def clean_task(self) -> Task | None:
        number: str = self.cleaned_data["task"].strip()
        return tasks_of(self.notice, [number])[0] if number else None

    def result(self) -> Result:
        given = self.cleaned_data
        names = ("metric", "value", "measure", "unit", "day", "documents", "remark", "task", "sure")
        return Result(**{name: given[name] for name in names})


class NewOutcomeForm(OutcomeForm):
    files = files_field("证明材料")  # type: ignore[assignment]  # taken off the class


class DecideOutcomeForm(OutcomeForm):
    """A proposal as the person puts it. `earlier`: entries it may continue."""

    version = version_field()
    replaces = forms.TypedChoiceField(
        label="与已登记的关系",
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "要替代的登记已经变化，请刷新后重新选择。"},
    )

    def __init__(
        self,
        entry: OutcomeEntry,
        units: Sequence[Unit],
        earlier: Sequence[OutcomeEntry],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        initial = {
            "metric": entry.metric,
            "value": entry.value.normalize() + 0,
            "measure": entry.measure,
            "unit": entry.unit_id,
            "day": entry.day,
            "documents": entry.documents,
            "task": entry.task.number if entry.task else "",
            "version": entry.version,
            "replaces": "",
        }
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(entry.notice, units, *args, prefix=f"o{entry.pk}", **kwargs)
        self.fields["documents"].widget.attrs["rows"] = 2
        if earlier:
            labels = [
                (str(e.pk), f"是累计数，替代 {e.day:%Y-%m-%d} 登记的 {e.number} {e.measure}") for e in earlier
            ]
            self.fields["replaces"].choices = [("", "是新增的，另行登记"), *labels]  # type: ignore[attr-defined]
        else:
            del self.fields["replaces"]


class MeetingForm(TokenForm):
    kind = forms.ChoiceField(
        label="种类",
        choices=[("", "请选择"), *MeetingKind.choices],
        error_messages={"required": "请选择种类。", "invalid_choice": "请从列表中选择种类。"},
    )
    held_on = day("日期", required=True)
    subject = line_field("主题", 200)
    chair = line_field("主持人", 100, help_text="写职务或姓名，例如：县委书记。现场督导写带队领导。")
    attendants = number_field("参加人数", max_value=1_000_000)
    decisions = long_text("议定事项", most=5000, rows=4)
    numbers = NumbersField(label="涉及任务", help_text="填任务编号，用“、”隔开，可不填。")
    files = files_field("会议纪要等材料")  # type: ignore[assignment]  # taken off the class

    def __init__(self, notice: Notice, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.notice = notice

    def clean_numbers(self) -> list[Task]:
        return tasks_of(self.notice, self.cleaned_data["numbers"])

    def held(self) -> Held:
        given = self.cleaned_data
        names = ("kind", "held_on", "subject", "chair", "attendants", "decisions")
        return Held(**{name: given[name] for name in names})


class VoidForm(TokenForm):
    version = version_field()
    why = long_text("作废原因", required=True, most=300, rows=2)
