"""整改成效 and 会议与行动 over HTTP; the same rules as the pages."""

from dataclasses import asdict
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from notices.api.followup_shapes import WhySerializer
from notices.api.outcome_shapes import (
    ConfirmSerializer,
    EnterMeetingSerializer,
    EnterSerializer,
    MeetingFiguresSerializer,
    MeetingSerializer,
    OutcomeLineSerializer,
    OutcomeSerializer,
    RuleSerializer,
)
from notices.api.viewsets import CallerRequest
from notices.api.visits import ReadView
from notices.api.within import within
from notices.domain import meetings, outcomes
from notices.domain.meetings import Held
from notices.domain.outcomes import Result
from notices.domain.statistics_outcomes import outcomes as summed
from notices.domain.statistics_outcomes import rule_names
from notices.models import Meeting, OutcomeEntry, Rebuke, Task
from notices.register_filters import MeetingFilter, OutcomeFilter


def _result(given: dict[str, Any]) -> Result:
    return Result(**{**given, "documents": "\n".join(given["documents"])})


class OutcomeViewSet(ReadView):
    """整改成效, proposals and voided entries included: filter by `state`."""

    guarded = ("confirm", "reject", "void")
    queryset = OutcomeEntry.objects.none()
    serializer_class = OutcomeSerializer
    filterset_class = OutcomeFilter

    def get_queryset(self) -> QuerySet[OutcomeEntry]:
        rows = OutcomeEntry.objects.visible_to(self.request.user).select_related("unit", "notice__unit")
        return rows.defer("notice__text")

    @extend_schema(request=EnterSerializer, responses={201: OutcomeSerializer})
    def create(self, request: CallerRequest) -> Response:
        given = self.given(EnterSerializer, request)
        notice = given.pop("notice")
        row = outcomes.enter(notice, _result(given), today=timezone.localdate(), **self.acting())
        return self.shown(row.pk, made=True)

    @extend_schema(request=ConfirmSerializer, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: CallerRequest, pk: str | None = None) -> Response:
        """A proposal becomes an entry."""
        row, given = self.get_object(), self.given(ConfirmSerializer, request)
        replaces = given.pop("replaces")
        acting = self.acting()
        outcomes.confirm(row, _result(given), replaces=replaces, today=timezone.localdate(), **acting)
        return self.shown(row.pk)

    @extend_schema(request=None, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: CallerRequest, pk: str | None = None) -> Response:
        """不采用."""
        row = self.get_object()
        outcomes.reject(row, **self.acting())
        return self.shown(row.pk)

    @extend_schema(request=WhySerializer, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: CallerRequest, pk: str | None = None) -> Response:
        """作废."""
        row = self.get_object()
        outcomes.void(row, why=self.given(WhySerializer, request)["why"], **self.acting())
        return self.shown(row.pk)

    @extend_schema(responses=OutcomeLineSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None)
    def figures(self, request: CallerRequest) -> Response:
        """Sums by metric and measure of the confirmed entries the filters leave."""
        found: Any = self.filter_queryset(OutcomeEntry.objects.visible_to(request.user))
        return Response(OutcomeLineSerializer(summed(found), many=True).data)

    @extend_schema(responses=RuleSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None)
    def rules(self, request: CallerRequest) -> Response:
        """制度清单."""
        found: Any = self.filter_queryset(OutcomeEntry.objects.visible_to(request.user))
        return Response(RuleSerializer(rule_names(found), many=True).data)


class MeetingViewSet(ReadView):
    """会议与行动; voided ones carry `voided_at`."""

    guarded = ("void",)
    queryset = Meeting.objects.none()
    serializer_class = MeetingSerializer
    filterset_class = MeetingFilter

    def get_queryset(self) -> QuerySet[Meeting]:
        seen = Prefetch("tasks", Task.objects.visible_to(self.request.user).in_order(), to_attr="seen_tasks")
        rows = Meeting.objects.visible_to(self.request.user).select_related("notice__unit")
        return rows.prefetch_related(seen).defer("notice__text")

    @extend_schema(request=EnterMeetingSerializer, responses={201: MeetingSerializer})
    def create(self, request: CallerRequest) -> Response:
        given = self.given(EnterMeetingSerializer, request)
        notice, tasks = given.pop("notice"), given.pop("tasks")
        acting = self.acting()
        row = meetings.enter(notice, Held(**given), tasks=tasks, today=timezone.localdate(), **acting)
        return self.shown(row.pk, made=True)

    @extend_schema(request=WhySerializer, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: CallerRequest, pk: str | None = None) -> Response:
        """作废."""
        row = self.get_object()
        meetings.void(row, why=self.given(WhySerializer, request)["why"], **self.acting())
        return self.shown(row.pk)

    @extend_schema(responses=MeetingFiguresSerializer)
    @action(detail=False, methods=["get"], pagination_class=None)
    def figures(self, request: CallerRequest) -> Response:
        """How many by kind among those the filters leave, and 约谈 of the same notice and days."""
        rows: Any = self.filter_queryset(Meeting.objects.visible_to(request.user))
        asked = MeetingFilter(request.GET, rows, request=request).form
        days = asked.cleaned_data if asked.is_valid() else {}
        talks = within(Rebuke.objects.visible_to(request.user), request)
        talks = talks.filter(notice=days["notice"]) if days.get("notice") else talks
        talks = talks.filter(held_on__gte=days["since"]) if days.get("since") else talks
        talks = talks.filter(held_on__lte=days["until"]) if days.get("until") else talks
        return Response(asdict(meetings.meeting_figures(rows, talks)))
