"""Forms of 通报: one per part, one per item, and those of its steps."""

import json
from collections.abc import Mapping
from typing import Any, Self

from django import forms

from notices.domain.publications import PARTS
from notices.forms.letter import day_field, line_field
from notices.forms.sheet import IdsField
from notices.forms.task import TokenForm, long_text
from notices.models import Publication, PublicationItem
from notices.terms import WithholdReason

_MOST = 30_000  # characters of one part
LABELS = {
    "head": "标题和开头",
    "front": "第一部分",
    "intro": "第二部分的标题",
    "next": "第三部分",
    "closing": "结尾、联系方式和落款",
    "settings": "印发设置",
}
_LINES = "一行一段。以“一、”“（一）”开头的行排成小标题；数据从右侧列表中选用，随台账变化，印发时固定。"


def _tick(label: str, help_text: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


def _fields() -> dict[str, forms.Field]:
    """Every field of every part, new for each form."""
    return {
        "title": line_field("标题", 200),
        "opening": long_text("开头", most=5000, rows=5, help_text="巡视巡察和反馈的时间、公布的依据。"),
        "front": long_text("第一部分：组织开展情况", most=_MOST, rows=18, help_text=_LINES),
        "intro": long_text(
            "第二部分的标题", most=5000, rows=4, help_text="第一行为“二、……”，以下可写一段总说。"
        ),
        "next_steps": long_text("第三部分：下一步安排", most=_MOST, rows=14, help_text=_LINES),
        "closing": long_text("结尾语", most=2000, rows=3),
        "phone": line_field("联系电话", 100, required=False),
        "address": line_field("邮政信箱", 200, required=False),
        "postcode": line_field("邮政编码", 20, required=False),
        "email": line_field("电子邮箱", 100, required=False),
        "signed_by": line_field("署名", 100, required=False),
        "signed_on": day_field("公布日期", required=False),
        "renumbers": _tick("不公开的条目之后重新编号", "勾选后编号连续；不勾选则保留原编号，不公开处跳号。"),
        "prints_progress": _tick("逐条印出整改进度", "每项之后印“整改进度：已完成整改。”等。"),
        "moves_stage": _tick("印发后批次转为“已公开”", "阶段性公布、批次仍按整改中办理的，不要勾选。"),
    }


class SeenForm(forms.Form):
    """A form that knows what stood in its fields when it was opened (`base`, words by field) and of which version.

    So two people's changes of different fields are both kept, and those of one field are shown beside the original.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    base = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def seen(self) -> dict[str, str]:
        """What stood there, by field; empty when the form came without it."""
        try:
            found = json.loads(self.cleaned_data.get("base") or "{}")
        except ValueError:
            return {}
        return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}

    def carry_on(self, values: Mapping[str, Any], *, version: int, base: Mapping[str, Any]) -> None:
        """Show these values instead of those sent; a second save decides against `base`."""
        shown = {name: words_of(value) for name, value in values.items()}
        self.data = {**dict(self.data.items()), **shown, "version": str(version), "base": base_of(base)}


def words_of(value: Any) -> str:
    """A field's value as words: a day as 2026-11-22, a tick as `on`."""
    if isinstance(value, bool):
        return "on" if value else ""
    return str(_plain(value) or "")


def base_of(values: Mapping[str, Any]) -> str:
    return json.dumps({name: words_of(value) for name, value in values.items()}, ensure_ascii=False)


class PartForm(SeenForm):
    """The fields of one part."""

    def __init__(self, part: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = _fields()
        for name in PARTS[part]:
            self.fields[name] = known[name]

    @classmethod
    def of(cls, part: str, publication: Publication) -> "PartForm":
        values = {name: getattr(publication, name) for name in PARTS[part]}
        kept = {"version": publication.version, "base": base_of(values)}
        return cls(part, initial={**values, **kept})

    def clean(self) -> dict[str, Any]:
        """Line ends as the database keeps them."""
        given = super().clean() or self.cleaned_data
        return {name: _plain(value) for name, value in given.items()}


class ItemForm(SeenForm):
    title = line_field("问题", 1000, help_text="不写编号，编号自动排列。")
    body = long_text("整改情况", most=_MOST, rows=14, help_text="一行一段；“整改情况：”和整改进度自动印上。")

    @classmethod
    def of(cls, item: PublicationItem) -> Self:
        values = {"title": item.title, "body": item.body}
        return cls(initial={**values, "version": item.version, "base": base_of(values)})

    def clean_body(self) -> str:
        return str(_plain(self.cleaned_data["body"]))


class HeadingForm(ItemForm):
    """A heading has no text of its own."""

    title = line_field("标题", 1000, help_text="不写编号，编号自动排列。")
    body = forms.CharField(required=False, widget=forms.HiddenInput, empty_value="")


def _plain(value: Any) -> Any:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value


class WithholdForm(TokenForm):
    items = IdsField(required=False)
    reason = forms.ChoiceField(
        label="不公开的原因",
        choices=[("", "请选择"), *WithholdReason.choices],
        required=False,
        error_messages={"invalid_choice": "没有这种原因，请从列表中选择。"},
    )
    note = line_field("说明", 500, required=False, help_text="依据、批示文号等，不会公开。")


class BackForm(TokenForm):
    """Why it is returned or withdrawn."""

    reason = long_text("原因", most=500, rows=2)


class ReleaseForm(TokenForm):
    noted = forms.BooleanField(label="已逐条核对上面的提示", required=False)
