"""督导检查 and 督导发现 over HTTP; the same rules as the pages."""

from dataclasses import asdict
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Unit
from notices.api.careful import Careful
from notices.api.followup_shapes import WhySerializer
from notices.api.push_serializers import TextSerializer
from notices.api.viewsets import CallerRequest
from notices.api.visit_shapes import (
    FindingReplySerializer,
    FindingSerializer,
    FindingTaskSerializer,
    HandSerializer,
    HeldSerializer,
    JudgeReplySerializer,
    LinkTasksSerializer,
    PlanVisitSerializer,
    RecordFindingSerializer,
    SupervisionSerializer,
    VisitFiguresSerializer,
    VisitFileSerializer,
)
from notices.domain import findings, supervision
from notices.domain.evidence import opened_file
from notices.domain.findings import Found, NewTask, Verdict
from notices.domain.statistics_visits import visit_figures
from notices.domain.supervision import Held, Visit
from notices.models import Finding, Supervision, SupervisionFile, Task
from notices.register_filters import FindingFilter, SupervisionFilter, VisitFileFilter


class ReadView(Careful, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Lists and shows; what is written goes through one act each."""

    request: CallerRequest

    def given(self, shape: Any, request: Request) -> dict[str, Any]:
        """What was sent, in the shape; 400 with a sentence a field when it does not fit."""
        found = shape(data=request.data, context=self.get_serializer_context())
        found.is_valid(raise_exception=True)
        return dict(found.validated_data)

    def acting(self) -> dict[str, Any]:
        return {"by": self.request.user, "at": timezone.now()}

    def shown(self, pk: int, *, made: bool = False) -> Response:
        """The row as it is now."""
        row = self._shown = self.get_queryset().get(pk=pk)
        code = status.HTTP_201_CREATED if made else status.HTTP_200_OK
        return Response(self.get_serializer(row).data, status=code)


class SupervisionViewSet(ReadView):
    """督导检查."""

    guarded = ("carry_out", "call_off")
    queryset = Supervision.objects.none()
    serializer_class = SupervisionSerializer
    filterset_class = SupervisionFilter

    def get_queryset(self) -> QuerySet[Supervision]:
        units = Prefetch("units", Unit.objects.without_tree_fields().by_position())
        rows = Supervision.objects.visible_to(self.request.user).with_day().with_counts()
        return rows.select_related("notice").prefetch_related(units).defer("notice__text")

    @extend_schema(request=PlanVisitSerializer, responses={201: SupervisionSerializer})
    def create(self, request: CallerRequest) -> Response:
        given = self.given(PlanVisitSerializer, request)
        notice, team = given.pop("notice"), given.pop("team")
        row = supervision.plan(notice, Visit(**given, others=team), **self.acting())
        return self.shown(row.pk, made=True)

    @extend_schema(request=HeldSerializer, responses=SupervisionSerializer)
    @action(detail=True, methods=["post"])
    def carry_out(self, request: CallerRequest, pk: str | None = None) -> Response:
        """登记开展情况."""
        row, held = self.get_object(), Held(**self.given(HeldSerializer, request))
        supervision.carry_out(row, held, today=timezone.localdate(), **self.acting())
        return self.shown(row.pk)

    @extend_schema(request=WhySerializer, responses=SupervisionSerializer)
    @action(detail=True, methods=["post"])
    def call_off(self, request: CallerRequest, pk: str | None = None) -> Response:
        """取消."""
        row = self.get_object()
        supervision.call_off(row, why=self.given(WhySerializer, request)["why"], **self.acting())
        return self.shown(row.pk)

    @extend_schema(responses=VisitFiguresSerializer)
    @action(detail=False, methods=["get"], pagination_class=None)
    def figures(self, request: CallerRequest) -> Response:
        """The counts of the visits the filters leave."""
        rows = Supervision.objects.visible_to(request.user).with_day()
        found: Any = self.filter_queryset(rows)
        seen = Finding.objects.visible_to(request.user)
        about = seen.filter(supervision__in=found.order_by().values("pk"))
        return Response(asdict(visit_figures(found, about, today=timezone.localdate())))


class VisitFileViewSet(Careful, viewsets.ReadOnlyModelViewSet[SupervisionFile]):
    """督导材料: of visits, findings and replies the caller may read."""

    request: CallerRequest
    queryset = SupervisionFile.objects.none()
    serializer_class = VisitFileSerializer
    filterset_class = VisitFileFilter

    def get_queryset(self) -> QuerySet[SupervisionFile]:
        return SupervisionFile.objects.visible_to(self.request.user)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request: Request, pk: str | None = None) -> FileResponse:
        """The file itself, checked against its hash."""
        row = self.get_object()
        source = opened_file(f"文件“{row.name}”", row.stored_as, row.sha256)
        answer = FileResponse(
            source, as_attachment=True, filename=row.name, content_type="application/octet-stream"
        )
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        return answer


class FindingViewSet(ReadView):
    """督导发现."""

    guarded = ("hand", "judge", "link", "task", "void")
    queryset = Finding.objects.none()
    serializer_class = FindingSerializer
    filterset_class = FindingFilter

    def get_queryset(self) -> QuerySet[Finding]:
        user = self.request.user
        seen = Prefetch("tasks", Task.objects.visible_to(user).in_order(), to_attr="seen_tasks")
        rows = Finding.objects.visible_to(user).select_related("unit", "notice", "supervision")
        return rows.prefetch_related("replies", seen).defer("notice__text")

    @extend_schema(request=RecordFindingSerializer, responses={201: FindingSerializer})
    def create(self, request: CallerRequest) -> Response:
        given = self.given(RecordFindingSerializer, request)
        visit = given.pop("supervision")
        row = findings.record(visit, Found(**given), **self.acting())
        return self.shown(row.pk, made=True)

    @extend_schema(request=HandSerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def hand(self, request: CallerRequest, pk: str | None = None) -> Response:
        """交办."""
        row, given = self.get_object(), self.given(HandSerializer, request)
        findings.hand_over(row, **given, today=timezone.localdate(), **self.acting())
        return self.shown(row.pk)

    @extend_schema(request=TextSerializer, responses={201: FindingReplySerializer})
    @action(detail=True, methods=["post"])
    def reply(self, request: CallerRequest, pk: str | None = None) -> Response:
        """The unit's reply."""
        row, given = self.get_object(), self.given(TextSerializer, request)
        made = findings.reply(row, text=given["text"], **self.acting())
        return Response(FindingReplySerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=JudgeReplySerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def judge(self, request: CallerRequest, pk: str | None = None) -> Response:
        """认可 or 退回."""
        row, said = self.get_object(), Verdict(**self.given(JudgeReplySerializer, request))
        findings.judge(row, said, today=timezone.localdate(), **self.acting())
        return self.shown(row.pk)

    @extend_schema(request=LinkTasksSerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: CallerRequest, pk: str | None = None) -> Response:
        """Which tasks it is about."""
        row, given = self.get_object(), self.given(LinkTasksSerializer, request)
        findings.link(row, given["tasks"], **self.acting())
        return self.shown(row.pk)

    @extend_schema(request=FindingTaskSerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def task(self, request: CallerRequest, pk: str | None = None) -> Response:
        """转为整改任务."""
        row, wanted = self.get_object(), NewTask(**self.given(FindingTaskSerializer, request))
        findings.make_task(row, wanted, today=timezone.localdate(), **self.acting())
        return self.shown(row.pk)

    @extend_schema(request=WhySerializer, responses=FindingSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: CallerRequest, pk: str | None = None) -> Response:
        """作废."""
        row = self.get_object()
        findings.void(row, why=self.given(WhySerializer, request)["why"], **self.acting())
        return self.shown(row.pk)
