"""The form of a subscription. What may be told, and where, is checked in domain/subscriptions.py."""

from collections.abc import Iterable
from typing import Any

from django import forms

from notices.domain.subscriptions import Wanted
from notices.models import Notice
from notices.terms import HookEvent


class SubscriptionForm(forms.Form):
    """`notices`: those the person sees."""

    name = forms.CharField(
        label="名称", max_length=50, error_messages={"required": "请填写名称，例如“教育局办公系统”。"}
    )
    address = forms.CharField(
        label="接收地址",
        max_length=300,
        help_text="对方系统接收推送的完整网址，只能是系统管理员允许的服务器。",
        error_messages={"required": "请填写接收地址。"},
    )
    events = forms.MultipleChoiceField(
        label="事件",
        choices=HookEvent.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一类事件。", "invalid_choice": "请从列表中选择事件。"},
    )
    notice = forms.TypedChoiceField(
        label="批次", required=False, coerce=int, empty_value=None,
        error_messages={"invalid_choice": "请从列表中选择批次。"},
    )  # fmt: skip
    is_on = forms.BooleanField(label="启用", required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(self, notices: Iterable[Notice], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._notices = {row.pk: row for row in notices}
        field: Any = self.fields["notice"]
        field.choices = [("", "不限批次"), *((pk, row.title) for pk, row in self._notices.items())]

    def wanted(self) -> Wanted:
        data = self.cleaned_data
        notice = self._notices.get(data["notice"])
        return Wanted(data["name"], data["address"], data["events"], notice, data["is_on"])
