"""The plan over HTTP: how it stands, submission and approval, measures, parts of a task. The rules are those of the pages."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.api.careful import Careful
from notices.api.pagination import ByPosition
from notices.api.plan_serializers import (
    MeasureSerializer,
    NoteSerializer,
    PartSerializer,
    PlanSerializer,
    ReturnSerializer,
    SplitSerializer,
)
from notices.api.serializers import TaskSerializer
from notices.domain import baseline, grid_write, permissions, plan_review, subplans
from notices.domain.grid_write import Acting
from notices.errors import Refused
from notices.models import Notice, PlanChange, PlanReview, Task


class CallerRequest(Request):
    """A request that has passed IsAuthenticated."""

    user: User


def lit(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """With what a task's shape reads."""
    found = tasks.select_related("notice", "issue", "lead_unit", "parent").prefetch_related("task_units")
    return found.with_light(today=timezone.localdate())  # type: ignore[attr-defined]


class PlanViewSet(Careful, viewsets.GenericViewSet[Notice]):
    """整改方案 of a notice (its id), for the office."""

    request: CallerRequest
    guarded = ("submit", "approve", "give_back")
    queryset = Notice.objects.none()
    serializer_class = PlanSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[Notice]:
        units = reach(self.request.user, Can.PLAN)
        return Notice.objects.filter(unit__in=units).select_related("unit").defer("text")

    def retrieve(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """How the plan stands: what it lacks, its baseline, every deviation since."""
        return self._answer(self.get_object())

    @extend_schema(request=NoteSerializer, responses=PlanSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: CallerRequest, pk: str | None = None) -> Response:
        """报批."""
        notice = self.get_object()
        shape = NoteSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        plan_review.submit(notice, note=shape.validated_data["note"], by=request.user, at=timezone.now())
        return self._answer(notice)

    @extend_schema(request=None, responses=PlanSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: CallerRequest, pk: str | None = None) -> Response:
        """批准: freezes the plan as submitted."""
        notice = self.get_object()
        plan_review.approve(self._waiting(notice), by=request.user, at=timezone.now())
        return self._answer(notice)

    @extend_schema(request=ReturnSerializer, responses=PlanSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def give_back(self, request: CallerRequest, pk: str | None = None) -> Response:
        """退回."""
        notice = self.get_object()
        shape = ReturnSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        why = shape.validated_data["reason"]
        plan_review.give_back(self._waiting(notice), reason=why, by=request.user, at=timezone.now())
        return self._answer(notice)

    def etag(self, notice: Notice) -> str:
        """By what the plan's standing turns on, beside the row of the notice."""
        last = PlanReview.objects.filter(notice=notice).order_by("-pk").first()
        changes = PlanChange.objects.filter(notice=notice).count()
        state = f"{last.pk}{last.state}" if last else ""
        return f'"{notice.pk}.{notice.version}.{state}.{changes}"'

    def _waiting(self, notice: Notice) -> PlanReview:
        review = PlanReview.objects.filter(notice=notice, state=PlanReview.State.WAITING).first()
        if review is None:
            raise Refused("该批次的整改方案没有待批准的报批。")
        return review

    def _answer(self, notice: Notice) -> Response:
        standing = plan_review.standing(notice, self.request.user)
        base = standing.baseline
        data = {
            "baseline": base,
            "intact": baseline.intact(base) if base else None,
            "last": standing.last,
            "blocking": standing.blocking,
            "remarks": standing.remarks,
            "deviations": baseline.deviations(PlanChange.objects.filter(notice=notice)),
        }
        return Response(PlanSerializer(data).data)


class MeasureViewSet(Careful, viewsets.GenericViewSet[Task]):
    """Measures of a plan (task ids), for the office: add, split in two, remove a draft."""

    request: CallerRequest
    guarded = ("split", "destroy")
    queryset = Task.objects.none()
    serializer_class = TaskSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[Task]:
        units = reach(self.request.user, Can.PLAN)
        return lit(Task.objects.filter(notice__unit__in=units))

    @extend_schema(request=MeasureSerializer, responses={201: TaskSerializer})
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        shape = MeasureSerializer(data=request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        acting = Acting(request.user, timezone.now(), given["reason"])
        return self._answer(grid_write.add_measure(given["issue"], given["text"], acting))

    @extend_schema(request=SplitSerializer, responses={201: TaskSerializer})
    @action(detail=True, methods=["post"])
    def split(self, request: CallerRequest, pk: str | None = None) -> Response:
        """The measure keeps `first`; `second` becomes a draft right behind it, which is answered."""
        task = self.get_object()
        shape = SplitSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        acting = Acting(request.user, timezone.now(), given["reason"])
        return self._answer(grid_write.split_measure(task, given["first"], given["second"], acting))

    def destroy(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Only a draft nobody has worked on, outside an approved plan."""
        grid_write.remove_measure(self.get_object(), Acting(request.user, timezone.now()))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _answer(self, task: Task) -> Response:
        made = self.get_queryset().get(pk=task.pk)
        return Response(TaskSerializer(made).data, status=status.HTTP_201_CREATED)


class PartsView(Careful, generics.GenericAPIView[Task]):
    """子任务 of a task, and one more of them."""

    request: CallerRequest
    queryset = Task.objects.none()
    serializer_class = TaskSerializer
    pagination_class = ByPosition

    def get_queryset(self) -> QuerySet[Task]:
        return Task.objects.visible_to(self.request.user).select_related("notice", "issue", "parent")

    @extend_schema(responses=TaskSerializer(many=True))
    def get(self, request: CallerRequest, pk: int) -> Response:
        parts = lit(Task.objects.visible_to(request.user).filter(parent=self.get_object()))
        return self.get_paginated_response(TaskSerializer(self.paginate_queryset(parts), many=True).data)

    @extend_schema(request=PartSerializer, responses={201: TaskSerializer})
    def post(self, request: CallerRequest, pk: int) -> Response:
        task = self.get_object()
        why_not = permissions.breaks_down(request.user, task)
        if why_not:
            raise Refused(why_not)
        shape = PartSerializer(data=request.data, within=subplans.lead_choices(task))
        shape.is_valid(raise_exception=True)
        given, today, at = shape.validated_data, timezone.localdate(), timezone.now()
        part = subplans.add_part(task, **given, by=request.user, at=at, today=today)
        made = lit(Task.objects.filter(pk=part.pk)).get()
        return Response(TaskSerializer(made).data, status=status.HTTP_201_CREATED)
