"""Accounts: the filter of the list, a person, a role, a reason, a roster."""

from typing import Any

from django import forms
from django.contrib.auth.validators import ASCIIUsernameValidator

from accounts.models import Unit, User
from accounts.roles import Role

STATES = [
    ("", "全部"),
    ("active", "在用"),
    ("locked", "已停用"),
    ("waiting", "任职待审批"),
    ("unused", "快到期未使用"),
]


class UnitChoice(forms.ModelChoiceField):
    """Units of the given ids, in their order."""

    def __init__(self, units: set[int], **more: Any) -> None:
        rows = Unit.objects.without_tree_fields().filter(pk__in=units).order_by("position", "pk")
        more.setdefault("label", "单位")
        errors = {"required": "请选择单位。", "invalid_choice": "请从列表中选择单位。"}
        super().__init__(rows, error_messages=errors, **more)


class PeopleFilter(forms.Form):
    q = forms.CharField(
        label="姓名、登录名、单位", required=False, max_length=50, widget=forms.TextInput({"type": "search"})
    )
    role = forms.ChoiceField(label="角色", required=False, choices=[("", "全部"), *Role.choices])
    state = forms.ChoiceField(label="状态", required=False, choices=STATES)


class PersonForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("name", "position_title", "phone", "email")
        error_messages = {
            "name": {"required": "请填写姓名。"},
            "email": {"invalid": "邮箱写法不对，例如 name@example.cn。"},
        }
        labels = {"email": "邮箱"}
        help_texts = {"phone": "列表和导出中只显示前三位和末四位。"}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError("请填写姓名。")
        return name

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NewPersonForm(PersonForm):
    """A person, and the role proposed with the account."""

    field_order = ("username", "name", "unit", "role", "position_title", "phone", "email")
    version = None  # type: ignore[assignment]
    username = forms.CharField(
        label="登录名",
        max_length=150,
        validators=[ASCIIUsernameValidator(message="登录名只能用英文字母、数字和 @ . + - _。")],
        help_text="例如姓名拼音，英文字母和数字。",
        error_messages={"required": "请填写登录名。"},
    )
    role = forms.ChoiceField(
        label="角色",
        choices=[("", "请选择"), *Role.choices],
        error_messages={"required": "请选择角色。", "invalid_choice": "请从列表中选择角色。"},
    )

    def __init__(self, units: set[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = UnitChoice(units, empty_label="请选择")
        self.order_fields(self.field_order)


class PostForm(forms.Form):
    def __init__(self, units: set[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = UnitChoice(units, empty_label="请选择")
        self.fields["role"] = forms.ChoiceField(
            label="角色",
            choices=[("", "请选择"), *Role.choices],
            error_messages={"required": "请选择角色。", "invalid_choice": "请从列表中选择角色。"},
        )


class SignOutForm(forms.Form):
    """Everybody signed out at once: why, and said twice."""

    why = forms.CharField(
        label="原因",
        max_length=200,
        help_text="记入审计日志，例如：发现账号被盗用、停机维护前。",
        error_messages={"required": "请填写全部下线的原因。"},
    )
    tokens = forms.BooleanField(
        label="接口令牌也一并作废（外部系统随即停止对接，须重新申请令牌）", required=False
    )
    sure = forms.BooleanField(
        label="确认让以上人员全部下线，没有保存的内容由本人重新登录后继续",
        error_messages={"required": "请勾选确认后再办理。"},
    )


class RosterForm(forms.Form):
    file = forms.FileField(
        label="单位人员表",
        widget=forms.ClearableFileInput({"accept": ".xlsx,.ods"}),
        error_messages={"required": "请选择要导入的文件。", "empty": "文件是空的，请检查后重新选择。"},
    )
