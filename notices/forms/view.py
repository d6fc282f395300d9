"""Forms of saved views."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import Unit
from notices.forms.task import TokenForm
from notices.terms import ListKind


class ViewForm(TokenForm):
    """A view under a name. `unit`: those it may be shared with."""

    kind = forms.ChoiceField(choices=ListKind.choices)
    name = forms.CharField(
        label="视图名称",
        max_length=50,
        error_messages={
            "required": "请填写视图名称，50 字以内。",
            "max_length": "请填写视图名称，50 字以内。",
        },
    )
    query = forms.CharField(required=False, max_length=4000, error_messages={"max_length": "筛选条件太长，无法保存为视图。"})  # fmt: skip
    columns = forms.CharField(required=False, max_length=200)
    unit = forms.ModelChoiceField(
        queryset=Unit.objects.none(),
        required=False,
        label="共享给",
        empty_label="只给自己用",
        error_messages={"invalid_choice": "只能共享给本单位及下级单位，请从列表中选择。"},
    )
    version = forms.IntegerField(required=False)

    def __init__(self, units: QuerySet[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = units

    def sentences(self) -> Iterable[str]:
        return (str(sentence) for found in self.errors.values() for sentence in found)
