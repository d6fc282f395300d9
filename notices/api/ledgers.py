"""台账 over HTTP, with the rules of the pages: send one in, read the plan, confirm, take back; order one and fetch it."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from accounts.access import holds
from accounts.roles import Can
from notices.api.careful import Careful
from notices.api.ledger_shapes import (
    ColumnSerializer,
    LedgerConfirmSerializer,
    LedgerFileSerializer,
    LedgerJobSerializer,
    LedgerOrderSerializer,
    LedgerPlanSerializer,
    LedgerUploadSerializer,
    PlanQuerySerializer,
    UndoneSerializer,
    row_shown,
)
from notices.api.viewsets import CallerRequest
from notices.domain import ledger_intake, ledger_jobs, ledger_queue
from notices.domain.ledger_desk import uploads_of
from notices.errors import Refused
from notices.jobs import ring, work_ledgers
from notices.ledger.schema import column_help
from notices.ledger.uploads import packed_plan_of
from notices.models import LedgerJob, LedgerUpload

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200  # rows of a plan in one answer
MOST_PROBLEMS = 1000


class LedgerUploadViewSet(Careful, viewsets.ReadOnlyModelViewSet[LedgerUpload]):
    """台账导入: nothing is written before `apply`."""

    request: CallerRequest
    guarded = ("apply", "undo")
    queryset = LedgerUpload.objects.none()
    serializer_class = LedgerUploadSerializer
    parser_classes = (JSONParser, MultiPartParser)

    def get_queryset(self) -> QuerySet[LedgerUpload]:
        """As the pages: nothing for whoever may import nothing."""
        if not holds(self.request.user, Can.IMPORT_LEDGER):
            return LedgerUpload.objects.none()
        under_way = LedgerJob.objects.filter(ledger_queue.OPEN, upload=OuterRef("pk"))
        rows = uploads_of(self.request.user).annotate(open_job_id=Subquery(under_way.values("pk")[:1]))
        return rows.select_related("notice__unit", "export").defer("notice__text")

    @extend_schema(
        request={"multipart/form-data": LedgerFileSerializer},
        responses={201: LedgerUploadSerializer, 202: LedgerUploadSerializer},
    )
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Read, check and plan a ledger: 201. A file too large for a request the office may send all the same: 202, a
        worker reads it and `job` says how far it is."""
        shape = LedgerFileSerializer(data=request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        found = ledger_intake.take_in(
            given["notice"],
            given["file"],
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
            take_over=given["take_over"],
        )
        if isinstance(found, LedgerUpload):
            return self._answer(found.pk, status.HTTP_201_CREATED)
        ring(work_ledgers)
        return self._answer(found.upload_id or 0, status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[PlanQuerySerializer], responses=LedgerPlanSerializer)
    @action(detail=True, methods=["get"], pagination_class=None)
    def plan(self, request: CallerRequest, pk: str | None = None) -> Response:
        """What confirming would do, row by row; 200 rows an answer."""
        query = PlanQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        upload = self.get_object()
        if upload.state in (LedgerUpload.State.RECEIVED, LedgerUpload.State.FAILED):
            raise Refused("这份台账还没有核对，没有改动清单可以查看。")
        plan = packed_plan_of(upload)
        kind, start = query.validated_data["kind"], query.validated_data["start"]
        after = start + SHOWN
        data = {
            "counts": plan.counts,
            "changes": plan.changes,
            "rows": [row_shown(row) for row in plan.rows(kind, start, SHOWN)],
            "next": after if after < plan.count((kind,) if kind else ()) else None,
            "problems": [p.message for p in plan.problems[:MOST_PROBLEMS]],
            "missing": plan.missing,
        }
        return Response(LedgerPlanSerializer(data).data)

    @extend_schema(
        request=LedgerConfirmSerializer, responses={200: LedgerUploadSerializer, 202: LedgerUploadSerializer}
    )
    @action(detail=True, methods=["post"])
    def apply(self, request: CallerRequest, pk: str | None = None) -> Response:
        """确认导入: all of it or nothing; a long one a worker writes (202)."""
        upload, shape = self.get_object(), LedgerConfirmSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given: dict[str, Any] = shape.validated_data
        job = ledger_intake.confirm(
            upload,
            given["choices"],
            reason=given["reason"],
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
        return self._done(upload, job)

    @extend_schema(request=None, responses={200: UndoneSerializer, 202: UndoneSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: CallerRequest, pk: str | None = None) -> Response:
        """撤销导入: rows touched since are listed and left."""
        upload = self.get_object()
        done = ledger_intake.take_back(upload, by=request.user, at=timezone.now(), today=timezone.localdate())
        self._shown = None
        if isinstance(done, LedgerJob):
            ring(work_ledgers)
            data = {"restored": 0, "cancelled": 0, "left": [], "job": done.pk}
            return Response(UndoneSerializer(data).data, status=status.HTTP_202_ACCEPTED)
        data = {"restored": done.restored, "cancelled": done.cancelled, "left": done.left, "job": None}
        return Response(UndoneSerializer(data).data)

    def _done(self, upload: LedgerUpload, job: LedgerJob | None) -> Response:
        if job is None:
            return self._answer(upload.pk, status.HTTP_200_OK)
        ring(work_ledgers)
        return self._answer(upload.pk, status.HTTP_202_ACCEPTED)

    def _answer(self, pk: int, code: int) -> Response:
        row = self._shown = self.get_queryset().get(pk=pk)
        answer = Response(self.get_serializer(row).data, status=code)
        answer["ETag"] = self.etag(row)
        return answer


class LedgerJobViewSet(Careful, viewsets.ReadOnlyModelViewSet[LedgerJob]):
    """台账后台任务: long work, and ledgers written to be fetched."""

    request: CallerRequest
    queryset = LedgerJob.objects.none()
    serializer_class = LedgerJobSerializer

    def get_queryset(self) -> QuerySet[LedgerJob]:
        rows = ledger_jobs.jobs_of(self.request.user).select_related("notice", "upload")
        return rows.defer("notice__text", "upload__plan", "upload__result")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "standing": ledger_queue.standing}

    @extend_schema(request=LedgerOrderSerializer, responses={202: LedgerJobSerializer})
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """下载台账: a worker writes it; fetch it at `file/` when it is `ready`."""
        shape = LedgerOrderSerializer(data=request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        job = ledger_jobs.order_export(
            shape.validated_data["notice"],
            filters=shape.validated_data["filters"],
            today=timezone.localdate(),
            by=request.user,
            at=timezone.now(),
        )
        ring(work_ledgers)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: CallerRequest, pk: str | None = None) -> FileResponse:
        """The file the job wrote, for whom it was written; kept three days."""
        job = self.get_object()
        if job.by_id != request.user.pk or job.kind not in ledger_jobs.WITH_FILE:
            raise NotFound
        name = ledger_jobs.file_name(job)
        kind = "application/zip" if name.endswith(".zip") else XLSX
        answer = FileResponse(
            ledger_jobs.fetched(job), as_attachment=True, filename=name.replace("/", "_"), content_type=kind
        )
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        return answer


class LedgerColumnViewSet(Careful, viewsets.GenericViewSet[Any]):
    """台账各列: what each column of each list takes."""

    request: CallerRequest
    queryset = LedgerJob.objects.none()
    serializer_class = ColumnSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(responses=ColumnSerializer(many=True))
    def list(self, request: CallerRequest) -> Response:
        return Response(ColumnSerializer(column_help(), many=True).data)
