"""Shape of what is typed into the plan: its submission, the decision, the grid. No form saves."""

from typing import Any

from django import forms

from accounts.models import Unit
from notices.domain.grid import LABELS
from notices.domain.subplans import lead_choices
from notices.forms.task import TokenForm, long_text, reason_field
from notices.ledger.block import read_block
from notices.models import Issue, Task


class SubmitForm(TokenForm):
    note = long_text("报批说明", rows=2, most=1000)


class DecideForm(TokenForm):
    """`reason` is needed to return; the domain says so."""

    review = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    act = forms.ChoiceField(choices=[("approve", "批准"), ("return", "退回")])
    reason = long_text("退回理由", rows=2, most=1000)


class PartForm(TokenForm):
    """A part of a task for a sub-unit."""

    text = long_text("子任务内容", required=True, rows=2)
    lead = forms.ModelChoiceField(
        Unit.objects.none(),
        label="承办单位",
        empty_label="请选择",
        error_messages={
            "required": "请选择承办单位。",
            "invalid_choice": "请从本单位及下属单位中选择承办单位。",
        },
    )
    contact_text = forms.CharField(label="责任人", required=False, max_length=200)
    contact_phone = forms.CharField(label="联系电话", required=False, max_length=50)
    deadline_text = forms.CharField(
        label="完成时限",
        required=False,
        max_length=80,
        help_text="不得晚于上级任务的时限；不填则与上级任务相同。",
    )

    def __init__(self, task: Task, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, prefix="part", **kwargs)
        units = Unit.objects.active().without_tree_fields().filter(pk__in=lead_choices(task))
        self.fields["lead"].queryset = units.by_position()  # type: ignore[attr-defined]


class BlockField(forms.CharField):
    """A block of cells as a spreadsheet puts it on the clipboard."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        super().__init__(strip=False, max_length=2_000_000, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return read_block(text) if text else []


class PasteForm(forms.Form):
    """`seen`: what stood in the cells from the first one rightward and down when the person looked."""

    task = forms.TypedChoiceField(
        label="从哪一项任务起", coerce=int, error_messages={"invalid_choice": "没有这项任务，请刷新后重试。"}
    )
    column = forms.ChoiceField(label="从哪一列起", choices=list(LABELS.items()))
    block = BlockField(
        label="粘贴内容",
        required=True,
        help_text="从 Excel 或 WPS 中复制若干行若干列，粘贴到这里；向右、向下依次填入。",
        error_messages={"required": "请粘贴要填入的内容。"},
    )
    reason = reason_field()
    seen = BlockField(required=False)

    def __init__(self, tasks: list[Task], data: Any = None, *, planned: bool, **kwargs: Any) -> None:
        super().__init__(data, auto_id="paste-%s", **kwargs)
        self.fields["task"].choices = [(t.pk, t.number) for t in tasks]  # type: ignore[attr-defined]
        self.fields["seen"].widget = forms.HiddenInput()
        if not planned:
            self.fields["reason"].widget = forms.HiddenInput()


class AddForm(TokenForm):
    """One more measure of an issue."""

    issue = forms.ModelChoiceField(
        Issue.objects.none(),
        label="问题",
        error_messages={"required": "请选择问题。", "invalid_choice": "没有这个问题。"},
    )
    text = long_text("整改措施", required=True, rows=2)
    reason = reason_field()

    def __init__(self, issues: Any, data: Any = None, *, planned: bool, **kwargs: Any) -> None:
        super().__init__(data, auto_id="add-%s", **kwargs)
        self.fields["issue"].queryset = issues  # type: ignore[attr-defined]
        if not planned:
            del self.fields["reason"]


class MeasureForm(TokenForm):
    """Split in two at the mark, or remove."""

    act = forms.ChoiceField(choices=[("split", "拆分"), ("remove", "移除")])
    text = long_text(
        "整改措施", rows=5, help_text="在要拆开的地方输入“｜”，前一段留在原任务，后一段成为紧随其后的新措施。"
    )
    reason = reason_field()

    def __init__(self, data: Any = None, *, planned: bool, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not planned:
            del self.fields["reason"]

    def halves(self) -> tuple[str, str]:
        """Before and behind the mark; an empty second half without one."""
        first, _, second = self.cleaned_data["text"].replace("|", "｜").partition("｜")
        return first, second
