"""常用视图 over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.models import Unit
from notices.api.careful import IF_MATCH, Careful
from notices.api.viewsets import CallerRequest
from notices.domain import saved_views
from notices.domain.saved_views import Wanted
from notices.models import SavedView
from notices.terms import ListKind


class SharedUnit(serializers.PrimaryKeyRelatedField):
    """A unit the caller may share with."""

    def get_queryset(self) -> QuerySet[Unit]:
        return Unit.objects.filter(pk__in=saved_views.shareable(self.context["request"].user))


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """`query` is the address of the list behind the question mark; `owner_name` who made it."""

    kind = serializers.ChoiceField(ListKind.choices)
    unit = SharedUnit(required=False, allow_null=True, default=None)
    owner_name = serializers.CharField(source="owner.name", read_only=True)
    query = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    columns = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")

    class Meta:
        model = SavedView
        fields = ["id", "kind", "name", "query", "columns", "unit", "owner_name", "version", "created_at"]
        read_only_fields = ["created_at", "version"]
        validators: list[Any] = []  # the rule answers for names used twice


class UseSerializer(serializers.Serializer[Any]):
    """`default`: the list opens with it; `mails`: by mail on Mondays, `when_empty` also when it holds nothing."""

    default = serializers.BooleanField(default=False)
    mails = serializers.BooleanField(default=False)
    when_empty = serializers.BooleanField(default=False)


class SavedViewViewSet(Careful, viewsets.ReadOnlyModelViewSet[SavedView]):
    """常用视图: one's own and those shared with one's unit."""

    request: CallerRequest
    queryset = SavedView.objects.none()
    serializer_class = SavedViewSerializer
    filterset_fields = ["kind"]

    def get_queryset(self) -> QuerySet[SavedView]:
        return SavedView.objects.visible_to(self.request.user).select_related("owner")

    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        row = saved_views.save(_wanted(shape.validated_data), by=request.user, at=timezone.now())
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=SavedViewSerializer, responses=SavedViewSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """By its owner; the list it is of stays."""
        view = self.get_object()
        shape = self.get_serializer(view, data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        kept = {
            "kind": view.kind,
            "name": view.name,
            "query": view.query,
            "columns": view.columns,
            "unit": view.unit,
        }
        wanted = _wanted({**kept, **shape.validated_data, "kind": view.kind})
        row = saved_views.change(view, wanted, version=view.version, by=request.user, at=timezone.now())
        return Response(self.get_serializer(row).data)

    @extend_schema(responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        saved_views.remove(self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=UseSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def use(self, request: CallerRequest, pk: str | None = None) -> Response:
        """默认视图 and the Monday mail of the caller; what is left out is switched off."""
        view = self.get_object()
        shape = UseSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        now, today = timezone.now(), timezone.localdate()
        saved_views.use(view, **shape.validated_data, by=request.user, at=now, today=today)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(ListKind(given["kind"]), given["name"], given["query"], given["columns"], given["unit"])
