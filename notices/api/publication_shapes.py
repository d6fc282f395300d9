"""Shapes of 通报 over HTTP. They do not save."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.access import reach
from accounts.roles import Can
from notices.domain.publications import PARTS
from notices.models import Notice, Publication, PublicationItem
from notices.terms import WithholdReason

_RECORD = ["id", "notice", "number", "state", "replaces", "drafted_name", "drafted_at", "proposed_name"]
_RECORD += ["proposed_at", "released_name", "released_at", "ended_name", "ended_at", "reason"]
TEXTS = [name for names in PARTS.values() for name in names]


class PublicationSerializer(serializers.ModelSerializer[Publication]):
    """An edition. Texts hold one paragraph a line; `{{问题总数}}` stands for today's figure until the release. `sha256` is
    that of the Word file as released."""

    sha256 = serializers.CharField(source="file.sha256", default=None, read_only=True)

    class Meta:
        model = Publication
        fields = [*_RECORD, *TEXTS, "sha256"]
        read_only_fields = fields


class LineSerializer(serializers.Serializer[Any]):
    """A printed paragraph; `place`: the part, or the id of the item."""

    place = serializers.CharField()
    kind = serializers.CharField()
    text = serializers.CharField()


class WordingFindingSerializer(serializers.Serializer[Any]):
    """What to look at; `blocks`: it cannot be released so."""

    place = serializers.CharField()
    where = serializers.CharField()
    message = serializers.CharField()
    blocks = serializers.BooleanField()


class PublicWordsSerializer(serializers.Serializer[Any]):
    """The words as they are printed today, or as released; the figures of that day. `findings` of drafts only."""

    lines = LineSerializer(many=True)
    figures = serializers.DictField(child=serializers.CharField())
    findings = WordingFindingSerializer(many=True)


class PublicationChangeSerializer(serializers.ModelSerializer[Publication]):
    """What may be changed while it is a draft; only what is sent is changed."""

    class Meta:
        model = Publication
        fields = TEXTS
        extra_kwargs = {name: {"required": False} for name in TEXTS}


class PublicationItemSerializer(serializers.ModelSerializer[PublicationItem]):
    """A row of the second part; `issue` null: a heading. `withhold`: "", asked or approved."""

    class Meta:
        model = PublicationItem
        fields = ["id", "publication", "issue", "path", "title", "body", "withhold", "reason", "note"]
        fields += ["asked_name", "asked_at", "approved_name", "approved_at"]
        read_only_fields = fields


class ItemChangeSerializer(serializers.ModelSerializer[PublicationItem]):
    class Meta:
        model = PublicationItem
        fields = ["title", "body"]
        extra_kwargs = {name: {"required": False} for name in fields}


@extend_schema_field(OpenApiTypes.INT)
class PlannedNotice(serializers.PrimaryKeyRelatedField):
    """A notice the caller publishes."""

    def get_queryset(self) -> QuerySet[Notice]:
        units = reach(self.context["request"].user, Can.PLAN)
        return Notice.objects.filter(unit__in=units).select_related("unit")


class BeginSerializer(serializers.Serializer[Any]):
    """`replaces`: the edition whose words are carried over; without it the words are drawn from the ledger."""

    notice = PlannedNotice()
    replaces = serializers.IntegerField(required=False, allow_null=True, default=None)


class PublicationReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class ReleaseSerializer(serializers.Serializer[Any]):
    """`noted`: the findings were looked at."""

    noted = serializers.BooleanField(default=False)


class WithholdSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=WithholdReason.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")
