"""Shapes of the API. They refuse bad input with the sentence the caller needs; they do not save."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.access import reach
from accounts.models import Unit
from accounts.phones import masked
from accounts.roles import Can
from notices.api.batches import MOST, LeftSerializer, refuse_twice
from notices.api.within import within
from notices.domain.contacts import phone_for
from notices.domain.materials import tidy_kinds
from notices.errors import Refused
from notices.forms.intake import MAX_TEXT
from notices.models import Issue, Notice, Nudge, Progress, Task, TaskUnit
from notices.terms import Outcome


class UnitSerializer(serializers.ModelSerializer[Unit]):
    class Meta:
        model = Unit
        fields = ["id", "name", "short_name"]


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    unit = UnitSerializer(read_only=True)

    class Meta:
        model = Notice
        fields = [
            "id",
            "title",
            "unit",
            "inspecting_body",
            "inspection_start",
            "inspection_end",
            "feedback_on",
            "published_on",
            "signed_by",
            "signed_on",
            "stage",
            "preset",
            "version",
        ]
        read_only_fields = fields


def only_known(shape: "serializers.BaseSerializer[Any]", attrs: dict[str, Any]) -> dict[str, Any]:
    """Refuses fields that are not there, and a body that asks for no change."""
    assert isinstance(shape, serializers.Serializer)
    unknown = sorted(set(shape.initial_data) - set(shape.fields))
    if unknown:
        raise serializers.ValidationError({name: "没有这个字段，或不能直接修改。" for name in unknown})
    if not attrs.keys() - {"reason"}:
        raise serializers.ValidationError("没有要修改的内容。")
    return attrs


class IssueSerializer(serializers.ModelSerializer[Issue]):
    """`progress` is derived from all tasks; `n_*` count those the caller sees, top-level and not cancelled."""

    aspect = serializers.CharField(source="aspect.title", default=None, read_only=True)
    progress = serializers.CharField(read_only=True)
    n_tasks = serializers.IntegerField(source="seen_tasks", read_only=True)
    n_completed = serializers.IntegerField(source="seen_completed", read_only=True)
    n_sustained = serializers.IntegerField(source="seen_sustained", read_only=True)

    class Meta:
        model = Issue
        fields = [
            "id",
            "notice",
            "aspect",
            "number",
            "path",
            "title",
            "detail",
            "source",
            "target",
            "leader_text",
            "deadline",
            "deadline_text",
            "progress",
            "n_tasks",
            "n_completed",
            "n_sustained",
            "version",
        ]
        read_only_fields = fields


class IssueChangeSerializer(serializers.ModelSerializer[Issue]):
    """What a PATCH may carry; all fields optional. `reason` is needed where the approved plan is changed. Leader and lead
    unit are matched to accounts and units, which the page shows."""

    title = serializers.CharField(required=False, max_length=1000)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, write_only=True)

    class Meta:
        model = Issue
        fields = [
            "title",
            "detail",
            "source",
            "target",
            "responsible_text",
            "deadline",
            "deadline_text",
            "reason",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return only_known(self, attrs)


class TaskUnitSerializer(serializers.ModelSerializer[TaskUnit]):
    class Meta:
        model = TaskUnit
        fields = ["unit", "unit_text", "role", "note"]
        read_only_fields = fields


class TaskSerializer(serializers.ModelSerializer[Task]):
    """`light` is computed for today. Only the fields of `planning.TASK_FIELDS` can be changed, by PATCH with If-Match."""

    issue_number = serializers.CharField(source="issue.number", read_only=True)
    issue_title = serializers.CharField(source="issue.title", read_only=True)
    lead_unit = UnitSerializer(read_only=True)
    units = TaskUnitSerializer(source="task_units", many=True, read_only=True)
    light = serializers.CharField(read_only=True)
    contact_phone = serializers.SerializerMethodField()

    class Meta:
        model = Task
        fields = [
            "id",
            "notice",
            "issue",
            "issue_number",
            "issue_title",
            "parent",
            "number",
            "heading",
            "text",
            "kind",
            "leader_text",
            "contact_text",
            "contact_phone",
            "lead_unit",
            "units",
            "deadline",
            "deadline_text",
            "keep_up",
            "review_days",
            "state",
            "light",
            "claim",
            "finished_on",
            "closed_on",
            "relapse_count",
            "extension_count",
            "latest_text",
            "latest_next",
            "latest_blocked",
            "latest_at",
            "evidence_count",
            "evidence_kinds",
            "nudge_count",
            "remark",
            "version",
        ]
        read_only_fields = fields

    def get_contact_phone(self, task: Task) -> str:
        """Of one task, the whole number to who has business with it; else its middle is hidden."""
        view = self.context.get("view")
        alone = getattr(view, "action", "") in ("retrieve", "partial_update")
        return phone_for(self.context["request"].user, task) if alone else masked(task.contact_phone)


class TaskChangeSerializer(serializers.ModelSerializer[Task]):
    """What a PATCH may carry; all fields optional. `reason` is needed where the approved plan is changed."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, write_only=True)

    class Meta:
        model = Task
        fields = [
            "heading",
            "text",
            "kind",
            "leader_text",
            "contact_text",
            "contact_phone",
            "deadline",
            "deadline_text",
            "keep_up",
            "review_days",
            "evidence_kinds",
            "remark",
            "reason",
        ]

    def validate_evidence_kinds(self, value: str) -> str:
        try:
            return tidy_kinds(value)
        except Refused as why:
            raise serializers.ValidationError(str(why)) from why

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return only_known(self, attrs)


