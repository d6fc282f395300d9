"""总览 and 挂图作战 over HTTP: the numbers the pages show, from the same counting."""

from dataclasses import asdict, replace
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import holds
from accounts.models import User
from accounts.roles import Can
from notices.api.careful import Careful
from notices.domain.board import Board, board
from notices.domain.board_past import past_board
from notices.domain.coverage import coverage
from notices.domain.snapshot_outcomes import seen, sums
from notices.domain.snapshot_view import sight_of
from notices.domain.snapshots import open_snapshot
from notices.domain.statistics import Figures
from notices.domain.statistics_outcomes import OutcomeLine, covered_outcomes
from notices.domain.statistics_parts import BY, ranking
from notices.domain.walls import wall
from notices.filters import lead_units_of
from notices.models import Notice, Snapshot

NOTICE = OpenApiParameter("notice", int, description="批次；缺省为能看到的全部批次")


class FiguresSerializer(serializers.Serializer[Any]):
    """Counts of tasks; the rates in per cent with two decimals, null when there is nothing."""

    total = serializers.IntegerField()
    completed = serializers.IntegerField()
    sustained = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    red = serializers.IntegerField()
    yellow = serializers.IntegerField()
    green = serializers.IntegerField()
    done = serializers.IntegerField()
    unassigned = serializers.IntegerField()
    waiting = serializers.IntegerField()
    due = serializers.IntegerField()
    on_time = serializers.IntegerField()
    over_30 = serializers.IntegerField()
    late_7 = serializers.IntegerField()
    late_30 = serializers.IntegerField()
    late_90 = serializers.IntegerField()
    late_more = serializers.IntegerField()
    completion_rate = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    closing_rate = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    on_time_rate = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)


class OutcomeSumSerializer(serializers.Serializer[Any]):
    """A sum of confirmed outcomes in one measure; of a rate the newest. `entries`: how many make it up."""

    metric = serializers.CharField()
    name = serializers.CharField(source="label")
    measure = serializers.CharField()
    total = serializers.DecimalField(max_digits=24, decimal_places=4)
    entries = serializers.IntegerField()


class BoardSerializer(serializers.Serializer[Any]):
    """`parts` by the division asked for; `ranking` is null where a notice does not rank, `outcomes` for a week that was
    closed before they were kept."""

    as_of = serializers.DateField()
    figures = FiguresSerializer()
    issues = serializers.DictField(child=serializers.IntegerField())
    by = serializers.CharField()
    parts = serializers.ListField(child=serializers.DictField())
    weeks = serializers.ListField(child=serializers.DictField())
    relapses = serializers.ListField(child=serializers.DictField())
    ranking = serializers.ListField(child=serializers.DictField(), allow_null=True)
    outcomes = OutcomeSumSerializer(many=True, allow_null=True)


class WallSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    figures = FiguresSerializer()
    groups = serializers.ListField(child=serializers.DictField())
    red = serializers.ListField(child=serializers.DictField())


def notices_of(request: Request) -> list[Notice]:
    """Those the caller asks for among those the caller sees; 404 for another."""
    user = request.user
    assert isinstance(user, User)
    if not holds(user, Can.BOARD):
        raise PermissionDenied
    found = Notice.objects.visible_to(user).select_related("unit").newest_first().defer("text")
    wanted = request.query_params.get("notice", "")
    if not wanted:
        return list(found)
    one = [n for n in found if str(n.pk) == wanted]
    if not one:
        raise NotFound
    return one


def unit_of(request: Request) -> int | None:
    wanted = request.query_params.get("unit", "")
    if not wanted:
        return None
    known = wanted.isdecimal() and len(wanted) < 19
    if not known or not lead_units_of(request).filter(pk=wanted).exists():  # type: ignore[arg-type]
        raise NotFound
    return int(wanted)


class BoardView(Careful):
    """总览."""

    @extend_schema(
        responses=BoardSerializer,
        parameters=[
            NOTICE,
            OpenApiParameter("unit", int, description="只看这个单位及下级单位牵头的任务"),
            OpenApiParameter("by", str, enum=list(BY), description="灯色按什么分，缺省为 unit"),
            OpenApiParameter("week", OpenApiTypes.DATE, description="已封存周的周一；须同时给出 notice"),
        ],
    )
    def get(self, request: Request) -> Response:
        notices, unit = notices_of(request), unit_of(request)
        by = request.query_params.get("by", "unit")
        if by not in BY:
            raise ValidationError({"by": f"应为 {'、'.join(BY)} 之一。"})
        week = request.query_params.get("week")
        today = timezone.localdate()
        gains: list[OutcomeLine] | None
        if week:
            row = _snapshot(notices, week)
            reader, sight = open_snapshot(row), sight_of(request.user, row.notice)  # type: ignore[arg-type]
            found, today = past_board(reader, sight, by=by, within=unit).board, row.today
            gains = sums(seen(reader.outcomes(), sight, within=unit)) if reader.kept("gain") else None
        else:
            cover = replace(coverage(request.user, notices), within=unit)  # type: ignore[arg-type]
            found = board(cover, today=today, by=by)
            gains = covered_outcomes(request.user, [n.pk for n in notices], within=unit)  # type: ignore[arg-type]
        data = board_data(found, ranks=all(n.ranks for n in notices))
        return Response(BoardSerializer({"as_of": today, **data, "outcomes": gains}).data)


def _snapshot(notices: list[Notice], week: str) -> Snapshot:
    if len(notices) != 1:
        raise ValidationError({"week": "查看已封存的周须同时给出一个批次（notice）。"})
    rows = Snapshot.objects.filter(notice=notices[0]).select_related("notice__unit")
    row: Snapshot | None = next((r for r in rows if str(r.starts_on) == week), None)
    if row is None:
        raise NotFound
    return row


def board_data(found: Board, *, ranks: bool) -> dict[str, Any]:
    ranked = ranking(found.units)[0] if ranks else None
    lines = (
        [(line.unit.pk, line.unit.label, line.figures) for line in found.units]
        if found.by == "unit"
        else [(list(line.key), line.label, line.figures) for line in found.parts]
    )
    return {
        "figures": found.figures,
        "issues": asdict(found.issues),
        "by": found.by,
        "parts": [{"key": key, "label": label, **_counts(figures)} for key, label, figures in lines],
        "weeks": [{**asdict(week), "ends_on": week.ends_on.isoformat()} for week in found.weeks],
        "relapses": [
            {"unit": line.key, "label": line.label, "tasks": line.tasks, "times": line.times}
            for line in found.relapses
        ],
        "ranking": None
        if ranked is None
        else [
            {"place": r.place, "unit": r.line.unit.pk, "label": r.line.unit.label, **_counts(r.line.figures)}
            for r in ranked
        ],
    }


def _counts(found: Figures) -> dict[str, Any]:
    return dict(FiguresSerializer(found).data)


class WallView(Careful):
    """挂图作战."""

    @extend_schema(responses=WallSerializer, parameters=[NOTICE])
    def get(self, request: Request) -> Response:
        """One entry a task under its heading; the longest overdue, without persons' names."""
        today = timezone.localdate()
        found = wall(coverage(request.user, notices_of(request)), today=today)  # type: ignore[arg-type]
        data = {
            "as_of": today,
            "figures": found.figures,
            "groups": [
                {
                    "title": g.title,
                    "tasks": [{"id": s.pk, "number": s.number, "light": s.light} for s in g.squares],
                }
                for g in found.groups
            ],
            "red": [
                {"number": item.number, "title": item.title, "unit": item.unit, "days": item.days}
                for item in found.red
            ],
        }
        return Response(WallSerializer(data).data)
