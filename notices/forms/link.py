"""Forms of a link between two issues."""

from django import forms

from notices.terms import LinkKind


class LinkForm(forms.Form):
    other = forms.IntegerField(
        error_messages={"required": "请选择要关联的问题。", "invalid": "请选择要关联的问题。"}
    )
    kind = forms.ChoiceField(
        choices=LinkKind.choices,
        error_messages={
            "required": "请选择关系：同类问题，或上轮未整改到位。",
            "invalid_choice": "请选择关系：同类问题，或上轮未整改到位。",
        },
    )
    note = forms.CharField(
        required=False, max_length=300, error_messages={"max_length": "说明请控制在 300 字以内。"}
    )


class UnlinkForm(forms.Form):
    why = forms.CharField(
        label="解除理由",
        max_length=300,
        error_messages={"required": "请写明解除关联的理由。", "max_length": "理由请控制在 300 字以内。"},
    )
