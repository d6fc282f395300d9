"""Shapes of the plan over HTTP: its standing, measures, parts. They do not save."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.access import reach
from accounts.models import Unit
from accounts.roles import Can
from notices.api.within import within
from notices.models import Issue


class PlanFindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    numbers = serializers.ListField(child=serializers.CharField())


class BaselineSerializer(serializers.Serializer[Any]):
    """The approved plan; `intact`: its rows still give the digest of the approval."""

    at = serializers.DateTimeField()
    approved_by = serializers.CharField(source="review.decided_by_name")
    alone = serializers.BooleanField(source="review.alone")
    issues = serializers.IntegerField()
    tasks = serializers.IntegerField()
    digest = serializers.CharField()


class PlanReviewSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    state = serializers.CharField()
    note = serializers.CharField()
    by_name = serializers.CharField()
    at = serializers.DateTimeField()
    decided_by_name = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class DeviationSerializer(serializers.Serializer[Any]):
    """One field that is no longer as approved. `task` is null for an issue's own field."""

    number = serializers.CharField()
    issue = serializers.IntegerField(source="issue.pk")
    task = serializers.IntegerField(source="task.pk", default=None, allow_null=True)
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    planned = serializers.CharField()
    now = serializers.CharField()
    reason = serializers.CharField()
    by_name = serializers.CharField()
    at = serializers.DateTimeField()


class PlanSerializer(serializers.Serializer[Any]):
    """`blocking` must be put right before the plan is submitted, `remarks` are only told."""

    baseline = BaselineSerializer(allow_null=True)
    intact = serializers.BooleanField(allow_null=True)
    last = PlanReviewSerializer(allow_null=True)
    blocking = PlanFindingSerializer(many=True)
    remarks = PlanFindingSerializer(many=True)
    deviations = DeviationSerializer(many=True)


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class ReturnSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


@extend_schema_field(OpenApiTypes.INT)
class PlannedIssue(serializers.PrimaryKeyRelatedField):
    """An issue of a notice the caller plans."""

    def get_queryset(self) -> QuerySet[Issue]:
        units = reach(self.context["request"].user, Can.PLAN)
        issues = Issue.objects.filter(notice__unit__in=units).select_related("notice")
        found: QuerySet[Issue] = within(issues, self.context["request"])
        return found


class MeasureSerializer(serializers.Serializer[Any]):
    """`reason` is needed once the plan is approved."""

    issue = PlannedIssue()
    text = serializers.CharField(max_length=5000)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class SplitSerializer(serializers.Serializer[Any]):
    first = serializers.CharField(max_length=5000)
    second = serializers.CharField(max_length=5000)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class PartSerializer(serializers.Serializer[Any]):
    """A part for a sub-unit of the task's lead unit (`lead`); without `deadline_text` it is due with the task."""

    text = serializers.CharField(max_length=5000)
    lead = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.none())
    contact_text = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    contact_phone = serializers.CharField(required=False, allow_blank=True, max_length=50, default="")
    deadline_text = serializers.CharField(required=False, allow_blank=True, max_length=80, default="")

    def __init__(self, *args: Any, within: set[int] | None = None, **kwargs: Any) -> None:
        """`within`: ids of the units a part may go to."""
        super().__init__(*args, **kwargs)
        units = Unit.objects.active().filter(pk__in=within or ())
        self.fields["lead"].queryset = units  # type: ignore[attr-defined]
