"""Sign-in, passwords, and the choice of a role."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from accounts.access import memberships
from accounts.models import Unit, User
from accounts.people import Unfit
from accounts.stand_ins import LONGEST, colleague


class SignInForm(AuthenticationForm):
    """One sentence for every failure: it does not tell which names exist."""

    error_messages = {
        "invalid_login": "用户名或密码不正确，请重新输入。连续输错 5 次将锁定 10 分钟。",
        "inactive": "该账号已停用，请联系本单位系统管理员。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "用户名"
        self.fields["username"].error_messages["required"] = "请填写用户名。"
        self.fields["password"].label = "密码"
        self.fields["password"].error_messages["required"] = "请填写密码。"


class OwnPasswordForm(PasswordChangeForm):
    error_messages = {
        "password_incorrect": "原密码不正确，请重新输入。",
        "password_mismatch": "两次输入的新密码不一致，请重新输入。",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"old_password": "原密码", "new_password1": "新密码", "new_password2": "再次输入新密码"}
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].error_messages["required"] = f"请填写{label}。"
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self) -> str:
        new: str = self.cleaned_data["new_password1"]
        if new and new == self.cleaned_data.get("old_password"):
            raise forms.ValidationError("新密码不能与原密码相同，请另设一个。")
        return new


class CodeForm(forms.Form):
    """Six digits of the authenticator, or a recovery code."""

    code = forms.CharField(
        label="动态口令",
        max_length=40,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True}),
        error_messages={"required": "请输入动态口令。"},
    )


class RoleForm(forms.Form):
    """One of the person's own memberships."""

    membership = forms.TypedChoiceField(coerce=int)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].choices = [(m.pk, str(m)) for m in memberships(user)]  # type: ignore[attr-defined]


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": f"请填写{label}。", "invalid": f"{label}应为日期，例如 2026-12-31。"},
    )


class StandInForm(forms.Form):
    """Names are resolved within the chosen unit: `people` gives (person, deputy) once the form is valid."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label="单位",
        empty_label=None,
        error_messages={"required": "请选择单位。", "invalid_choice": "请从列表中选择单位。"},
    )
    person = forms.CharField(
        label="本人", max_length=50, help_text="由谁委托。", error_messages={"required": "请填写本人姓名。"}
    )
    deputy = forms.CharField(
        label="代班人",
        max_length=50,
        help_text="同一单位的同事，填姓名；有重名的填登录名。",
        error_messages={"required": "请填写代班人姓名。"},
    )
    first_on = _day("开始日期")
    last_on = _day("结束日期")
    why = forms.CharField(
        label="事由", required=False, max_length=100, help_text=f"例如出差、休假。一次最长 {LONGEST} 天。"
    )

    def __init__(self, units: list[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        field.queryset = Unit.objects.without_tree_fields().filter(pk__in=[u.pk for u in units])  # type: ignore[attr-defined]
        self.people: dict[str, User] = {}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("person", "deputy"):
            if given.get("unit") and given.get(name):
                try:
                    self.people[name] = colleague(given[name], given["unit"])
                except Unfit as why:
                    self.add_error(name, str(why))
        return given
