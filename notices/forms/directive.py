"""Forms of directives."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from accounts.models import Unit, User
from notices.domain.directives import Words
from notices.forms.letter import day_field, line_field, unit_field
from notices.forms.task import TokenForm, long_text
from notices.models import Task


class DirectiveForm(TokenForm):
    """`in_name`: the writer is of the office, so it asks in which leader's name. `people`: of the one unit offered."""

    text = long_text("批示内容", required=True, most=2000, rows=4)
    reply_by = day_field("回复时限", required=False, help_text="不要求回复、只需阅办的，可以不填。")

    def __init__(
        self, units: Sequence[Unit], people: Sequence[User], *args: Any, in_name: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"] = unit_field("承办单位", units)
        if len(units) == 1:
            self.initial.setdefault("unit", units[0].pk)
        if in_name:
            self.fields["leader_name"] = line_field(
                "批示领导", 50, help_text="代领导登记：写作出批示的领导姓名。"
            )
        if people:
            self.fields["people"] = forms.MultipleChoiceField(
                label="批示给",
                required=False,
                choices=[(str(u.pk), f"{u.name} {u.position_title}".strip()) for u in people],
                widget=forms.CheckboxSelectMultiple,
                help_text="不勾选就是承办单位全体经办人和负责人。",
                error_messages={"invalid_choice": "所选人员不在承办单位，请重新勾选。"},
            )
        self.order_fields(["leader_name", "text", "unit", "people", "reply_by"])

    def words(self) -> Words:
        given = self.cleaned_data
        return Words(
            text=given["text"],
            reply_by=given["reply_by"],
            leader_name=given.get("leader_name", ""),
            people=[int(pk) for pk in given.get("people", [])],
        )


class DirectManyForm(TokenForm):
    """One text for several tasks; each may have a day of its own, the others take the common one."""

    text = long_text("批示内容", required=True, most=2000, rows=4)
    reply_by = day_field(
        "回复时限", required=False, help_text="下面没有单独填写时限的任务都按这一天；不要求回复的，可以不填。"
    )

    def __init__(
        self, tasks: Sequence[Task], *args: Any, in_name: bool, today: dt.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tasks, self.today = tasks, today
        if in_name:
            self.fields["leader_name"] = line_field(
                "批示领导", 50, help_text="代领导登记：写作出批示的领导姓名。"
            )
        self.order_fields(["leader_name", "text", "reply_by"])
        self.common = [name for name in self.fields if name != "token"]
        for task in tasks:
            self.fields[self._day_of(task)] = day_field(f"{task.number} 的回复时限", required=False)

    @staticmethod
    def _day_of(task: Task) -> str:
        return f"day_{task.pk}"

    def common_fields(self) -> list[BoundField]:
        return [self[name] for name in self.common]

    def rows(self) -> Iterator[tuple[Task, BoundField]]:
        return ((task, self[self._day_of(task)]) for task in self.tasks)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in ("reply_by", *map(self._day_of, self.tasks)):
            if (day := given.get(name)) and day < self.today:
                self.add_error(name, f"{self.fields[name].label}不能早于今天。")
        return given

    def words(self) -> Words:
        return Words(text=self.cleaned_data["text"], leader_name=self.cleaned_data.get("leader_name", ""))

    def orders(self) -> list[tuple[Task, dt.date | None]]:
        """Each task with its day to reply by."""
        given = self.cleaned_data
        return [(task, given[self._day_of(task)] or given["reply_by"]) for task in self.tasks]


class EndForm(TokenForm):
    why = forms.CharField(
        label="说明",
        required=False,
        max_length=500,
        error_messages={"max_length": "说明请控制在 500 字以内。"},
    )
