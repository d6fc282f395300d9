"""Forms of a notice's page."""

from django import forms

from notices.terms import Stage


class StageForm(forms.Form):
    """`version` is that of the page the person looked at."""

    stage = forms.ChoiceField(
        label="阶段",
        choices=Stage.choices,
        error_messages={
            "required": "请选择要改为的阶段。",
            "invalid_choice": "没有这个阶段，请从列表中选择。",
        },
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class MaterialsForm(forms.Form):
    """应交材料 of the whole notice."""

    evidence_kinds = forms.CharField(
        label="应交材料",
        required=False,
        max_length=200,
        error_messages={"max_length": "应交材料请控制在 200 字以内。"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
