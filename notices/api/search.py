"""Search over HTTP: the same words, the same answers as the page."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from notices.api.careful import Careful
from notices.api.viewsets import CallerRequest
from notices.api.within import within
from notices.domain.hits import Hit, hits, rows_of
from notices.domain.search import LONGEST, SHORTEST
from notices.models import Notice
from notices.terms import Sought


class AskedSerializer(serializers.Serializer[Any]):
    """What is looked for: words of two characters or more, one kind, one notice or all."""

    q = serializers.CharField(min_length=SHORTEST, max_length=LONGEST)
    kind = serializers.ChoiceField(choices=Sought.choices, default=Sought.TASK)
    notice = serializers.PrimaryKeyRelatedField(
        queryset=Notice.objects.none(), required=False, allow_null=True, default=None
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and request.user.is_authenticated:
            fields["notice"].queryset = within(Notice.objects.visible_to(request.user), request)  # type: ignore[attr-defined]
        return fields


class HitSerializer(serializers.Serializer[Hit]):
    """`where` names the text; the words stand as `word` between `before` and `after`."""

    kind = serializers.ChoiceField(choices=Sought.choices)
    id = serializers.IntegerField(source="pk")
    notice = serializers.IntegerField(source="notice.pk")
    task = serializers.IntegerField(allow_null=True)
    issue = serializers.IntegerField(allow_null=True)
    number = serializers.CharField()
    title = serializers.CharField()
    where = serializers.CharField(source="place.where")
    before = serializers.CharField(source="place.before")
    word = serializers.CharField(source="place.word")
    after = serializers.CharField(source="place.after")
    by = serializers.CharField()


class SearchViewSet(Careful, viewsets.GenericViewSet[Any]):
    """检索."""

    request: CallerRequest
    queryset = Notice.objects.none()
    serializer_class = HitSerializer

    def get_queryset(self) -> QuerySet[Any]:
        return Notice.objects.none()

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, required=True, description="至少两个字"),
            OpenApiParameter("kind", str, enum=Sought.values, description="种类，缺省为任务"),
            OpenApiParameter("notice", int, description="批次"),
        ],
        responses=HitSerializer(many=True),
    )
    def list(self, request: CallerRequest) -> Response:
        """The newest first, page by page; one kind at a time."""
        asked = AskedSerializer(data=request.query_params, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        words, kind = asked.validated_data["q"], Sought(asked.validated_data["kind"])
        rows = self.filter_queryset(rows_of(kind, words, request.user, asked.validated_data["notice"]))
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(self.get_serializer(hits(kind, page, words), many=True).data)
