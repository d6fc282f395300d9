"""What the auditor asks the log for."""

from typing import Any

from django import forms


class AuditForm(forms.Form):
    since = forms.DateField(label="从", required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label="到", required=False, widget=forms.DateInput({"type": "date"}))
    who = forms.CharField(label="姓名", required=False, max_length=50)
    what = forms.CharField(
        label="动作代码",
        required=False,
        max_length=40,
        widget=forms.TextInput({"placeholder": "如 task.submit"}),
    )
    ok = forms.ChoiceField(
        label="结果", required=False, choices=[("", "全部"), ("1", "成功"), ("0", "未成功")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("since", "until"):
            self.fields[name].error_messages["invalid"] = "日期请按 2026-11-22 的格式填写。"

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and since > until:
            raise forms.ValidationError("起始日期不能晚于截止日期。")
        return found
