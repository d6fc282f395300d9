"""Shape of what the office types while it takes a notice in and fills the plan. No form saves."""

from collections.abc import Collection
from typing import Any

from django import forms

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.forms.task import reason_field
from notices.terms import MeasureKind
from notices.text.review import Kind

MAX_TEXT = 2_000_000  # characters of pasted text
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class BeginForm(forms.Form):
    """A file or pasted text, and whose notice it is."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label="被巡视巡察单位",
        empty_label="请选择",
        help_text="通报是哪个单位的，就选哪个单位。",
    )
    file = forms.FileField(
        label="通报或反馈意见文件",
        required=False,
        help_text="支持 .docx、.txt、.html（政府网站网页）、带文字的 .pdf，不超过 40 MB。",
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.txt,.html,.htm,.pdf"}),
    )
    text = forms.CharField(
        label="或粘贴全文",
        required=False,
        max_length=MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "placeholder": "把通报或反馈意见全文粘贴到这里"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.active().without_tree_fields().filter(pk__in=reach(user, Can.PLAN)).by_position()
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("file") and not (data.get("text") or "").strip():
            raise forms.ValidationError("请选择文件，或粘贴通报全文。")
        return data


class HeaderForm(forms.Form):
    """What the opening and the closing of the notice say."""

    title = forms.CharField(label="标题", max_length=200, required=False)
    inspecting_body = forms.CharField(label="巡视巡察组", max_length=100, required=False)
    inspection_start = forms.DateField(label="巡视巡察开始", required=False, widget=DAY)
    inspection_end = forms.DateField(label="巡视巡察结束", required=False, widget=DAY)
    feedback_on = forms.DateField(label="反馈日期", required=False, widget=DAY)
    published_on = forms.DateField(label="公布日期", required=False, widget=DAY)
    signed_by = forms.CharField(label="署名", max_length=100, required=False)
    signed_on = forms.DateField(label="落款日期", required=False, widget=DAY)
    phone = forms.CharField(label="联系电话", max_length=100, required=False)
    address = forms.CharField(label="邮政信箱", max_length=200, required=False)
    postcode = forms.CharField(label="邮编", max_length=20, required=False)
    email = forms.CharField(label="电子邮箱", max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("inspection_start"), data.get("inspection_end")
        if start and end and end < start:
            self.add_error("inspection_end", "巡视巡察结束日期早于开始日期，请核对。")
        return {k: (v if v != "" else None) for k, v in data.items()}


class MoveForm(forms.Form):
    """One move on the outline. `text` may carry the mark | where it is to be split."""

    MOVES = ("kind", "edit", "split", "merge", "up", "down", "drop")

    move = forms.ChoiceField(choices=[(m, m) for m in MOVES])
    node = forms.IntegerField(min_value=1)
    version = forms.IntegerField(min_value=0)
    kind = forms.ChoiceField(choices=[(k.value, k.value) for k in Kind], required=False)
    text = forms.CharField(required=False, max_length=MAX_TEXT)
    heading = forms.CharField(required=False, max_length=1000)
    offset = forms.IntegerField(required=False, min_value=0)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("move") == "split" and data.get("offset") is None:
            text = (data.get("text") or "").replace("｜", "|")
            data["offset"] = text.find("|") if "|" in text else 0
        if data.get("move") == "kind" and not data.get("kind"):
            raise forms.ValidationError("请选择要改成方面、问题、措施还是进度。")
        return data


class FillForm(forms.Form):
    """Units, leader and deadline for the ticked tasks; what is left empty stays as it is."""

    task = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": "请先勾选任务。"})
    lead = forms.ModelChoiceField(Unit.objects.none(), label="牵头单位", required=False, empty_label="不改")
    supporting = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label="配合单位", required=False, widget=forms.SelectMultiple(attrs={"size": 5})
    )
    leader_text = forms.CharField(label="责任领导", max_length=200, required=False)
    deadline_text = forms.CharField(
        label="完成时限",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "如 2026-12-31、12月底前、立行立改"}),
    )
    kind = forms.ChoiceField(label="措施类别", required=False, choices=[("", "不改"), *MeasureKind.choices])
    assign = forms.BooleanField(label="填好后直接分派给牵头单位", required=False)
    reason = reason_field()

    def __init__(
        self,
        *args: Any,
        tasks: list[int],
        within: Collection[int] | None = None,
        planned: bool = False,
        **kwargs: Any,
    ) -> None:
        """`within`: the units to choose from; None for all. `planned`: the plan is approved, changes need a reason."""
        super().__init__(*args, **kwargs)
        if not planned:
            del self.fields["reason"]
        units = Unit.objects.active().without_tree_fields().by_position()
        units = units if within is None else units.filter(pk__in=within)
        self.fields["lead"].queryset = units  # type: ignore[attr-defined]
        self.fields["supporting"].queryset = units  # type: ignore[attr-defined]
        self.fields["task"].choices = [(pk, pk) for pk in tasks]  # type: ignore[attr-defined]
