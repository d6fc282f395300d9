"""The form of an access token. What may be asked for is checked in accounts/tokens.py."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import Scope
from accounts.tokens import Wanted
from notices.models import Notice

_HELP = {
    Scope.READ: "读取能看到的内容",
    Scope.REPORT: "填报进展、签收、申请销号、申请延期、函件批示的签收和回复",
    Scope.MANAGE: "录入、修改、分派、审核、验收、催办等其余操作",
}


class TokenForm(forms.Form):
    """`notices`: those the person sees."""

    name = forms.CharField(
        label="名称",
        max_length=50,
        help_text="写明给哪个系统用，例如“教育局办公系统”。",
        error_messages={"required": "请填写令牌名称，例如“教育局办公系统”。"},
    )
    scopes = forms.MultipleChoiceField(
        label="用途",
        choices=[(scope.value, f"{scope.label}：{_HELP[scope]}") for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        help_text="令牌能做的不会超出您本人的权限；够用就好。",
        error_messages={"required": "请至少选择一项用途。", "invalid_choice": "请从列表中选择用途。"},
    )
    notice = forms.TypedChoiceField(
        label="批次",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "请从列表中选择批次。"},
    )
    last_on = forms.DateField(
        label="有效期至",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="最长一年。到期自动失效。",
        error_messages={"required": "请填写有效期。", "invalid": "有效期应为日期，例如 2026-12-31。"},
    )

    def __init__(self, notices: Iterable[Notice], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["notice"]
        field.choices = [("", "不限批次"), *((row.pk, row.title) for row in notices)]

    def wanted(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(data["name"], data["scopes"], data["last_on"], data["notice"])
