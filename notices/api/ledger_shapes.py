"""Shapes of ledgers that come in, of what they would do, and of long work on them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.files.limits import LARGE, MIB
from notices.api.within import within
from notices.domain.ledger_jobs import WITH_FILE
from notices.ledger.cells import show
from notices.ledger.plan import KINDS
from notices.ledger.schema import BY_KEY
from notices.models import LedgerJob, LedgerUpload, Notice
from notices.records import FieldChange, PlanRow


@extend_schema_field(OpenApiTypes.INT)
class VisibleNotice(serializers.PrimaryKeyRelatedField):
    def get_queryset(self) -> QuerySet[Notice]:
        request = self.context["request"]
        rows = Notice.objects.visible_to(request.user).select_related("unit").defer("text")
        found: QuerySet[Notice] = within(rows, request)
        return found


class LedgerFileSerializer(serializers.Serializer[Any]):
    """Sent as multipart/form-data. `take_over`: states are registered as they stand; office only, at a campaign's start."""

    notice = VisibleNotice()
    file = serializers.FileField(max_length=200)
    take_over = serializers.BooleanField(default=False)

    def validate_file(self, file: Any) -> Any:
        if file.size > LARGE.size:
            raise serializers.ValidationError(f"文件超过 {LARGE.size // MIB} MB，请按单位拆分后分别上传。")
        return file


class LedgerUploadSerializer(serializers.ModelSerializer[LedgerUpload]):
    """`counts` are rows by what happens to them, `changes` cells. `job`: the long work on it that is under way."""

    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    job = serializers.IntegerField(source="open_job_id", read_only=True, allow_null=True)

    class Meta:
        model = LedgerUpload
        fields = [
            "id", "notice", "export", "name", "kind", "size", "sha256", "take_over", "state", "counts", "changes",
            "large", "by_name", "at", "applied_at", "undone_at", "job",
        ]  # fmt: skip
        read_only_fields = fields


class CellSerializer(serializers.Serializer[Any]):
    """`base` is what the download said, null when the file is none of ours. `place` names a conflict in `choices`."""

    column = serializers.CharField()
    place = serializers.CharField()
    base = serializers.CharField(allow_null=True)
    old = serializers.CharField()
    new = serializers.CharField()


class PlanRowSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS)
    of = serializers.ChoiceField(choices=["issue", "task"])
    number = serializers.CharField()
    sheet = serializers.CharField()
    row = serializers.IntegerField()
    reason = serializers.CharField()
    cells = CellSerializer(many=True)
    conflicts = CellSerializer(many=True)


class LedgerPlanSerializer(serializers.Serializer[Any]):
    """What confirming would do. `next` is the `start` of the following rows, null at the end; rows that stay as they are
    are counted, not listed. `missing` are rows the download had and the file has no more: nothing happens to them."""

    counts = serializers.DictField(child=serializers.IntegerField())
    changes = serializers.IntegerField()
    rows = PlanRowSerializer(many=True)
    next = serializers.IntegerField(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())


class PlanQuerySerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[k for k in KINDS if k != "keep"], required=False, default="")
    start = serializers.IntegerField(min_value=0, max_value=10_000_000, required=False, default=0)


class LedgerConfirmSerializer(serializers.Serializer[Any]):
    """`choices`: of conflicts, the place of the cell → mine (the file) or theirs (the system); what is not named stays."""

    choices = serializers.DictField(child=serializers.ChoiceField(choices=["mine", "theirs"]), default=dict)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class UndoneSerializer(serializers.Serializer[Any]):
    """`left`: rows touched since and left as they are, a sentence each. `job` instead when a worker does it."""

    restored = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    left = serializers.ListField(child=serializers.CharField())
    job = serializers.IntegerField(allow_null=True)


class LedgerOrderSerializer(serializers.Serializer[Any]):
    """`filters`: as in the address of the task list, for instance state=active&unit=3; empty for all the caller sees."""

    notice = VisibleNotice()
    filters = serializers.CharField(max_length=4000, default="", allow_blank=True)


class LedgerJobSerializer(serializers.ModelSerializer[LedgerJob]):
    """`done` of `total` rows, 0 when not known. `ready`: its file waits at `file/`."""

    done = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    ready = serializers.SerializerMethodField()

    class Meta:
        model = LedgerJob
        fields = [
            "id", "kind", "state", "notice", "upload", "done", "total", "message", "ready", "by_name", "at",
            "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_done(self, row: LedgerJob) -> int:
        return int(self.context["standing"](row).done)

    def get_total(self, row: LedgerJob) -> int:
        return int(self.context["standing"](row).total)

    def get_ready(self, row: LedgerJob) -> bool:
        return bool(row.file) and row.kind in WITH_FILE and row.by_id == self.context["request"].user.pk


class ColumnSerializer(serializers.Serializer[Any]):
    """A column of one list: who may change it, how it is filled in."""

    listed = serializers.CharField()
    header = serializers.CharField()
    who = serializers.CharField()
    help = serializers.CharField()
    example = serializers.CharField()


def row_shown(row: PlanRow) -> dict[str, Any]:
    """A row of a plan in words; a new one with all its cells."""
    cells = [_cell(row, change) for change in row.fields]
    if row.kind == "add":
        cells += [
            {
                "column": BY_KEY[k].header if k in BY_KEY else k,
                "place": "",
                "base": None,
                "old": "",
                "new": show(v),
            }
            for k, v in row.values.items()
            if v != ""
        ]
    said = {name: getattr(row, name) for name in ("kind", "of", "number", "sheet", "row", "reason")}
    return {**said, "cells": cells, "conflicts": [_cell(row, change) for change in row.conflicts]}


def _cell(row: PlanRow, change: FieldChange) -> dict[str, Any]:
    return {
        "column": change.column,
        "place": f"{row.sheet}!{change.cell}",
        "base": None if change.base is None else show(change.base),
        "old": show(change.old),
        "new": show(change.new),
    }
