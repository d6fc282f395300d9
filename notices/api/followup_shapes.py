"""Shapes of what happens after the plan. Objects a caller may not see are answered as if they were not there."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.access import reach
from accounts.models import Unit
from accounts.roles import Can
from notices.api.serializers import VisibleTask
from notices.api.within import within
from notices.models import Aspect, Extension, Issue, IssueLink, LookBack, LookBackItem, Notice, Review
from notices.terms import LinkKind, LookBackVerdict, PoolRule, ReviewVerdict, SampleSize


class ExtensionSerializer(serializers.ModelSerializer[Extension]):
    task = VisibleTask()

    class Meta:
        model = Extension
        fields = [
            "id", "task", "state", "reason", "done_so_far", "wanted_on", "deadline_before", "asked_by_name",
            "unit_name", "asked_at", "head_name", "head_at", "head_note", "one_person", "office_name",
            "office_at", "office_note", "granted_on", "ended_at",
        ]  # fmt: skip
        read_only_fields = [f for f in fields if f not in ("task", "reason", "done_so_far", "wanted_on")]


class DecisionSerializer(serializers.Serializer[Any]):
    """`granted_on` is the office's alone; without it the day asked for is granted."""

    yes = serializers.BooleanField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")
    granted_on = serializers.DateField(required=False, allow_null=True, default=None)


class ReviewSerializer(serializers.ModelSerializer[Review]):
    task = VisibleTask()
    verdict = serializers.ChoiceField(ReviewVerdict.choices)
    deadline = serializers.DateField(required=False, write_only=True, help_text="反弹时的新时限")

    class Meta:
        model = Review
        fields = ["id", "task", "text", "verdict", "deadline", "on", "by_name", "unit_name", "at"]
        read_only_fields = ["on", "by_name", "unit_name", "at"]


@extend_schema_field(OpenApiTypes.INT)
class VerifiedNotice(serializers.PrimaryKeyRelatedField):
    """A notice the caller verifies."""

    def get_queryset(self) -> QuerySet[Notice]:
        request = self.context["request"]
        notices = Notice.objects.filter(unit__in=reach(request.user, Can.VERIFY)).select_related("unit")
        found: QuerySet[Notice] = within(notices, request)
        return found


class VerifiedUnit(serializers.PrimaryKeyRelatedField):
    def get_queryset(self) -> QuerySet[Unit]:
        return Unit.objects.filter(pk__in=reach(self.context["request"].user, Can.VERIFY))


class VerifiedAspect(serializers.PrimaryKeyRelatedField):
    def get_queryset(self) -> QuerySet[Aspect]:
        request = self.context["request"]
        aspects = Aspect.objects.filter(notice__unit__in=reach(request.user, Can.VERIFY))
        found: QuerySet[Aspect] = within(aspects, request)
        return found


class LookBackSerializer(serializers.ModelSerializer[LookBack]):
    notice = VerifiedNotice()
    unit = VerifiedUnit(required=False, allow_null=True)
    aspect = VerifiedAspect(required=False, allow_null=True)
    rule = serializers.ChoiceField(PoolRule.choices, default=PoolRule.ALL)
    sample = serializers.ChoiceField(SampleSize.choices, default=SampleSize.EVERY)
    amount = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=1000)
    n_items = serializers.IntegerField(read_only=True)
    n_firm = serializers.IntegerField(read_only=True)
    n_relapsed = serializers.IntegerField(read_only=True)

    class Meta:
        model = LookBack
        fields = [
            "id", "notice", "title", "starts_on", "ends_on", "method", "rule", "sample", "amount", "unit",
            "aspect", "seed", "by_name", "at", "closed_at", "summary", "n_items", "n_firm", "n_relapsed",
        ]  # fmt: skip
        read_only_fields = ["seed", "by_name", "at", "closed_at", "summary"]
        validators: list[Any] = []  # the rule answers for names used twice


class LookBackItemSerializer(serializers.ModelSerializer[LookBackItem]):
    class Meta:
        model = LookBackItem
        fields = ["id", "look_back", "task", "position", "verdict", "findings", "by_name", "unit_name", "at"]
        read_only_fields = fields


class JudgementSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(LookBackVerdict.choices)
    findings = serializers.CharField(max_length=5000)
    deadline = serializers.DateField(required=False, allow_null=True, default=None)


class CloseSerializer(serializers.Serializer[Any]):
    summary = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


@extend_schema_field(OpenApiTypes.INT)
class VisibleIssue(serializers.PrimaryKeyRelatedField):
    def get_queryset(self) -> QuerySet[Issue]:
        request = self.context["request"]
        issues = Issue.objects.visible_to(request.user).select_related("notice")
        found: QuerySet[Issue] = within(issues, request)
        return found


class LinkSerializer(serializers.ModelSerializer[IssueLink]):
    """Made with `issue` and `other`; answered with the earlier and the later one."""

    issue = VisibleIssue(write_only=True)
    other = VisibleIssue(write_only=True)
    kind = serializers.ChoiceField(LinkKind.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")

    class Meta:
        model = IssueLink
        fields = ["id", "issue", "other", "earlier", "later", "kind", "note", "words", "by_name", "at"]
        read_only_fields = ["earlier", "later", "words", "by_name", "at"]


class WhySerializer(serializers.Serializer[Any]):
    why = serializers.CharField(max_length=300)
