"""Forms of one task: report, comment, evidence, the fields of each step."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.files.limits import MIB, PDF_SIZE
from accounts.models import Unit, User
from notices.domain.requirements import Ask
from notices.domain.workflow import STEPS
from notices.forms.sheet import IdsField
from notices.models import Task
from notices.terms import Outcome

MOST_FILES = 20
ACCEPT = ".pdf,.ofd,.docx,.xlsx,.jpg,.jpeg,.png,.heic,.txt"
KINDS = f"可上传 pdf、ofd、docx、xlsx、jpg、png、heic、txt；一次最多 {MOST_FILES} 个，单个不超过 40 MB（pdf 为 100 MB）。"
LONG = forms.Textarea(attrs={"rows": 3})
TOO_LONG = "内容过长，请控制在 %(limit_value)d 字以内；详细情况可作为佐证材料上传。"


class FilesWidget(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploads; their number and sizes are bounded before anything is read."""

    widget = FilesWidget

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if self.required and not given:
            raise forms.ValidationError("请选择要上传的文件。")
        if len(given) > MOST_FILES:
            raise forms.ValidationError(f"一次最多上传 {MOST_FILES} 个文件，请分几次上传。")
        for file in given:
            if file.size > PDF_SIZE:
                raise forms.ValidationError(
                    f"“{file.name}”超过 {PDF_SIZE // MIB} MB，请压缩图片或拆分成几个文件后分别上传。"
                )
        return list(given)


def long_text(
    label: str, *, required: bool = False, most: int = 5000, rows: int = 3, **more: Any
) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": f"请填写{label}。", "max_length": TOO_LONG},
        **more,
    )


def reason_field() -> forms.CharField:
    """Why the approved plan is changed; whether it is needed, the domain says."""
    return long_text(
        "修改原因",
        rows=2,
        most=500,
        help_text="整改方案批准以后，改动整改措施、牵头单位、责任领导、完成时限须填写原因，与原方案对照显示。",
    )


class TokenForm(forms.Form):
    """A form whose act is done once."""

    token = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class FilesForm(TokenForm):
    """Files with their kinds: `category` for all of them, or one `each` per file in the order of the files, which the
    page's script adds. `refused` holds a sentence for each file that was not taken although the others were."""

    category = forms.CharField(
        label="材料类别",
        required=False,
        max_length=20,
        widget=forms.Select,
        help_text="选择的类别用于本次上传的文件；上传后还可以改。",
    )

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = tuple(kinds)
        self.refused: list[str] = []
        self.fields["category"].widget.choices = [("", "不分类"), *((kind, kind) for kind in self.kinds)]
        self.order_fields(
            [*(name for name in self.fields if name not in ("category", "files")), "category", "files"]
        )

    def clean_category(self) -> str:
        found: str = self.cleaned_data["category"]
        if found and found not in self.kinds:
            raise forms.ValidationError("请从列表中选择材料类别。")
        return found

    def kinds_of_files(self) -> list[str]:
        """One for each file."""
        count = len(self.cleaned_data["files"])
        name = self.add_prefix("each")
        each = self.data.getlist(name) if hasattr(self.data, "getlist") else []
        if len(each) != count or any(kind and kind not in self.kinds for kind in each):
            return [self.cleaned_data["category"]] * count
        return [kind or self.cleaned_data["category"] for kind in each]


class ReportForm(FilesForm):
    """`merged` are ids of the helping units' parts that were taken into the text."""

    merged = IdsField(required=False)
    text = long_text("整改进展", required=True, rows=4)
    next_step = long_text("下一步打算", rows=2)
    blocked = long_text("未完成原因", rows=2, help_text="遇到困难、需要协调的，写在这里；没有就不填。")
    files = FilesField(  # type: ignore[assignment]  # the field is taken off the class
        label="佐证材料",
        required=False,
        help_text=KINDS,
        widget=FilesWidget(attrs={"accept": ACCEPT, "data-drop": ""}),
    )


class DraftForm(forms.Form):
    """What is typed so far; nothing is required of it."""

    text = long_text("整改进展")
    next_step = long_text("下一步打算")
    blocked = long_text("未完成原因")


class EvidenceForm(FilesForm):
    expires_on = forms.DateField(
        label="有效期至",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "有效期应为日期，例如 2027-12-31。"},
        help_text="许可证、合同等有期限的材料填写，到期前会提醒；没有期限的不填。",
    )
    files = FilesField(  # type: ignore[assignment]
        label="补充佐证材料", help_text=KINDS, widget=FilesWidget(attrs={"accept": ACCEPT, "data-drop": ""})
    )


class LabelForm(forms.Form):
    """Kind and last day of a file that is there already."""

    category = forms.CharField(required=False, max_length=20)
    expires_on = forms.DateField(required=False)