@extend_schema_field(OpenApiTypes.INT)
class VisibleTask(serializers.PrimaryKeyRelatedField):
    """A task the caller may see; any other is answered as if it did not exist."""

    def get_queryset(self) -> QuerySet[Task]:
        request = self.context["request"]
        tasks = Task.objects.visible_to(request.user).select_related("notice", "issue", "parent")
        found: QuerySet[Task] = within(tasks, request)
        return found


@extend_schema_field(OpenApiTypes.INT)
class PlannedUnit(serializers.PrimaryKeyRelatedField):
    """A unit the caller plans for."""

    def get_queryset(self) -> QuerySet[Unit]:
        return Unit.objects.active().filter(pk__in=reach(self.context["request"].user, Can.PLAN))


class ProgressSerializer(serializers.ModelSerializer[Progress]):
    task = VisibleTask()

    class Meta:
        model = Progress
        fields = ["id", "task", "unit", "text", "next_step", "blocked", "by_name", "on_behalf", "at"]
        read_only_fields = ["unit", "by_name", "on_behalf", "at"]


class StepSerializer(serializers.Serializer[Any]):
    """What a step takes; each step says itself what it needs."""

    version = serializers.IntegerField(required=False, help_text="读取任务时得到的 version,不符则拒绝")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    outcome = serializers.ChoiceField(Outcome.choices, required=False, allow_blank=True, default="")
    lead_unit = serializers.PrimaryKeyRelatedField(
        queryset=Unit.objects.active(), required=False, allow_null=True, default=None
    )
    deadline = serializers.DateField(required=False, allow_null=True, default=None)
    review_days = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=3650, default=None
    )
    no_evidence = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class StepStateSerializer(serializers.Serializer[Any]):
    """One step of the table as it stands for the caller now."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    available = serializers.BooleanField()
    why_not = serializers.CharField(allow_null=True)
    missing = serializers.DictField(child=serializers.CharField())


class NudgeSerializer(serializers.ModelSerializer[Nudge]):
    class Meta:
        model = Nudge
        fields = ["id", "text", "by_name", "unit_name", "at", "answered_at"]
        read_only_fields = ["by_name", "unit_name", "at", "answered_at"]


class NudgeManySerializer(serializers.Serializer[Any]):
    """One push on several tasks, each once."""

    tasks = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=MOST
    )
    text = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")

    def validate_tasks(self, ids: list[int]) -> list[int]:
        refuse_twice(ids)
        return ids


class NudgedManySerializer(serializers.Serializer[Any]):
    """Ids of the tasks pushed, and every task of the request that was refused, with the reason."""

    pushed = serializers.ListField(child=serializers.IntegerField())
    refused = LeftSerializer(many=True)


class SourceSerializer(serializers.Serializer[Any]):
    """A notice or feedback letter: a file, or its text."""

    file = serializers.FileField(required=False)
    text = serializers.CharField(required=False, max_length=MAX_TEXT, trim_whitespace=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("file") and not attrs.get("text", "").strip():
            raise serializers.ValidationError("请上传文件（file），或给出全文（text）。")
        return attrs


class IntakeSerializer(SourceSerializer):
    """`unit` is the inspected party; only units under the caller's office exist here."""

    unit = PlannedUnit()


class TakenSerializer(serializers.Serializer[Any]):
    """What an intake made; `created` false: the same text was taken before and nothing changed."""

    notice = serializers.IntegerField()
    created = serializers.BooleanField()
    aspects = serializers.IntegerField()
    issues = serializers.IntegerField()
    tasks = serializers.IntegerField()
