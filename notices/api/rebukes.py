"""约谈与通报批评, and the list of 催办, over HTTP; the same rules as the pages."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Unit
from notices.api.careful import Careful
from notices.api.followup_shapes import WhySerializer
from notices.api.outcome_shapes import PlannedNotice
from notices.api.serializers import NudgeSerializer, UnitSerializer, VisibleTask
from notices.api.viewsets import CallerRequest
from notices.api.visits import ReadView
from notices.domain import rebukes
from notices.domain.evidence import opened_file
from notices.domain.rebukes import Held
from notices.models import Nudge, Rebuke, Task
from notices.register_filters import NudgeFilter, RebukeFilter
from notices.terms import RebukeKind


class RebukeSerializer(serializers.ModelSerializer[Rebuke]):
    """`tasks` are the numbers of those the caller sees; `file_name` "" when there is no file."""

    unit = UnitSerializer(read_only=True)
    tasks = serializers.SerializerMethodField()

    class Meta:
        model = Rebuke
        fields = [
            "id", "notice", "kind", "held_on", "unit", "person", "held_by", "reason", "outcome", "tasks", "file_name",
            "sha256", "by_name", "at", "voided_at", "voided_why",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_tasks(self, row: Rebuke) -> list[str]:
        return [task.number for task in row.seen_tasks]  # type: ignore[attr-defined]


class EnterRebukeSerializer(serializers.Serializer[Any]):
    """`unit`: one that leads a task of the notice; `person` "" for the whole unit."""

    notice = PlannedNotice()
    kind = serializers.ChoiceField(RebukeKind.choices)
    held_on = serializers.DateField()
    unit = serializers.PrimaryKeyRelatedField(queryset=Unit.objects.active())
    person = serializers.CharField(required=False, allow_blank=True, max_length=100, default="")
    held_by = serializers.CharField(max_length=100)
    reason = serializers.CharField(max_length=2000)
    outcome = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")
    tasks = VisibleTask(many=True, required=False, default=list)


class RebukeViewSet(ReadView):
    """约谈与通报批评; voided ones carry `voided_at`."""

    guarded = ("void",)
    queryset = Rebuke.objects.none()
    serializer_class = RebukeSerializer
    filterset_class = RebukeFilter

    def get_queryset(self) -> QuerySet[Rebuke]:
        user = self.request.user
        seen = Prefetch("tasks", Task.objects.visible_to(user).in_order(), to_attr="seen_tasks")
        rows = Rebuke.objects.visible_to(user).select_related("unit", "notice__unit")
        return rows.prefetch_related(seen).defer("notice__text")

    @extend_schema(request=EnterRebukeSerializer, responses={201: RebukeSerializer})
    def create(self, request: CallerRequest) -> Response:
        given = self.given(EnterRebukeSerializer, request)
        notice, unit, tasks = given.pop("notice"), given.pop("unit"), given.pop("tasks")
        held = Held(**{**given, "kind": RebukeKind(given["kind"])})
        today = timezone.localdate()
        row = rebukes.enter(notice, held, unit=unit, tasks=tasks, today=today, **self.acting())
        return self.shown(row.pk, made=True)

    @extend_schema(request=WhySerializer, responses=RebukeSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: CallerRequest, pk: str | None = None) -> Response:
        """作废."""
        row = self.get_object()
        rebukes.void(row, why=self.given(WhySerializer, request)["why"], **self.acting())
        return self.shown(row.pk)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request: Request, pk: str | None = None) -> FileResponse:
        """The file, checked against its hash; 404 when there is none."""
        row = self.get_object()
        if not row.stored_as:
            raise Http404
        source = opened_file(f"文件“{row.file_name}”", row.stored_as, row.sha256)
        answer = FileResponse(
            source, as_attachment=True, filename=row.file_name, content_type="application/octet-stream"
        )
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        return answer


class ListedNudgeSerializer(NudgeSerializer):
    """A push with its task; `answered_at`: the first progress or step by the unit after it."""

    number = serializers.CharField(source="task.number", read_only=True)

    class Meta(NudgeSerializer.Meta):
        fields = ["task", "number", *NudgeSerializer.Meta.fields]
        read_only_fields = fields


class NudgeViewSet(Careful, mixins.ListModelMixin, viewsets.GenericViewSet[Nudge]):
    """催办 of the tasks the caller sees, newest first."""

    request: CallerRequest
    queryset = Nudge.objects.none()
    serializer_class = ListedNudgeSerializer
    filterset_class = NudgeFilter

    def get_queryset(self) -> QuerySet[Nudge]:
        seen = Task.objects.visible_to(self.request.user)
        return Nudge.objects.filter(task__in=seen.order_by().values("pk")).select_related("task")
