"""通报 over HTTP, with the rules of the pages: draft, edit, propose, release, download."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from notices.api.careful import Careful
from notices.api.publication_shapes import (
    BeginSerializer,
    ItemChangeSerializer,
    PublicationChangeSerializer,
    PublicationItemSerializer,
    PublicationReasonSerializer,
    PublicationSerializer,
    PublicWordsSerializer,
    ReleaseSerializer,
    WithholdSerializer,
)
from notices.api.viewsets import CallerRequest
from notices.domain import publications, withholding
from notices.domain.notice_papers import publication_bytes
from notices.domain.publication_text import checks, edition, released, words_from_json
from notices.filters import PublicationFilter
from notices.models import Publication, PublicationFile, PublicationItem
from notices.report.public_notice import printed
from notices.terms import OUT_STATES, WithholdReason

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class PublicationViewSet(Careful, viewsets.ReadOnlyModelViewSet[Publication]):
    """通报: drafts for the office, released editions for everybody who sees the notice."""

    request: CallerRequest
    guarded = ("partial_update", "propose", "give_back", "release", "withdraw")
    queryset = Publication.objects.none()
    serializer_class = PublicationSerializer
    filterset_class = PublicationFilter

    def get_queryset(self) -> QuerySet[Publication]:
        rows = Publication.objects.visible_to(self.request.user).select_related("notice__unit")
        files = PublicationFile.objects.defer("content", "words", "figures")
        return rows.prefetch_related(Prefetch("file", files)).defer("notice__text")

    @extend_schema(request=BeginSerializer, responses={201: PublicationSerializer})
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Draw an edition from the ledger, or begin the one that replaces another."""
        shape = BeginSerializer(data=request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        notice, replaces = shape.validated_data["notice"], shape.validated_data["replaces"]
        by, at, today = request.user, timezone.now(), timezone.localdate()
        if replaces is None:
            row = publications.begin(notice, by=by, at=at, today=today)
        else:
            old = Publication.objects.of_office(by).filter(notice=notice, pk=replaces).first()
            if old is None:
                raise NotFound
            row = publications.renew(old, by=by, at=at, today=today)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=PublicationChangeSerializer, responses=PublicationSerializer)
    def partial_update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Change texts or settings of a draft."""
        row = self.get_object()
        shape = PublicationChangeSerializer(data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        publications.revise_some(row, shape.validated_data, by=request.user, at=timezone.now())
        return self._answer(row)

    @extend_schema(responses=PublicWordsSerializer)
    @action(detail=True, methods=["get"])
    def words(self, request: Request, pk: str | None = None) -> Response:
        """The printed words; of a draft with what to look at."""
        row = self.get_object()
        if row.state in OUT_STATES:
            file = released(row)
            text, figures, found = words_from_json(file.words), file.figures, []
        else:
            today = edition(row, today=timezone.localdate())
            text, figures, found = today.text, dict(today.standing.figures), checks(today)
        data = {"lines": printed(text), "figures": figures, "findings": found}
        return Response(PublicWordsSerializer(data).data)

    @extend_schema(responses={(200, DOCX): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str | None = None) -> HttpResponse:
        """The Word file: as released, checked against its hash; of a draft as it would look today."""
        row = self.get_object()
        if row.state in OUT_STATES:
            content = bytes(released(row).content)
        else:
            content = publication_bytes(row, edition(row, today=timezone.localdate()).text)
        answer = HttpResponse(content, content_type=DOCX)
        answer["Content-Disposition"] = f'attachment; filename="publication-{row.pk}.docx"'
        answer["Cache-Control"] = "private, no-store"
        return answer

    @extend_schema(request=None, responses=PublicationSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: CallerRequest, pk: str | None = None) -> Response:
        """报请印发."""
        row = self.get_object()
        publications.propose(row, by=request.user, at=timezone.now(), today=timezone.localdate())
        return self._answer(row)

    @extend_schema(request=PublicationReasonSerializer, responses=PublicationSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def give_back(self, request: CallerRequest, pk: str | None = None) -> Response:
        """退回."""
        row, shape = self.get_object(), PublicationReasonSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        why = shape.validated_data["reason"]
        publications.give_back(row, reason=why, by=request.user, at=timezone.now())
        return self._answer(row)

    @extend_schema(request=ReleaseSerializer, responses=PublicationSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: CallerRequest, pk: str | None = None) -> Response:
        """印发, by another person than the one who proposed it."""
        row, shape = self.get_object(), ReleaseSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        noted, today = shape.validated_data["noted"], timezone.localdate()
        publications.release(row, noted=noted, by=request.user, at=timezone.now(), today=today)
        return self._answer(row)

    @extend_schema(request=PublicationReasonSerializer, responses=PublicationSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: CallerRequest, pk: str | None = None) -> Response:
        """撤回."""
        row, shape = self.get_object(), PublicationReasonSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        why = shape.validated_data["reason"]
        publications.withdraw(row, reason=why, by=request.user, at=timezone.now())
        return self._answer(row)

    def _answer(self, row: Publication) -> Response:
        self._shown = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(self._shown).data)


class PublicationItemViewSet(
    Careful, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PublicationItem]
):
    """条目 of an edition, for the office: withheld ones are among them."""

    request: CallerRequest
    guarded = ("partial_update", "withhold", "approve", "lift")
    queryset = PublicationItem.objects.none()
    serializer_class = PublicationItemSerializer
    filterset_fields = ["publication", "withhold"]

    def get_queryset(self) -> QuerySet[PublicationItem]:
        mine = Publication.objects.of_office(self.request.user)
        rows = PublicationItem.objects.filter(publication__in=mine)
        return rows.select_related("publication__notice__unit").order_by("publication", "position", "pk")

    @extend_schema(request=ItemChangeSerializer, responses=PublicationItemSerializer)
    def partial_update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Change the words of one row of a draft."""
        item, shape = self.get_object(), ItemChangeSerializer(data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        given = {"title": item.title, "body": item.body, **shape.validated_data}
        publications.revise_item(item, **given, by=request.user, at=timezone.now())
        return self._answer(item)

    @extend_schema(request=WithholdSerializer, responses=PublicationItemSerializer)
    @action(detail=True, methods=["post"])
    def withhold(self, request: CallerRequest, pk: str | None = None) -> Response:
        """申请不公开."""
        item, shape = self.get_object(), WithholdSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        withholding.ask(
            item.publication,
            [item.pk],
            WithholdReason(given["reason"]),
            note=given["note"],
            by=request.user,
            at=timezone.now(),
        )
        return self._answer(item)

    @extend_schema(request=None, responses=PublicationItemSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: CallerRequest, pk: str | None = None) -> Response:
        """批准不公开, by another person than the one who asked."""
        item = self.get_object()
        withholding.approve(item, by=request.user, at=timezone.now())
        return self._answer(item)

    @extend_schema(request=None, responses=PublicationItemSerializer)
    @action(detail=True, methods=["post"])
    def lift(self, request: CallerRequest, pk: str | None = None) -> Response:
        """The item is public again."""
        item = self.get_object()
        withholding.lift(item, by=request.user, at=timezone.now())
        return self._answer(item)

    def _answer(self, item: PublicationItem) -> Response:
        self._shown = self.get_queryset().get(pk=item.pk)
        return Response(self.get_serializer(self._shown).data)
