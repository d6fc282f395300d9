"""Shapes of directives and letters."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Unit
from notices.api.batches import MOST, LeftSerializer, refuse_twice
from notices.api.serializers import UnitSerializer, VisibleTask
from notices.api.within import within
from notices.models import Directive, DirectiveReply, Issue, Letter, LetterReply
from notices.terms import DirectiveEnd, LetterKind


class DirectiveReplySerializer(serializers.ModelSerializer[DirectiveReply]):
    class Meta:
        model = DirectiveReply
        fields = ["id", "text", "by_name", "unit_name", "at"]
        read_only_fields = ["by_name", "unit_name", "at"]


class DirectiveSerializer(serializers.ModelSerializer[Directive]):
    """`reply_by` None: no reply asked for. `replied_at` is the first reply."""

    unit = UnitSerializer(read_only=True)
    replies = DirectiveReplySerializer(many=True, read_only=True)

    class Meta:
        model = Directive
        fields = [
            "id",
            "notice",
            "task",
            "issue",
            "unit",
            "leader_name",
            "text",
            "reply_by",
            "by_name",
            "on_behalf",
            "at",
            "replied_at",
            "replies",
            "ended_at",
            "ended_how",
            "ended_why",
        ]
        read_only_fields = fields


@extend_schema_field(OpenApiTypes.INT)
class VisibleIssue(serializers.PrimaryKeyRelatedField):
    """An issue the caller may see; any other is answered as if it did not exist."""

    def get_queryset(self) -> QuerySet[Issue]:
        request = self.context["request"]
        issues = Issue.objects.visible_to(request.user).select_related("notice__unit", "leader")
        found: QuerySet[Issue] = within(issues, request)
        return found


class GiveSerializer(serializers.Serializer[Any]):
    """A directive on a task or an issue. `unit`: a lead unit; may be left out when there is only one."""

    task = VisibleTask(required=False, allow_null=True)
    issue = VisibleIssue(required=False, allow_null=True)
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.active(), required=False)
    text = serializers.CharField(max_length=2000)
    reply_by = serializers.DateField(required=False, allow_null=True, default=None)
    leader_name = serializers.CharField(required=False, allow_blank=True, max_length=50, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("task")) == bool(attrs.get("issue")):
            raise serializers.ValidationError("请给出任务（task）或问题（issue），二者只能有一个。")
        return attrs


class OrderSerializer(serializers.Serializer[Any]):
    """`reply_by` left out: the day common to all."""

    task = serializers.IntegerField(min_value=1)
    reply_by = serializers.DateField(required=False, allow_null=True, default=None)


class GiveManySerializer(serializers.Serializer[Any]):
    """The same words on several tasks, each once, to the lead unit of each."""

    text = serializers.CharField(max_length=2000)
    reply_by = serializers.DateField(required=False, allow_null=True, default=None)
    leader_name = serializers.CharField(required=False, allow_blank=True, max_length=50, default="")
    tasks = OrderSerializer(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]

    def validate_tasks(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        refuse_twice([row["task"] for row in rows])
        return rows


class GivenManySerializer(serializers.Serializer[Any]):
    """What was given, and every task of the request that was refused, with the reason."""

    given = DirectiveSerializer(many=True)
    refused = LeftSerializer(many=True)


class EndSerializer(serializers.Serializer[Any]):
    """`why` is asked for when the directive is stopped."""

    how = serializers.ChoiceField(choices=DirectiveEnd.choices)
    why = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class TextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=5000)


class DraftSerializer(serializers.Serializer[Any]):
    """A letter about tasks of one lead unit; the words are proposed from their figures."""

    kind = serializers.ChoiceField(choices=LetterKind.choices)
    tasks = VisibleTask(many=True, allow_empty=False)


class ReviseSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=20_000)
    signature = serializers.CharField(max_length=100)
    reply_by = serializers.DateField(allow_null=True)


class LetterReplySerializer(serializers.ModelSerializer[LetterReply]):
    class Meta:
        model = LetterReply
        fields = ["id", "text", "by_name", "unit_name", "on_behalf", "at"]
        read_only_fields = fields


class LetterSerializer(serializers.ModelSerializer[Letter]):
    """`tasks` are the numbers of those the caller sees. Number and hash are there once it is issued."""

    unit = UnitSerializer(read_only=True)
    name = serializers.CharField(read_only=True)
    replies = LetterReplySerializer(many=True, read_only=True)
    sha256 = serializers.CharField(source="file.sha256", default=None, read_only=True)
    tasks = serializers.SerializerMethodField()

    class Meta:
        model = Letter
        fields = [
            "id",
            "notice",
            "kind",
            "state",
            "name",
            "year",
            "number",
            "unit",
            "title",
            "text",
            "signature",
            "reply_by",
            "tasks",
            "issued_name",
            "issued_at",
            "sha256",
            "received_name",
            "received_at",
            "replied_at",
            "replies",
            "withdrawn_at",
            "withdrawn_why",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_tasks(self, letter: Letter) -> list[str]:
        return [task.number for task in letter.seen_tasks]  # type: ignore[attr-defined]
