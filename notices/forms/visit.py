"""Forms of visits and of what they find."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Unit, User
from notices.domain.findings import Found, NewTask, Verdict
from notices.domain.supervision import Held, Visit
from notices.forms.extension import day
from notices.forms.letter import line_field, unit_field
from notices.forms.sheet import IdsField
from notices.forms.task import ACCEPT, KINDS, FilesField, FilesWidget, TokenForm, long_text
from notices.models import Issue, Supervision
from notices.terms import Severity, VisitMethod

NO_METHOD = "请勾选督导方式，至少一种。"


def files_field(label: str) -> FilesField:
    return FilesField(
        label=label, required=False, help_text=KINDS, widget=FilesWidget(attrs={"accept": ACCEPT})
    )


def methods_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="督导方式",
        choices=VisitMethod.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": NO_METHOD, "invalid_choice": NO_METHOD},
    )


def version_field() -> forms.IntegerField:
    return forms.IntegerField(required=False, widget=forms.HiddenInput)


def number_field(label: str, **more: Any) -> forms.IntegerField:
    wrong = {
        "invalid": f"{label}应为整数，例如 3。",
        "min_value": f"{label}不能小于 0。",
        "max_value": f"{label}过大，请核对。",
    }
    return forms.IntegerField(label=label, required=False, min_value=0, error_messages=wrong, **more)


class VisitForm(TokenForm):
    """`done`: the visit took place, so that its summary and meetings are put right as well."""

    version = version_field()
    title = line_field("名称", 200, help_text="例如：第一轮整改专项督导。")
    planned_on = day("计划日期", required=True)
    methods = methods_field()
    others = line_field(
        "其他成员", 300, required=False, help_text="没有账号的成员写姓名，用“、”隔开，例如：甲某、乙某。"
    )
    purpose = long_text("督导内容", most=2000, rows=3)

    def __init__(
        self, units: Sequence[Unit], people: Sequence[User], *args: Any, done: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.known = {str(unit.pk): unit for unit in units}
        self.people = {str(user.pk): user for user in people}
        self.fields["units"] = forms.MultipleChoiceField(
            label="受督导单位",
            choices=[(pk, unit.name) for pk, unit in self.known.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": "请勾选受督导单位，至少一个。",
                "invalid_choice": "所选单位不在本批次范围内，请重新勾选。",
            },
        )
        self.fields["members"] = forms.MultipleChoiceField(
            label="督导组成员",
            required=False,
            choices=[(pk, f"{u.name} {u.position_title}".strip()) for pk, u in self.people.items()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"invalid_choice": "所选成员不是督导组或整改办人员，请重新勾选。"},
        )
        if done:
            self.fields["summary"] = long_text("督导情况", required=True, most=5000, rows=5)
            self.fields["meetings"] = number_field("督导会议（场）", max_value=1000)
        self.order_fields(["title", "planned_on", "members", "others", "units", "methods", "purpose"])

    @staticmethod
    def of(row: Supervision) -> dict[str, Any]:
        """Initial values of the form for a visit."""
        members = list(row.members.all())
        names = {u.name for u in members}
        return {
            "title": row.title,
            "planned_on": row.planned_on,
            "methods": row.methods.split(","),
            "units": [str(u.pk) for u in row.units.all()],
            "members": [str(u.pk) for u in members],
            "others": "、".join(n for n in row.team.split("、") if n not in names),
            "purpose": row.purpose,
            "summary": row.summary,
            "meetings": row.meetings,
            "version": row.version,
        }

    def visit(self) -> Visit:
        given = self.cleaned_data
        return Visit(
            title=given["title"],
            planned_on=given["planned_on"],
            methods=given["methods"],
            units=[self.known[pk] for pk in given["units"]],
            members=[self.people[pk] for pk in given["members"]],
            others=given["others"],
            purpose=given["purpose"],
        )

    def done(self) -> dict[str, Any]:
        if "summary" not in self.fields:
            return {}
        return {
            "summary": self.cleaned_data["summary"].strip(),
            "meetings": self.cleaned_data["meetings"] or 0,
        }


class HeldForm(TokenForm):
    version = version_field()
    held_on = day("督导日期", required=True)
    methods = methods_field()
    meetings = number_field(
        "督导会议（场）", max_value=1000, help_text="督导中召开座谈会、督导会议的场数，没有就不填。"
    )
    summary = long_text("督导情况", required=True, most=5000, rows=5)
    files = files_field("现场照片、督导材料")  # type: ignore[assignment]  # taken off the class

    def held(self) -> Held:
        given = self.cleaned_data
        return Held(given["held_on"], given["methods"], given["summary"], given["meetings"] or 0)


class CallOffForm(TokenForm):
    version = version_field()
    why = long_text("取消原因", required=True, most=300, rows=2)


class MoreFilesForm(TokenForm):
    files = FilesField(label="补充材料", help_text=KINDS, widget=FilesWidget(attrs={"accept": ACCEPT}))  # type: ignore[assignment]  # taken off the class


class FindingForm(TokenForm):
    text = long_text("发现的问题", required=True, most=3000, rows=4)
    severity = forms.ChoiceField(
        label="程度",
        choices=Severity.choices,
        initial=Severity.MINOR,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择问题的程度。", "invalid_choice": "请选择问题的程度。"},
    )
    files = files_field("照片、佐证材料")  # type: ignore[assignment]  # taken off the class

    def __init__(self, units: Sequence[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = unit_field("单位", units)
        if len(units) == 1:
            self.initial.setdefault("unit", units[0].pk)
        self.order_fields(["unit", "text", "severity", "files"])

    def found(self) -> Found:
        given = self.cleaned_data
        return Found(given["unit"], given["text"], given["severity"])


class LinkForm(TokenForm):
    version = version_field()
    tasks = IdsField(label="关联任务", required=False)


class HandForm(TokenForm):
    version = version_field()
    reply_by = day("回复时限", required=True)


class FindingReplyForm(TokenForm):
    version = version_field()
    text = long_text("整改情况", required=True, rows=4)
    files = files_field("整改材料")  # type: ignore[assignment]  # taken off the class


class VerdictForm(TokenForm):
    version = version_field()
    verdict = forms.ChoiceField(
        label="审核结论",
        choices=[("accept", "认可"), ("return", "退回重新整改")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择认可或退回。", "invalid_choice": "请选择认可或退回。"},
    )
    note = long_text("审核意见", most=1000, rows=2, help_text="退回的须写明理由和要求。")
    reply_by = day("新的回复时限", help_text="退回时填写。")

    def said(self) -> Verdict:
        given = self.cleaned_data
        return Verdict(given["verdict"] == "accept", given["note"], given["reply_by"])


class VoidFindingForm(TokenForm):
    version = version_field()
    why = long_text("作废原因", required=True, most=300, rows=2)


class NewTaskForm(TokenForm):
    """`issues` are those of the notice; the task goes to the finding's unit."""

    version = version_field()
    text = long_text("整改措施", required=True, most=3000, rows=4)
    deadline = day("完成时限", help_text="不填就与所属问题的时限相同。")

    def __init__(self, issues: Sequence[Issue], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issues = {str(issue.pk): issue for issue in issues}
        self.fields["issue"] = forms.TypedChoiceField(
            label="所属问题",
            choices=[
                ("", "请选择"),
                *((pk, f"{i.number} {i.title[:40]}") for pk, i in self.issues.items()),
            ],
            coerce=self.issues.get,
            error_messages={
                "required": "请选择所属问题。",
                "invalid_choice": "请从本批次的问题清单中选择问题。",
            },
        )
        self.order_fields(["issue", "text", "deadline"])

    def wanted(self) -> NewTask:
        given = self.cleaned_data
        deadline: dt.date | None = given["deadline"]
        return NewTask(given["issue"], given["text"], deadline)
