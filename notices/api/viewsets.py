"""Notices, issues, tasks and progress over HTTP. Like the pages: fetch what the caller may see, one domain call."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import holds
from accounts.files.spool import spooled
from accounts.models import User
from accounts.roles import Can
from notices.api.batches import left, seen_tasks
from notices.api.careful import Careful
from notices.api.serializers import (
    IntakeSerializer,
    IssueChangeSerializer,
    IssueSerializer,
    NoticeSerializer,
    NudgedManySerializer,
    NudgeManySerializer,
    NudgeSerializer,
    ProgressSerializer,
    SourceSerializer,
    StepSerializer,
    StepStateSerializer,
    TakenSerializer,
    TaskChangeSerializer,
    TaskSerializer,
)
from notices.api.weekly import WeekActions
from notices.domain import intake, nudges, planning, reporting, workflow
from notices.domain.requirements import Ask
from notices.errors import Stale
from notices.filters import IssueFilter, NoticeFilter, ProgressFilter, TaskFilter
from notices.models import Issue, Notice, Progress, Task
from notices.text.as_json import notice_as_dict
from notices.text.parse import parse_notice
from notices.text.source import read_source


class CallerRequest(Request):
    """A request that has passed IsAuthenticated."""

    user: User


class NoticeViewSet(Careful, WeekActions, viewsets.ReadOnlyModelViewSet[Notice]):
    """整改批次."""

    request: CallerRequest
    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter

    def get_queryset(self) -> QuerySet[Notice]:
        return Notice.objects.visible_to(self.request.user).select_related("unit")

    @extend_schema(request=IntakeSerializer, responses=TakenSerializer)
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Take a notice in: outline, issues, tasks. The same text again changes nothing (200 instead of 201)."""
        shape = IntakeSerializer(data=request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        text = source_text(shape.validated_data)
        taken = intake.take_notice(
            parse_notice(text),
            unit=shape.validated_data["unit"],
            text=text,
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
        data = {**vars(taken), "notice": taken.notice.pk}
        code = status.HTTP_201_CREATED if taken.created else status.HTTP_200_OK
        return Response(TakenSerializer(data).data, status=code)

    @extend_schema(request=SourceSerializer, responses=OpenApiTypes.OBJECT)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def parse(self, request: CallerRequest) -> Response:
        """The outline of a text as `parse_notice --json` gives it; nothing is kept."""
        if not holds(request.user, Can.PLAN):
            raise PermissionDenied
        shape = SourceSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        return Response(notice_as_dict(parse_notice(source_text(shape.validated_data))))


class IssueViewSet(Careful, viewsets.ReadOnlyModelViewSet[Issue]):
    """问题清单."""

    request: CallerRequest
    queryset = Issue.objects.none()
    serializer_class = IssueSerializer
    filterset_class = IssueFilter
    guarded = ("partial_update",)

    def get_queryset(self) -> QuerySet[Issue]:
        return (
            Issue.objects.visible_to(self.request.user)
            .with_progress()
            .with_counts_seen_by(self.request.user)
            .select_related("aspect", "notice")
        )

    @extend_schema(request=IssueChangeSerializer, responses=IssueSerializer)
    def partial_update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Change an issue. Which fields are open to whom, and why not: the same table as on the page."""
        issue = self.get_object()
        shape = IssueChangeSerializer(issue, data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        values = dict(shape.validated_data)
        why = values.pop("reason", "")
        base = {name: getattr(issue, name) for name in values}
        planning.edit_issue(issue, values, base=base, by=request.user, at=timezone.now(), reason=why)
        return self.retrieve(request)


class TaskViewSet(Careful, viewsets.ReadOnlyModelViewSet[Task]):
    """任务清单. Steps, progress and pushes follow the same rules as the pages."""

    request: CallerRequest
    guarded = ("partial_update", "step")
    queryset = Task.objects.none()
    serializer_class = TaskSerializer
    filterset_class = TaskFilter

    def get_queryset(self) -> QuerySet[Task]:
        tasks = Task.objects.visible_to(self.request.user).with_light(today=timezone.localdate())
        return tasks.select_related("notice", "issue", "lead_unit", "parent").prefetch_related("task_units")

    @extend_schema(request=TaskChangeSerializer, responses=TaskSerializer)
    def partial_update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        task = self.get_object()
        shape = TaskChangeSerializer(task, data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        values = dict(shape.validated_data)
        why = values.pop("reason", "")
        base = {name: getattr(task, name) for name in values}
        planning.edit_task(task, values, base=base, by=request.user, at=timezone.now(), reason=why)
        return self.retrieve(request)

    @extend_schema(responses=StepStateSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def steps(self, request: CallerRequest, pk: str | None = None) -> Response:
        """Every step: may the caller take it now, and what is missing."""
        task = self.get_object()
        ask = Ask(by=request.user, at=timezone.now(), today=timezone.localdate())
        rows = []
        for name, step in workflow.STEPS.items():
            why_not = workflow.refusal(request.user, task, name)
            lacking = {} if why_not else workflow.missing(task, name, ask)
            rows.append(
                {
                    "name": name,
                    "label": step.label,
                    "available": why_not is None,
                    "why_not": why_not,
                    "missing": lacking,
                }
            )
        return Response(StepStateSerializer(rows, many=True).data)

    @extend_schema(
        request=StepSerializer,
        responses=TaskSerializer,
        parameters=[OpenApiParameter("name", str, "path", enum=list(workflow.STEPS))],
    )
    @action(detail=True, methods=["post"], url_path=f"steps/(?P<name>{'|'.join(workflow.STEPS)})")
    def step(self, request: CallerRequest, pk: str | None = None, name: str = "") -> Response:
        """Take one step of the state table."""
        task = self.get_object()
        shape = StepSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = dict(shape.validated_data)
        if given.pop("version", task.version) != task.version:
            raise Stale(f"任务 {task.number} 已被他人修改，请重新读取后再操作。")
        ask = Ask(by=request.user, at=timezone.now(), today=timezone.localdate(), **given)
        workflow.perform(task, name, ask)
        # After a step the caller may no longer see the task (退签), so it is answered from what was read.
        task.light = ""
        return Response(self.get_serializer(task).data)

    @extend_schema(request=NudgeSerializer, responses=NudgeSerializer)
    @action(detail=True, methods=["post"])
    def nudge(self, request: CallerRequest, pk: str | None = None) -> Response:
        """催办."""
        task = self.get_object()
        shape = NudgeSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        row = nudges.push(task, text=shape.validated_data.get("text", ""), by=request.user, at=timezone.now())
        return Response(NudgeSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="tasks_nudge_many", request=NudgeManySerializer, responses=NudgedManySerializer
    )
    @action(detail=False, methods=["post"], url_path="nudge", pagination_class=None, filterset_class=None)
    def nudge_many(self, request: CallerRequest) -> Response:
        """催办 several tasks; 200 also when some were refused: each of those with its reason."""
        shape = NudgeManySerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        ids, text = shape.validated_data["tasks"], shape.validated_data["text"]
        seen = seen_tasks(request, ids)
        tasks = [seen[pk] for pk in ids if pk in seen]
        found = nudges.push_many(tasks, text=text, by=request.user, at=timezone.now())
        data = {"pushed": [task.pk for task, _ in found.made], "refused": left(found, ids)}
        return Response(NudgedManySerializer(data).data)


class ProgressViewSet(
    Careful,
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Progress],
):
    """进展: reports are appended, never changed."""

    request: CallerRequest
    queryset = Progress.objects.none()
    serializer_class = ProgressSerializer
    filterset_class = ProgressFilter

    def get_queryset(self) -> QuerySet[Progress]:
        return Progress.objects.filter(task__in=Task.objects.visible_to(self.request.user))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        row = reporting.report(
            given["task"],
            text=given["text"],
            next_step=given.get("next_step", ""),
            blocked=given.get("blocked", ""),
            by=self.request.user,
            at=timezone.now(),
        )
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)


def source_text(given: dict[str, Any]) -> str:
    """The text of what was sent; Unreadable with a sentence when the file cannot be read."""
    upload = given.get("file")
    if not upload:
        return str(given["text"])
    with spooled(upload) as path:
        return read_source(path, name=upload.name)