class CommentForm(TokenForm):
    text = long_text(
        "留言",
        required=True,
        most=1000,
        rows=2,
        help_text="写“@姓名”可提醒有关人员，例如“@安经办”；有重名的写“@姓名（单位）”。",
    )


class ReuseForm(TokenForm):
    """Files of other tasks to be attached to this one."""

    category = forms.CharField(
        label="在本任务中的材料类别", required=False, max_length=20, widget=forms.Select
    )
    file = IdsField(error_messages={"required": "请先勾选要引用的材料。"})

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "与原任务相同"), *((kind, kind) for kind in kinds)]
        self.fields["category"].widget.choices = choices


class VoidForm(forms.Form):
    why = forms.CharField(
        label="作废原因",
        max_length=200,
        error_messages={"required": "请写明作废的原因。", "max_length": "作废原因请控制在 200 字以内。"},
    )


# What each step asks: field → label. A step without fields is one button.
ASKED: Mapping[str, Mapping[str, str]] = {
    "assign": {"lead_unit": "牵头单位"},
    "accept": {},
    "decline": {"reason": "退签理由"},
    "reassign": {"lead_unit": "新的牵头单位", "reason": "改派理由"},
    "submit": {
        "outcome": "申请结论",
        "reason": "说明（申请长期坚持的，写明还需坚持的内容）",
        "review_days": "复查周期（天）",
        "no_evidence": "没有佐证材料的原因",
    },
    "withdraw": {},
    "approve": {},
    "return": {"reason": "退回理由"},
    "close": {"outcome": "验收结论", "reason": "验收意见"},
    "reopen": {"reason": "反弹原因", "deadline": "新的完成时限"},
    "complete": {"reason": "复查情况"},
    "cancel": {"reason": "撤销理由", "merged_into": "并入任务"},
}


@dataclass(frozen=True)
class Choices:
    """What the step's lists may hold: units of the notice's party, tasks of the notice."""

    units: Sequence[Unit]
    tasks: Sequence[Task]


class StepForm(TokenForm):
    """The fields of one step. `version` is the task's when the form was shown."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, step: str, task: Task, choices: Choices, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.step = step
        makers = {
            "outcome": self._outcome,
            "lead_unit": lambda label: self._one_of(label, choices.units),
            "merged_into": lambda label: self._one_of(label, choices.tasks),
            "review_days": self._days,
            "deadline": self._day,
        }
        for name, label in ASKED[step].items():
            self.fields[name] = makers.get(name, long_text)(label)
        if task.evidence_count:
            self.fields.pop("no_evidence", None)
        self.initial.setdefault("version", task.version)
        if "outcome" in self.fields:
            self.initial.setdefault(
                "outcome", task.claim or (Outcome.SUSTAINED if task.keep_up else Outcome.COMPLETED)
            )
        if "lead_unit" in self.fields and task.lead_unit_id and step == "assign":
            self.initial.setdefault("lead_unit", task.lead_unit_id)
        if "review_days" in self.fields:
            self.initial.setdefault("review_days", task.review_days)

    def _outcome(self, label: str) -> forms.ChoiceField:
        return forms.ChoiceField(
            label=label, required=False, choices=Outcome.choices, widget=forms.RadioSelect
        )

    def _one_of(self, label: str, rows: Sequence[Any]) -> forms.TypedChoiceField:
        known = {str(row.pk): row for row in rows}
        return forms.TypedChoiceField(
            label=label,
            required=False,
            choices=[("", "请选择"), *((pk, _option(row)) for pk, row in known.items())],
            coerce=known.get,
            empty_value=None,
            error_messages={"invalid_choice": f"{label}无效，请从列表中选择。"},
        )

    def _days(self, label: str) -> forms.IntegerField:
        limits = {"min_value": "复查周期至少 1 天。", "max_value": "复查周期最长 3650 天。"}
        return forms.IntegerField(
            label=label,
            required=False,
            min_value=1,
            max_value=3650,
            help_text="选“阶段性完成并需长期坚持”时填写，例如 90。",
            error_messages={"invalid": "复查周期应为整数天数，例如 90。", **limits},
        )

    def _day(self, label: str) -> forms.DateField:
        return forms.DateField(
            label=label,
            required=False,
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"invalid": f"{label}应为日期，例如 2026-12-31。"},
        )

    def ask(self, *, by: User, at: dt.datetime, today: dt.date) -> Ask:
        """What the person filled in, for the workflow."""
        given = {name: self.cleaned_data[name] for name in ASKED[self.step] if name in self.fields}
        return Ask(by=by, at=at, today=today, **given)

    def refuse(self, fields: Mapping[str, str]) -> None:
        """Put what is missing at its field, or above the form when it has none here."""
        for name, sentence in fields.items():
            self.add_error(name if name in self.fields else None, sentence)

    @property
    def label(self) -> str:
        return STEPS[self.step].label


def _option(row: Any) -> str:
    return row.name if isinstance(row, Unit) else f"{row.number} {row.text[:30]}"
