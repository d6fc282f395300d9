"""Shape of what is typed into the plan: its submission, the decision, the grid. No form saves."""

from typing import Any

from django import forms

from accounts.models import Unit
from notices.domain.subplans import lead_choices
from notices.forms.task import TokenForm, long_text
from notices.models import Task


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
