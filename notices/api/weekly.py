"""周报 over HTTP: the weeks of a notice, reports, snapshots (what stands around their rows) and changes."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from notices.api.careful import Careful
from notices.domain.delta import KINDS
from notices.domain.snapshot_lists import delta_of
from notices.domain.snapshot_view import sight_of
from notices.domain.weekly import missing, units_read_by
from notices.domain.weeks import monday_of, window_of
from notices.filters import SnapshotFilter, WeekReportFilter
from notices.models import Notice, Snapshot, WeekLine, WeekReport

RECENT = 12  # weeks a notice's list goes back


class WeekSerializer(serializers.Serializer[Any]):
    """One week of a notice. `missing`: ids of the units, among those the caller reads, whose report is not there."""

    starts_on = serializers.DateField()
    opens_at = serializers.DateTimeField(allow_null=True)
    closes_at = serializers.DateTimeField(allow_null=True)
    snapshot = serializers.IntegerField(allow_null=True)
    missing = serializers.ListField(child=serializers.IntegerField())


class ChangeSerializer(serializers.Serializer[Any]):
    task = serializers.IntegerField()
    number = serializers.CharField()
    text = serializers.CharField()
    lead = serializers.CharField()
    was = serializers.CharField()
    now = serializers.CharField()


class DeltaSerializer(serializers.Serializer[Any]):
    """`counts` and `lists` by kind: what changed from one snapshot to another, or to now."""

    counts = serializers.DictField(child=serializers.IntegerField())
    lists = serializers.DictField(child=ChangeSerializer(many=True))


class WeekLineSerializer(serializers.ModelSerializer[WeekLine]):
    class Meta:
        model = WeekLine
        fields = ["task", "progress", "idle_reason", "repeated"]
        read_only_fields = fields


class WeekReportSerializer(serializers.ModelSerializer[WeekReport]):
    lines = WeekLineSerializer(many=True, read_only=True)

    class Meta:
        model = WeekReport
        fields = [
            "id",
            "notice",
            "unit",
            "starts_on",
            "filed_at",
            "by_name",
            "late",
            "on_behalf",
            "is_reopened",
            "lines",
        ]
        read_only_fields = fields


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    class Meta:
        model = Snapshot
        fields = ["id", "notice", "starts_on", "today", "at", "by_name", "digest"]
        read_only_fields = fields


class WeekActions:
    """Added to the viewset of notices."""

    request: Any

    @extend_schema(responses=WeekSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def weeks(self, request: Request, pk: str | None = None) -> Response:
        """This week and the last ones, newest first."""
        notice: Notice = self.get_object()  # type: ignore[attr-defined]
        this = monday_of(timezone.localdate())
        first = this - dt.timedelta(weeks=RECENT - 1)
        closed = dict(
            Snapshot.objects.filter(notice=notice, starts_on__gte=first).values_list("starts_on", "pk")
        )
        read = set(units_read_by(self.request.user, notice).values_list("pk", flat=True))
        rows = []
        for week in sorted({this, this - dt.timedelta(weeks=1), *closed}, reverse=True):
            found = window_of(notice, week)
            absent = [pk for pk in missing(notice, week).values_list("pk", flat=True) if pk in read]
            rows.append(
                {
                    "starts_on": week,
                    "opens_at": found.opens_at if found else None,
                    "closes_at": found.closes_at if found else None,
                    "snapshot": closed.get(week),
                    "missing": absent,
                }
            )
        return Response(WeekSerializer(rows, many=True).data)

    @extend_schema(
        responses=DeltaSerializer,
        parameters=[
            OpenApiParameter("from", int, description="快照，默认为最近一次封存的"),
            OpenApiParameter("to", int, description="快照，默认为现在"),
        ],
    )
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def delta(self, request: Request, pk: str | None = None) -> Response:
        """What changed from one closed week to another, or to now; empty when no week is closed."""
        notice: Notice = self.get_object()  # type: ignore[attr-defined]
        rows = Snapshot.objects.filter(notice=notice).newest_first()
        before = _one(rows, request.query_params.get("from")) or rows.first()
        after = _one(rows, request.query_params.get("to"))
        if before is None:
            return Response({"counts": dict.fromkeys(KINDS, 0), "lists": {kind: [] for kind in KINDS}})
        sight = sight_of(self.request.user, notice)
        found = delta_of(notice, before, after, sight, today=timezone.localdate())
        return Response(DeltaSerializer({"counts": found.counts, "lists": found.lists}).data)


def _one(rows: Any, key: str | None) -> Snapshot | None:
    """The snapshot of the address; None without one, 404 for one that is not of this notice."""
    if not key:
        return None
    found: Snapshot | None = rows.filter(pk=key).first() if key.isdecimal() and len(key) < 19 else None
    if found is None:
        raise NotFound
    return found


class WeekReportViewSet(Careful, viewsets.ReadOnlyModelViewSet[WeekReport]):
    """已报周报."""

    request: Any
    queryset = WeekReport.objects.none()
    serializer_class = WeekReportSerializer
    filterset_class = WeekReportFilter

    def get_queryset(self) -> QuerySet[WeekReport]:
        return WeekReport.objects.visible_to(self.request.user).filed().prefetch_related("lines")


class SnapshotViewSet(Careful, viewsets.ReadOnlyModelViewSet[Snapshot]):
    """台账快照: who closed which week when, and its hash."""

    request: Any
    queryset = Snapshot.objects.none()
    serializer_class = SnapshotSerializer
    filterset_class = SnapshotFilter

    def get_queryset(self) -> QuerySet[Snapshot]:
        found: QuerySet[Snapshot] = Snapshot.objects.visible_to(self.request.user).defer("head")
        return found
