"""The form of a review of a sustained task."""

from django import forms

from notices.forms.extension import day
from notices.forms.task import ACCEPT, KINDS, FilesField, FilesForm, FilesWidget, long_text
from notices.terms import ReviewVerdict


class ReviewForm(FilesForm):
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    text = long_text("复查情况", required=True, rows=3, help_text="发现反弹的，写明原因。")
    verdict = forms.ChoiceField(
        label="复查结论",
        choices=ReviewVerdict.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "请选择复查结论：继续坚持、转为已完成整改，或反弹。",
            "invalid_choice": "请从列表中选择复查结论。",
        },
    )
    deadline = day("新的完成时限", help_text="结论为反弹时填写。")
    files = FilesField(  # type: ignore[assignment]  # the field is taken off the class
        label="复查材料",
        required=False,
        help_text=f"转为已完成整改的，须有销号以后的材料。{KINDS}",
        widget=FilesWidget(attrs={"accept": ACCEPT}),
    )
