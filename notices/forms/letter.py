"""Forms of letters, their templates, talks and criticisms."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Unit
from notices.domain.letters import Content
from notices.domain.rebukes import Held
from notices.forms.sheet import IdsField
from notices.forms.task import TokenForm, long_text
from notices.models import Letter, Notice
from notices.terms import LetterKind, PaperKind, RebukeKind

MOST_TEMPLATE = 2 * 1024 * 1024


def day_field(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": f"{label}应为日期，例如 2026-12-31。", "required": f"请填写{label}。"},
        **more,
    )


def line_field(label: str, most: int, *, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        error_messages={"required": f"请填写{label}。", "max_length": f"{label}请控制在 {most} 字以内。"},
        **more,
    )


def unit_field(label: str, units: Sequence[Unit]) -> forms.TypedChoiceField:
    """One of these units; a Unit."""
    known = {str(unit.pk): unit for unit in units}
    return forms.TypedChoiceField(
        label=label,
        choices=[("", "请选择"), *((pk, unit.name) for pk, unit in known.items())],
        coerce=known.get,
        error_messages={"required": f"请选择{label}。", "invalid_choice": f"{label}无效，请从列表中选择。"},
    )


class LetterStartForm(TokenForm):
    """Of which kind, to which unit, about which of its tasks."""

    kind = forms.ChoiceField(
        label="种类",
        choices=LetterKind.choices,
        error_messages={"required": "请选择函件种类。", "invalid_choice": "没有这种函件，请从列表中选择。"},
    )
    tasks = IdsField(label="涉及任务", error_messages={"required": "请勾选涉及的任务，至少一项。"})

    def __init__(self, units: Sequence[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = unit_field("主送单位", units)


class LetterForm(TokenForm):
    """The words of a draft. `version` is that of the page."""

    title = line_field("标题", 200)
    text = long_text(
        "正文",
        required=True,
        most=20_000,
        rows=14,
        help_text="一行一段。以“一、”“（一）”开头的短行排成小标题；末尾自动附上任务清单、署名和日期。",
    )
    signature = line_field("署名", 100)
    reply_by = day_field("回复时限", required=False, help_text="不要求回复的，可以不填。")
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, letter: Letter, token: str) -> "LetterForm":
        names = ("title", "text", "signature", "reply_by", "version")
        return cls(initial={**{name: getattr(letter, name) for name in names}, "token": token})

    def content(self) -> Content:
        given = self.cleaned_data
        return Content(given["title"], given["text"], given["signature"], given["reply_by"])


class ReplyForm(TokenForm):
    text = long_text("回复内容", required=True, most=5000, rows=4)


class WhyForm(TokenForm):
    why = long_text("原因", required=True, most=300, rows=2)


class TemplateForm(TokenForm):
    """`notice` decides the party; a PaperKind and a .docx."""

    kind = forms.ChoiceField(
        label="文书种类",
        choices=PaperKind.choices,
        error_messages={"required": "请选择文书种类。", "invalid_choice": "没有这种文书，请从列表中选择。"},
    )
    file = forms.FileField(
        label="模板文件",
        widget=forms.FileInput(attrs={"accept": ".docx"}),
        help_text="Word 文档（.docx），不超过 2 MB；要填写的位置写成〔标题〕〔正文〕这样的形式。",
        error_messages={
            "required": "请选择模板文件。",
            "empty": "选择的文件是空的，请重新选择。",
            "invalid": "没有收到文件，请重新选择。",
        },
    )

    def __init__(self, units: Sequence[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = unit_field("使用单位", units)
        self.order_fields(["unit", "kind", "file"])

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_TEMPLATE:
            raise forms.ValidationError(f"“{file.name}”超过 2 MB，请删去图片后重新上传。")
        return file


class RebukeForm(TokenForm):
    kind = forms.ChoiceField(
        label="种类",
        choices=RebukeKind.choices,
        error_messages={"required": "请选择种类。", "invalid_choice": "没有这个种类，请从列表中选择。"},
    )
    held_on = day_field("日期")
    person = line_field(
        "对象", 100, required=False, help_text="被约谈或被通报的人，写姓名和职务；对单位的不填。"
    )
    held_by = line_field("实施人", 100, help_text="由谁约谈、由谁通报。")
    reason = long_text("事由", required=True, most=2000, rows=3)
    outcome = long_text("结果", most=2000, rows=2)
    tasks = IdsField(label="涉及任务", required=False)
    file = forms.FileField(
        label="文件",
        required=False,
        help_text="约谈记录、通报文件等，pdf、ofd、docx、jpg、png，可不传。",
        error_messages={"empty": "选择的文件是空的，请重新选择。", "invalid": "没有收到文件，请重新选择。"},
    )

    def __init__(self, notice: Notice, units: Sequence[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = unit_field("单位", units)
        self.order_fields(["kind", "held_on", "unit"])

    def held(self) -> Held:
        given = self.cleaned_data
        names = ("held_on", "held_by", "reason", "person", "outcome")
        return Held(kind=RebukeKind(given["kind"]), **{name: given[name] for name in names})
