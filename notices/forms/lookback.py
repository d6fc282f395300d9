"""Forms of a look-back: making a campaign, judging a task of it, ending it."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import Unit
from notices.domain.lookback import Judgement, Plan
from notices.forms.extension import day
from notices.forms.task import ACCEPT, KINDS, FilesField, FilesForm, FilesWidget, TokenForm, long_text
from notices.models import Aspect
from notices.terms import LookBackVerdict, PoolRule, SampleSize


class LookBackForm(TokenForm):
    title = forms.CharField(
        label="名称",
        max_length=200,
        error_messages={"required": "请填写回头看的名称。", "max_length": "名称请控制在 200 字以内。"},
    )
    starts_on = day("开始日期", required=True)
    ends_on = day("结束日期", required=True)
    method = forms.CharField(
        label="核查方式",
        required=False,
        max_length=200,
        help_text="例如：实地察看、查阅台账、座谈了解。",
        error_messages={"max_length": "核查方式请控制在 200 字以内。"},
    )
    rule = forms.ChoiceField(
        label="抽取范围",
        choices=PoolRule.choices,
        widget=forms.RadioSelect,
        initial=PoolRule.ALL,
        error_messages={"required": "请选择抽取范围。", "invalid_choice": "请选择抽取范围。"},
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label="单位",
        required=False,
        empty_label="请选择",
        help_text="按单位抽取时选择。",
        error_messages={"invalid_choice": "请从列表中选择单位。"},
    )
    aspect = forms.ModelChoiceField(
        Aspect.objects.none(),
        label="方面",
        required=False,
        empty_label="请选择",
        help_text="按方面抽取时选择。",
        error_messages={"invalid_choice": "请从列表中选择方面。"},
    )
    sample = forms.ChoiceField(
        label="抽取数量",
        choices=SampleSize.choices,
        widget=forms.RadioSelect,
        initial=SampleSize.EVERY,
        error_messages={"required": "请选择抽取数量。", "invalid_choice": "请选择抽取数量。"},
    )
    amount = forms.IntegerField(
        label="项数或百分比",
        required=False,
        min_value=1,
        max_value=1000,
        help_text="随机抽取时填写：抽 10 项填 10，抽 20% 填 20。",
        error_messages={
            "invalid": "项数或百分比应为整数，例如 10。",
            "min_value": "至少抽取 1 项。",
            "max_value": "一次最多抽取 1000 项。",
        },
    )

    def __init__(self, units: QuerySet[Unit], aspects: QuerySet[Aspect], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["aspect"].queryset = aspects  # type: ignore[attr-defined]

    def plan(self) -> Plan:
        names = ("title", "starts_on", "ends_on", "method", "rule", "sample", "amount", "unit", "aspect")
        return Plan(**{name: self.cleaned_data[name] for name in names})


class JudgeForm(FilesForm):
    verdict = forms.ChoiceField(
        label="结论",
        choices=LookBackVerdict.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "请选择结论：巩固，或反弹。",
            "invalid_choice": "请选择结论：巩固，或反弹。",
        },
    )
    findings = long_text("核查情况", required=True, rows=4, help_text="发现反弹的，写明原因。")
    deadline = day("新的完成时限", help_text="结论为反弹时填写，任务随即重新整改。")
    files = FilesField(  # type: ignore[assignment]  # the field is taken off the class
        label="核查材料", required=False, help_text=KINDS, widget=FilesWidget(attrs={"accept": ACCEPT})
    )

    def judgement(self) -> Judgement:
        given = self.cleaned_data
        return Judgement(given["verdict"], given["findings"], given["deadline"])


class CloseForm(TokenForm):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    summary = long_text("小结", most=2000, rows=3, help_text="有任务没有结论的，写明原因。")
