"""Shapes of visits and of what they find."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Unit
from notices.api.followup_shapes import VerifiedNotice
from notices.api.push_serializers import VisibleIssue
from notices.api.serializers import UnitSerializer, VisibleTask
from notices.api.within import within
from notices.domain import supervision
from notices.models import Finding, FindingReply, Supervision, SupervisionFile
from notices.terms import Severity, VisitMethod


@extend_schema_field(OpenApiTypes.INT)
class VisibleVisit(serializers.PrimaryKeyRelatedField):
    def get_queryset(self) -> QuerySet[Supervision]:
        request = self.context["request"]
        rows = Supervision.objects.visible_to(request.user).select_related("notice")
        found: QuerySet[Supervision] = within(rows, request)
        return found


class VisitFileSerializer(serializers.ModelSerializer[SupervisionFile]):
    """A picture or paper of a visit, of a finding or of a reply; its bytes at `content/`."""

    class Meta:
        model = SupervisionFile
        fields = ["id", "supervision", "finding", "reply", "name", "kind", "size", "sha256", "by_name", "at"]
        read_only_fields = fields


class SupervisionSerializer(serializers.ModelSerializer[Supervision]):
    """`methods` are codes: talk, papers, site. `summary` is null for whoever may not read what it says of all units."""

    units = UnitSerializer(many=True, read_only=True)
    methods = serializers.SerializerMethodField()
    summary = serializers.SerializerMethodField()
    findings = serializers.IntegerField(source="n_findings", read_only=True)
    findings_open = serializers.IntegerField(source="n_open", read_only=True)

    class Meta:
        model = Supervision
        fields = [
            "id", "notice", "title", "state", "planned_on", "held_on", "methods", "team", "units", "purpose",
            "summary", "meetings", "called_off_why", "by_name", "at", "ended_name", "ended_at", "findings",
            "findings_open", "version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(VisitMethod.choices)))
    def get_methods(self, row: Supervision) -> list[str]:
        return row.methods.split(",")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_summary(self, row: Supervision) -> str | None:
        return row.summary if supervision.reads_all(self.context["request"].user, row) else None


class PlanVisitSerializer(serializers.Serializer[Any]):
    notice = VerifiedNotice()
    title = serializers.CharField(max_length=200)
    planned_on = serializers.DateField()
    methods = serializers.ListField(child=serializers.ChoiceField(VisitMethod.choices), allow_empty=False)
    units = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.active(), many=True)
    team = serializers.CharField(max_length=300, help_text="成员姓名，用“、”隔开。")
    purpose = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


class HeldSerializer(serializers.Serializer[Any]):
    held_on = serializers.DateField()
    methods = serializers.ListField(child=serializers.ChoiceField(VisitMethod.choices), allow_empty=False)
    summary = serializers.CharField(max_length=5000)
    meetings = serializers.IntegerField(min_value=0, max_value=1000, default=0)


class VisitFiguresSerializer(serializers.Serializer[Any]):
    """Of the visits carried out that the filters leave; see domain/statistics_visits.py for what each counts."""

    visits = serializers.IntegerField()
    unit_visits = serializers.IntegerField()
    units = serializers.IntegerField()
    meetings = serializers.IntegerField()
    methods = serializers.DictField(child=serializers.IntegerField())
    findings = serializers.IntegerField()
    severities = serializers.DictField(child=serializers.IntegerField())
    accepted = serializers.IntegerField()
    open = serializers.IntegerField()
    overdue = serializers.IntegerField()
    tasks = serializers.IntegerField()


class FindingReplySerializer(serializers.ModelSerializer[FindingReply]):
    """`accepted` null: not judged yet."""

    class Meta:
        model = FindingReply
        fields = [
            "id", "text", "by_name", "unit_name", "on_behalf", "at", "accepted", "note", "judged_name",
            "judged_at",
        ]  # fmt: skip
        read_only_fields = fields


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """`tasks` are the numbers of those the caller sees."""

    unit = UnitSerializer(read_only=True)
    tasks = serializers.SerializerMethodField()
    replies = FindingReplySerializer(many=True, read_only=True)

    class Meta:
        model = Finding
        fields = [
            "id", "supervision", "notice", "position", "unit", "text", "severity", "state", "tasks", "by_name",
            "at", "handed_name", "handed_at", "reply_by", "replied_at", "replies", "ended_name", "ended_at",
            "voided_why", "version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_tasks(self, row: Finding) -> list[str]:
        return [task.number for task in row.seen_tasks]  # type: ignore[attr-defined]


class RecordFindingSerializer(serializers.Serializer[Any]):
    supervision = VisibleVisit()
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.all())
    text = serializers.CharField(max_length=3000)
    severity = serializers.ChoiceField(Severity.choices, default=Severity.MINOR)


class HandSerializer(serializers.Serializer[Any]):
    reply_by = serializers.DateField()


class JudgeReplySerializer(serializers.Serializer[Any]):
    """A reply that is not accepted needs `note` and a new `reply_by`."""

    accepted = serializers.BooleanField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")
    reply_by = serializers.DateField(required=False, allow_null=True, default=None)


class LinkTasksSerializer(serializers.Serializer[Any]):
    tasks = VisibleTask(many=True)


class FindingTaskSerializer(serializers.Serializer[Any]):
    issue = VisibleIssue()
    text = serializers.CharField(max_length=3000)
    deadline = serializers.DateField(required=False, allow_null=True, default=None)
