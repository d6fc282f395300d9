"""Shapes of outcomes and meetings."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.access import reach
from accounts.models import Unit
from accounts.roles import Can
from notices.api.serializers import UnitSerializer, VisibleTask
from notices.api.within import within
from notices.models import Meeting, Notice, OutcomeEntry
from notices.terms import MEASURES, MeetingKind, Metric


@extend_schema_field(OpenApiTypes.INT)
class PlannedNotice(serializers.PrimaryKeyRelatedField):
    """A notice of the caller's office; any other is answered as if it did not exist."""

    def get_queryset(self) -> QuerySet[Notice]:
        request = self.context["request"]
        notices = Notice.objects.filter(unit__in=reach(request.user, Can.PLAN)).select_related("unit")
        found: QuerySet[Notice] = within(notices, request)
        return found


class OutcomeSerializer(serializers.ModelSerializer[OutcomeEntry]):
    """`value` is in `measure`, never converted. Of `sentence`, `mark_start` to `mark_end` are the words with the number.
    `documents` are names."""

    unit = UnitSerializer(read_only=True)
    documents = serializers.ListField(source="document_names", child=serializers.CharField(), read_only=True)
    value = serializers.DecimalField(max_digits=18, decimal_places=4, normalize_output=True, read_only=True)

    class Meta:
        model = OutcomeEntry
        fields = [
            "id", "notice", "metric", "value", "measure", "unit", "day", "documents", "remark", "task", "state",
            "source", "sentence", "mark_start", "mark_end", "by_name", "at", "decided_name", "decided_at",
            "voided_why", "replaced_by", "version",
        ]  # fmt: skip
        read_only_fields = fields


class ResultSerializer(serializers.Serializer[Any]):
    """`sure`: it is not a double of an entry with the same unit, metric, value and day."""

    metric = serializers.ChoiceField(Metric.choices)
    value = serializers.DecimalField(max_digits=18, decimal_places=4, min_value=0)
    measure = serializers.ChoiceField([(m, m) for m in MEASURES])
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.active())
    day = serializers.DateField()
    documents = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, default=list
    )
    remark = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")
    task = VisibleTask(required=False, allow_null=True, default=None)
    sure = serializers.BooleanField(default=False)


class EnterSerializer(ResultSerializer):
    notice = PlannedNotice()


class ConfirmSerializer(ResultSerializer):
    """`replaces`: the id of an earlier entry whose running total this continues."""

    replaces = serializers.IntegerField(required=False, allow_null=True, default=None)


class OutcomeLineSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the field is taken off the class
    measure = serializers.CharField()
    total = serializers.DecimalField(max_digits=24, decimal_places=4, normalize_output=True)
    entries = serializers.IntegerField()


class RuleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    unit = serializers.CharField()
    day = serializers.DateField()
    entry = serializers.IntegerField()
    task = serializers.CharField()


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    """`tasks` are the numbers of those the caller sees."""

    tasks = serializers.SerializerMethodField()

    class Meta:
        model = Meeting
        fields = [
            "id", "notice", "kind", "held_on", "subject", "chair", "attendants", "decisions", "tasks", "by_name",
            "at", "voided_at", "voided_why",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_tasks(self, row: Meeting) -> list[str]:
        return [task.number for task in row.seen_tasks]  # type: ignore[attr-defined]


class EnterMeetingSerializer(serializers.Serializer[Any]):
    notice = PlannedNotice()
    kind = serializers.ChoiceField(MeetingKind.choices)
    held_on = serializers.DateField()
    subject = serializers.CharField(max_length=200)
    chair = serializers.CharField(max_length=100)
    attendants = serializers.IntegerField(required=False, allow_null=True, min_value=0, default=None)
    decisions = serializers.CharField(required=False, allow_blank=True, max_length=5000, default="")
    tasks = VisibleTask(many=True, required=False, default=list)


class MeetingFiguresSerializer(serializers.Serializer[Any]):
    """`kinds`: how many by kind; `talks`: 约谈, from their own register."""

    kinds = serializers.DictField(child=serializers.IntegerField())
    talks = serializers.IntegerField()
