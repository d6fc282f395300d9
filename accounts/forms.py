"""Sign-in, passwords, and the choice of a role."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from accounts.access import memberships
from accounts.models import User


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


class RoleForm(forms.Form):
    """One of the person's own memberships."""

    membership = forms.TypedChoiceField(coerce=int)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].choices = [(m.pk, str(m)) for m in memberships(user)]  # type: ignore[attr-defined]
