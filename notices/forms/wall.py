"""Form of a link to the wall."""

import datetime as dt
from typing import Any

from django import forms

from notices.forms.task import TokenForm


class WallLinkForm(TokenForm):
    notice = forms.ChoiceField(label="批次", error_messages={"invalid_choice": "请从列表中选择批次。", "required": "请选择批次。"})  # fmt: skip
    label = forms.CharField(
        label="用途",
        max_length=50,
        widget=forms.TextInput(attrs={"placeholder": "例如：三楼会议室大屏"}),
        error_messages={
            "required": "请填写用途，例如“三楼会议室大屏”。",
            "max_length": "用途请控制在 50 字以内。",
        },
    )
    last_on = forms.DateField(
        label="有效期至",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写有效期。", "invalid": "有效期应为日期，例如 2026-12-31。"},
    )
    names = forms.BooleanField(label="在大屏上显示责任领导姓名", required=False)

    def __init__(self, notices: list[tuple[int, str]], today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["notice"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = notices
        self.fields["last_on"].initial = today + dt.timedelta(days=30)
