"""Units: their names, where they stand, merging and splitting; and who takes over from somebody who leaves."""

import re
from typing import Any

from django import forms

from accounts.models import Unit
from notices.forms.people import UnitChoice

_SPLIT = re.compile(r"[、,，;；\n]+")


class UnitForm(forms.ModelForm):
    """`aliases` as words joined by 、."""

    aliases = forms.CharField(
        label="别名",
        required=False,
        max_length=500,
        help_text="台账里可能写的其他名称，用顿号分开；曾用名自动保留在这里。",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Unit
        fields = ("name", "short_name", "aliases", "position", "is_active")
        error_messages = {
            "name": {"required": "请填写单位名称。", "unique": "已有这个名称的单位，请换一个名称。"},
            "position": {"invalid": "排序应为整数，例如 10。"},
        }
        help_texts = {"position": "数字小的排在前面。", "is_active": "停用后不再出现在选择列表中，历史不变。"}

    def clean_aliases(self) -> list[str]:
        parts = (part.strip() for part in _SPLIT.split(self.cleaned_data["aliases"]))
        return list(dict.fromkeys(part for part in parts if part))

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NewUnitForm(UnitForm):
    version = None  # type: ignore[assignment]

    class Meta(UnitForm.Meta):
        fields = ("name", "short_name", "aliases", "position")  # type: ignore[assignment]

    def __init__(self, units: set[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"] = UnitChoice(units, label="上级单位", empty_label="请选择")
        self.order_fields(("name", "parent", "short_name", "aliases", "position"))


class TargetForm(forms.Form):
    """Another unit: the one above after a move, the successor of a merger."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, units: set[int], label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = UnitChoice(units, label=label, empty_label="请选择")


class SplitForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="新单位名称", max_length=100, error_messages={"required": "请填写新单位名称。"}
    )
    short_name = forms.CharField(label="简称", required=False, max_length=30)
    tasks = forms.MultipleChoiceField(label="转到新单位的任务", required=False)
    people = forms.MultipleChoiceField(label="转到新单位的人员", required=False)

    def __init__(
        self, tasks: list[tuple[int, str]], people: list[tuple[int, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        gone = {"invalid_choice": "所选内容刚刚发生变化，请刷新后重选。"}
        for name, choices in (("tasks", tasks), ("people", people)):
            field = forms.TypedMultipleChoiceField(
                label=self.fields[name].label,
                required=False,
                coerce=int,
                choices=choices,
                widget=forms.CheckboxSelectMultiple,
                error_messages=gone,
            )
            self.fields[name] = field
