"""The verdict on one task of the queue."""

from typing import Any

from django import forms

from notices.domain.verification import CHOICES, RETURN, Verdict
from notices.forms.task import TOO_LONG
from notices.models import Task


class VerdictForm(forms.Form):
    """One task's part of the page; no choice means that the task is skipped."""

    choice = forms.ChoiceField(
        label="结论",
        required=False,
        choices=[("", "暂不办理"), *CHOICES],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "请从四项中选择结论。"},
    )
    reason = forms.CharField(
        label="验收意见（退回、调整结论的必填）",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": TOO_LONG},
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, task: Task, data: Any = None) -> None:
        super().__init__(data, prefix=f"t{task.pk}", initial={"choice": "", "version": task.version})
        self.task = task

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("choice") == RETURN and not found.get("reason", "").strip():
            self.add_error("reason", "退回请写明理由。")
        return found

    @property
    def verdict(self) -> Verdict | None:
        given = self.cleaned_data
        if not given["choice"]:
            return None
        return Verdict(self.task.pk, given["choice"], given["reason"], given["version"])
