"""推送订阅 over HTTP: set up, change, remove; the log of what was sent, and one of it once more."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from notices.api.careful import Careful
from notices.api.pagination import ByKey
from notices.api.viewsets import CallerRequest
from notices.domain import subscriptions
from notices.domain.subscriptions import Wanted
from notices.models import Delivery, Notice, Subscription
from notices.terms import HookEvent


@extend_schema_field(OpenApiTypes.INT)
class SeenNotice(serializers.PrimaryKeyRelatedField):
    def get_queryset(self) -> QuerySet[Notice]:
        return Notice.objects.visible_to(self.context["request"].user)


class SubscriptionSerializer(serializers.ModelSerializer[Subscription]):
    """`secret` stands in the answer that makes the subscription, and in no other."""

    events = serializers.ListField(child=serializers.ChoiceField(HookEvent.choices), allow_empty=False)
    notice = SeenNotice(required=False, allow_null=True)

    class Meta:
        model = Subscription
        fields = ["id", "name", "address", "events", "notice", "is_on", "off_why", "failing_since", "version"]
        read_only_fields = ["off_why", "failing_since", "version"]


class MadeSerializer(SubscriptionSerializer):
    secret = serializers.CharField(read_only=True)

    class Meta(SubscriptionSerializer.Meta):
        fields = [*SubscriptionSerializer.Meta.fields, "secret"]


class HookDeliverySerializer(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = [
            "id", "event", "action", "subject_type", "subject_id", "at", "state", "tries", "code", "note",
            "not_before", "sent_at",
        ]  # fmt: skip
        read_only_fields = fields


class AgainSerializer(serializers.Serializer[Any]):
    delivery = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class SubscriptionViewSet(
    Careful,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Subscription],
):
    """推送订阅."""

    request: CallerRequest
    queryset = Subscription.objects.none()
    serializer_class = SubscriptionSerializer
    filterset_fields = ["is_on"]

    def get_queryset(self) -> QuerySet[Subscription]:
        return Subscription.objects.visible_to(self.request.user).select_related("owner", "notice")

    @extend_schema(request=SubscriptionSerializer, responses={201: MadeSerializer})
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        wanted = Wanted(**{"notice": None, "is_on": True, **shape.validated_data})
        at, today = timezone.now(), timezone.localdate()
        row, secret = subscriptions.add(wanted, by=request.user, at=at, today=today)
        return Response({**self.get_serializer(row).data, "secret": secret}, status=status.HTTP_201_CREATED)

    @extend_schema(request=SubscriptionSerializer, responses=SubscriptionSerializer)
    def partial_update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        shape = self.get_serializer(row, data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        present = {name: getattr(row, name) for name in ("name", "address", "events", "notice", "is_on")}
        wanted = Wanted(**{**present, **shape.validated_data})
        subscriptions.change(row, wanted, version=row.version, by=request.user, at=timezone.now())
        return Response(self.get_serializer(row).data)

    def destroy(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        subscriptions.remove(self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=HookDeliverySerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=ByKey, filterset_fields=[])
    def deliveries(self, request: CallerRequest, pk: str | None = None) -> Response:
        """The log, newest first, of the last thirty days."""
        page = self.paginate_queryset(self.get_object().deliveries.all())
        return self.get_paginated_response(HookDeliverySerializer(page, many=True).data)

    @extend_schema(request=AgainSerializer, responses=HookDeliverySerializer)
    @action(detail=True, methods=["post"])
    def again(self, request: CallerRequest, pk: str | None = None) -> Response:
        """重发."""
        of = self.get_object()
        shape = AgainSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        rows = Delivery.objects.filter(subscription=of).select_related("subscription__owner")
        row = rows.filter(pk=shape.validated_data["delivery"]).first()
        if row is None:
            raise NotFound
        subscriptions.send_again(row, by=request.user, at=timezone.now())
        row.refresh_from_db()
        return Response(HookDeliverySerializer(row).data)
