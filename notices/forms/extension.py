"""Forms of a request for more time: asking, deciding one, deciding many."""

import datetime as dt
from typing import Any

from django import forms

from notices.domain.extensions import Decision
from notices.forms.sheet import IdsField
from notices.forms.task import TokenForm, long_text
from notices.models import Extension
from notices.terms import ExtensionState

YES, NO = "approve", "refuse"
VERDICTS = ((YES, "同意延期"), (NO, "不同意，退回"))


def day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": f"请填写{label}，例如 2026-12-31。",
            "invalid": f"{label}应为日期，例如 2026-12-31。",
        },
    )


class ExtensionForm(TokenForm):
    wanted_on = day("申请延至", required=True, help_text="应晚于现在的完成时限。")
    reason = long_text("延期理由", required=True, most=2000, rows=3)
    done_so_far = long_text("目前进展", required=True, most=2000, rows=2, help_text="写明已经完成的工作。")


class DecideForm(TokenForm):
    """`version` is the request's when the form was shown. Only the office may give another day."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label="审批结论",
        choices=VERDICTS,
        widget=forms.RadioSelect,
        error_messages={
            "required": "请选择同意或不同意延期。",
            "invalid_choice": "请选择同意或不同意延期。",
        },
    )
    granted_on = day("同意延至", help_text="不填就是申请的日期，也可以另定一个日期。")
    note = long_text("审批意见", most=1000, rows=2, help_text="不同意的须写明理由。")

    def __init__(self, row: Extension, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("version", row.version)
        if row.state != ExtensionState.FORWARDED:
            del self.fields["granted_on"]
        else:
            self.fields["granted_on"].initial = row.wanted_on

    def decision(self) -> Decision:
        given: dt.date | None = self.cleaned_data.get("granted_on")
        return Decision(self.cleaned_data["verdict"] == YES, self.cleaned_data["note"], given)


class DecideManyForm(forms.Form):
    """Tasks ticked in a list; `text` is the opinion."""

    id = IdsField(error_messages={"required": "请先勾选有延期申请的任务。"})
    verdict = forms.ChoiceField(
        choices=VERDICTS,
        error_messages={
            "required": "请点“批量同意延期”或“批量退回”。",
            "invalid_choice": "请点“批量同意延期”或“批量退回”。",
        },
    )
    text = forms.CharField(
        label="审批意见",
        required=False,
        max_length=500,
        error_messages={"max_length": "审批意见请控制在 500 字以内。"},
    )
