"""After the plan: more time, reviews, look-backs and links between issues over HTTP; the same rules as the pages."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from notices.api.careful import Careful
from notices.api.followup_shapes import (
    CloseSerializer,
    DecisionSerializer,
    ExtensionSerializer,
    JudgementSerializer,
    LinkSerializer,
    LookBackItemSerializer,
    LookBackSerializer,
    ReviewSerializer,
    WhySerializer,
)
from notices.api.pagination import ByPosition
from notices.api.viewsets import CallerRequest
from notices.domain import extensions, links, lookback, reviews
from notices.domain.extensions import Decision
from notices.domain.lookback import Judgement, Plan
from notices.domain.reviews import Finding
from notices.models import Extension, IssueLink, LookBack, LookBackItem, Review

_TASK = ("task__notice", "task__lead_unit", "task__leader", "task__contact")


class ListCreate(Careful, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Lists, shows and makes; nothing is edited in place."""

    request: CallerRequest

    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        shape = self.get_serializer(data=request.data)
        shape.is_valid(raise_exception=True)
        row = self.make(dict(shape.validated_data))
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def make(self, given: dict[str, Any]) -> Any:
        """The one domain call."""
        raise NotImplementedError


class ExtensionViewSet(ListCreate):
    """延期申请."""

    guarded = ("decide", "withdraw")
    queryset = Extension.objects.none()
    serializer_class = ExtensionSerializer
    filterset_fields = ["task", "state"]

    def get_queryset(self) -> QuerySet[Extension]:
        return Extension.objects.visible_to(self.request.user).select_related(*_TASK, "asked_by")

    def make(self, given: dict[str, Any]) -> Extension:
        today = timezone.localdate()
        return extensions.ask(**given, by=self.request.user, at=timezone.now(), today=today)

    @extend_schema(request=DecisionSerializer, responses=ExtensionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: CallerRequest, pk: str | None = None) -> Response:
        """The unit head's word, then the office's."""
        row = self.get_object()
        shape = DecisionSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        decision = Decision(given["yes"], given["note"], given["granted_on"])
        extensions.decide(row, decision, by=request.user, at=timezone.now(), today=timezone.localdate())
        return Response(self.get_serializer(row).data)

    @extend_schema(request=None, responses=ExtensionSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: CallerRequest, pk: str | None = None) -> Response:
        row = extensions.withdraw(self.get_object(), by=request.user, at=timezone.now())
        return Response(self.get_serializer(row).data)


class ReviewViewSet(ListCreate):
    """复查."""

    queryset = Review.objects.none()
    serializer_class = ReviewSerializer
    filterset_fields = ["task", "verdict"]

    def get_queryset(self) -> QuerySet[Review]:
        return Review.objects.visible_to(self.request.user)

    def make(self, given: dict[str, Any]) -> Review:
        finding = Finding(given["text"], given["verdict"], given.get("deadline"))
        today = timezone.localdate()
        return reviews.record(given["task"], finding, by=self.request.user, at=timezone.now(), today=today)


class LookBackViewSet(ListCreate):
    """回头看."""

    guarded = ("close",)
    queryset = LookBack.objects.none()
    serializer_class = LookBackSerializer
    filterset_fields = ["notice"]

    def get_queryset(self) -> QuerySet[LookBack]:
        return LookBack.objects.visible_to(self.request.user).with_counts().select_related("notice")

    def make(self, given: dict[str, Any]) -> LookBack:
        notice = given.pop("notice")
        row = lookback.begin(notice, Plan(**given), by=self.request.user, at=timezone.now())
        return self.get_queryset().get(pk=row.pk)

    @extend_schema(responses=LookBackItemSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=ByPosition, filterset_fields=[])
    def items(self, request: Request, pk: str | None = None) -> Response:
        """The sample in the order it was drawn."""
        page = self.paginate_queryset(self.get_object().items.all())
        return self.get_paginated_response(LookBackItemSerializer(page, many=True).data)

    @extend_schema(request=CloseSerializer, responses=LookBackSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: CallerRequest, pk: str | None = None) -> Response:
        shape = CloseSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        lookback.close(
            self.get_object(), summary=shape.validated_data["summary"], by=request.user, at=timezone.now()
        )
        return Response(self.get_serializer(self.get_object()).data)


class LookBackItemViewSet(Careful, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LookBackItem]):
    """回头看事项."""

    request: CallerRequest
    guarded = ("judge",)
    queryset = LookBackItem.objects.none()
    serializer_class = LookBackItemSerializer

    def get_queryset(self) -> QuerySet[LookBackItem]:
        seen = LookBack.objects.visible_to(self.request.user).values("pk")
        rows = LookBackItem.objects.filter(look_back__in=seen)
        return rows.select_related("look_back__notice", *_TASK)

    @extend_schema(request=JudgementSerializer, responses=LookBackItemSerializer)
    @action(detail=True, methods=["post"])
    def judge(self, request: CallerRequest, pk: str | None = None) -> Response:
        """巩固 or 反弹; the latter reopens the task."""
        shape = JudgementSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        said = Judgement(**shape.validated_data)
        today = timezone.localdate()
        row = lookback.judge(self.get_object(), said, by=request.user, at=timezone.now(), today=today)
        return Response(self.get_serializer(row).data)


class LinkViewSet(ListCreate):
    """问题关联."""

    guarded = ("remove",)
    queryset = IssueLink.objects.none()
    serializer_class = LinkSerializer
    filterset_fields = ["kind"]

    def get_queryset(self) -> QuerySet[IssueLink]:
        rows = IssueLink.objects.visible_to(self.request.user)
        return rows.select_related("earlier__notice", "later__notice")

    def make(self, given: dict[str, Any]) -> IssueLink:
        return links.confirm(**given, by=self.request.user, at=timezone.now())

    @extend_schema(request=WhySerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request: CallerRequest, pk: str | None = None) -> Response:
        shape = WhySerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        links.remove(self.get_object(), why=shape.validated_data["why"], by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
