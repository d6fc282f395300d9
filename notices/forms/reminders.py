"""Forms of reminder rules, group robots and texts. The rules themselves are checked in domain/reminder_settings.py."""

from typing import Any

from django import forms

from notices.domain.outlets import Wanted
from notices.domain.reminder_rules import (
    EVIDENCE,
    IDLE,
    LOOK_BACK,
    OVERDUE,
    REPLY,
    WAITING_RULE,
    Who,
    name_of,
)
from notices.domain.reminder_settings import LETTERS, RULES, Settings
from notices.terms import OUTLET_KINDS

RUNGS = 6  # thresholds a form offers
_DAYS = {
    OVERDUE: ("every", "每隔几天再提醒"),
    WAITING_RULE: ("after", "等待几天起提醒（0 为不提醒）"),
    IDLE: ("after", "几天无进展起提醒（0 为不提醒）"),
    **dict.fromkeys((REPLY, LOOK_BACK, EVIDENCE), ("ahead", "提前几天提醒")),
}
_WAYS = (("mail", "发邮件"), ("group", "推送到群"), ("must", "个人不能关闭邮件"))
_INVALID = "“%s”应为 0 到 90 之间的整数。"


def _days(label: str, *, required: bool) -> forms.IntegerField:
    wrong = dict.fromkeys(("invalid", "min_value", "max_value"), _INVALID % label)
    return forms.IntegerField(
        label=label, required=required, min_value=0, max_value=90,
        error_messages={**wrong, "required": f"请填写“{label}”。"},
    )  # fmt: skip


class RulesForm(forms.Form):
    """One row for each threshold and rule; `rows` says what a page shows of it. An empty threshold is left out."""

    is_on = forms.BooleanField(label="开启本批次的提醒", required=False)
    working_days = forms.BooleanField(label="阶梯的剩余天数按工作日计算", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, shown: Settings, version: int) -> None:
        initial: dict[str, Any] = {
            "is_on": shown.is_on,
            "working_days": shown.working_days,
            "version": version,
        }
        super().__init__(data, initial=initial)
        self._rows: list[tuple[str, str, str, list[str]]] = []
        for n in range(RUNGS):
            left, tell = shown.rungs[n] if n < len(shown.rungs) else (None, [])
            values = {**shown.rules.get(name_of(left), {}), "days": left, "tell": tell} if tell else {}
            self._add(f"r{n}", f"第 {n + 1} 级", "剩余天数", values, tell=True)
        for rule, label in RULES.items():
            name, words = _DAYS.get(rule, ("", ""))
            values = dict(shown.rules.get(rule, {}))
            values["days"] = values.get(name)
            self._add(rule, label, words, values, tell=rule != WAITING_RULE)

    def _add(self, prefix: str, label: str, days: str, values: dict[str, Any], *, tell: bool) -> None:
        """The fields of one row, as many as its rule has."""
        found: dict[str, forms.Field] = {}
        if days:
            found["days"] = _days(f"{label}：{days}", required=prefix in RULES)
        if tell:
            found["tell"] = forms.MultipleChoiceField(
                label=f"{label}：提醒谁", choices=Who.choices, required=False, widget=forms.CheckboxSelectMultiple
            )  # fmt: skip
        for way, words in _WAYS:
            found[way] = forms.BooleanField(label=words, required=False)
        letters = [("", "不附文书"), *((word, word) for word in LETTERS)]
        found["letter"] = forms.ChoiceField(label=f"{label}：文书", choices=letters, required=False)
        for name, field in found.items():
            field.initial = values.get(name, True if name == "mail" else None)
            self.fields[f"{prefix}-{name}"] = field
        self._rows.append((prefix, label, days, list(found)))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Label, what its days mean, and the bound fields by their short names."""
        return [
            {"label": label, "words": words, "ways": [self[f"{prefix}-{w}"] for w, _ in _WAYS]}
            | {name: self[f"{prefix}-{name}"] for name in names if name in ("days", "tell", "letter")}
            for prefix, label, words, names in self._rows
        ]

    def settings(self) -> Settings:
        data = self.cleaned_data
        rungs, rules = [], {}
        for prefix, _, _, names in self._rows:
            values = {name: data[f"{prefix}-{name}"] for name in names}
            days = values.pop("days", None)
            if prefix not in RULES:
                if days is None:
                    continue
                rungs.append([days, values.pop("tell")])
                prefix = name_of(days)
            elif prefix in _DAYS:
                values[_DAYS[prefix][0]] = days
            rules[prefix] = values
        return Settings(data["is_on"], data["working_days"], rungs, rules)


class OutletForm(forms.Form):
    """`fresh`: a new outlet; the kind of an old one stays. What was kept secret is never sent to a page."""

    kind = forms.ChoiceField(label="类型", choices=[(k.value, k.label) for k in OUTLET_KINDS])
    name = forms.CharField(
        label="名称", max_length=50, error_messages={"required": "请填写渠道名称，例如“整改办工作群”。"}
    )
    address = forms.CharField(
        label="服务器地址",
        max_length=300,
        help_text="只能是系统管理员允许的服务器。机器人填到域名为止，通用接口填完整地址。",
        error_messages={"required": "请填写服务器地址。"},
    )
    token = forms.CharField(
        label="令牌", max_length=200, required=False, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="机器人地址中 key=、access_token= 或 hook/ 后面的一段。保存后不再显示；留空则不改。",
    )  # fmt: skip
    secret = forms.CharField(
        label="密钥", max_length=200, required=False, strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="钉钉、飞书“加签”的密钥，通用接口必填。保存后不再显示；留空则不改。",
    )  # fmt: skip
    drop_secret = forms.BooleanField(label="去掉已有的密钥", required=False)
    is_on = forms.BooleanField(label="启用", required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(self, data: Any = None, *, fresh: bool, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        if fresh:
            del self.fields["drop_secret"]
        else:
            del self.fields["kind"]

    def wanted(self, kind: str = "") -> Wanted:
        data = self.cleaned_data
        return Wanted(
            data.get("kind") or kind,
            data["name"],
            data["address"],
            data["token"],
            data["secret"],
            data["is_on"],
            data.get("drop_secret", False),
        )


class WordingForm(forms.Form):
    subject = forms.CharField(label="邮件标题", max_length=200, required=False)
    body = forms.CharField(
        label="正文", max_length=4000, widget=forms.Textarea(attrs={"rows": 12}), strip=False,
        error_messages={"required": "请填写正文。"},
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, mail: bool, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        if not mail:
            del self.fields["subject"]


class DayForm(forms.Form):
    """One day of the calendar that differs from the published arrangement."""

    day = forms.DateField(
        label="日期",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "请选择日期。", "invalid": "日期应形如 2026-12-31。"},
    )
    is_working = forms.TypedChoiceField(
        label="这一天",
        choices=[("0", "休息"), ("1", "上班")],
        coerce=lambda value: value == "1",
        error_messages={"invalid_choice": "请选择上班或休息。"},
    )
    name = forms.CharField(
        label="说明", max_length=50, required=False, help_text="例如：元旦放假、元旦调休。"
    )
