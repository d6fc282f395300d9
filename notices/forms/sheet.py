"""Forms of the task sheet."""

from collections.abc import Sequence
from typing import Any

from django import forms

# Code, label, shown unless switched off. 编号 and 问题 are always there.
COLUMNS: tuple[tuple[str, str, bool], ...] = (
    ("light", "灯色", True),
    ("lead", "牵头单位", True),
    ("supporting", "责任（配合）单位", False),
    ("leader", "责任领导", True),
    ("contact", "责任人", False),
    ("kind", "措施类别", False),
    ("deadline", "完成时限", True),
    ("countdown", "倒计时", True),
    ("state", "整改状态", True),
    ("latest", "最新进展", True),
    ("next", "下一步", True),
    ("evidence", "佐证", True),
    ("notice", "批次", False),
)
MOST_IDS = 500


class IdsField(forms.Field):
    """Row ids of ticked boxes; a list of int."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Sequence[str] | None) -> list[int]:
        if any(not str(v).isdecimal() or len(str(v)) > 18 for v in value or ()):
            raise forms.ValidationError("勾选的任务无效，请刷新页面后重新勾选。")
        return [int(v) for v in value or ()]

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > MOST_IDS:
            raise forms.ValidationError(f"一次最多办理 {MOST_IDS} 项，请分批办理。")


class CellForm(forms.Form):
    value = forms.CharField(
        required=False,
        max_length=5000,
        error_messages={"max_length": "内容过长，请控制在 5000 字以内；详细情况可作为佐证材料上传。"},
    )
    seen = forms.CharField(required=False, max_length=40)


class NudgeForm(forms.Form):
    text = forms.CharField(
        label="催办内容",
        required=False,
        max_length=500,
        error_messages={"max_length": "催办内容请控制在 500 字以内。"},
    )


class SelectionForm(NudgeForm):
    """Rows ticked in a list."""

    id = IdsField(error_messages={"required": "请先勾选要催办的任务，再点“批量催办”。"})
    token = forms.CharField(required=False, max_length=64)


class PickedForm(forms.Form):
    """Rows ticked in a list, to be asked about on a page of their own."""

    id = IdsField(error_messages={"required": "请先勾选要批示的任务，再点“批量批示”。"})


class ColumnsForm(forms.Form):
    columns = forms.MultipleChoiceField(required=False, choices=[(code, label) for code, label, _ in COLUMNS])
