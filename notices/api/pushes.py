"""批示 and 函件 over HTTP, with the rules of the pages."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from notices.api.batches import left, seen_tasks
from notices.api.careful import Careful
from notices.api.followup_shapes import WhySerializer
from notices.api.push_serializers import (
    DirectiveReplySerializer,
    DirectiveSerializer,
    DraftSerializer,
    EndSerializer,
    GiveManySerializer,
    GivenManySerializer,
    GiveSerializer,
    LetterReplySerializer,
    LetterSerializer,
    ReviseSerializer,
    TextSerializer,
)
from notices.api.viewsets import CallerRequest
from notices.domain import directives, letters
from notices.domain.directives import Words
from notices.domain.letters import Content
from notices.errors import Missing
from notices.filters import DirectiveFilter, LetterFilter
from notices.models import Directive, Letter, LetterFile, Task
from notices.terms import DirectiveEnd, LetterKind


class DirectiveViewSet(Careful, viewsets.ReadOnlyModelViewSet[Directive]):
    """批示."""

    request: CallerRequest
    guarded = ("end",)
    queryset = Directive.objects.none()
    serializer_class = DirectiveSerializer
    filterset_class = DirectiveFilter

    def get_queryset(self) -> QuerySet[Directive]:
        rows = Directive.objects.visible_to(self.request.user).select_related("unit", "notice__unit")
        return rows.prefetch_related("replies").defer("notice__text")

    def _again(self, pk: int) -> Response:
        """The directive as it is now."""
        self._shown = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer(self._shown).data)

    @extend_schema(request=GiveSerializer, responses={201: DirectiveSerializer})
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Give a directive on a task or an issue."""
        shape = GiveSerializer(data=request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        subject = given.get("task") or given["issue"]
        units = [] if directives.giver(request.user, subject) else directives.units_of(subject)
        unit = given.get("unit") or (units[0] if len(units) == 1 else None)
        if unit is None and units:
            raise Missing({"unit": "请给出承办单位（unit）。"})
        words = Words(given["text"], given["reply_by"], given["leader_name"])
        row = directives.give(
            subject,
            words,
            unit=unit or subject.notice.unit,
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=TextSerializer, responses={201: DirectiveReplySerializer})
    @action(detail=True, methods=["post"])
    def reply(self, request: CallerRequest, pk: str | None = None) -> Response:
        """The unit's reply."""
        row = self.get_object()
        shape = TextSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        made = directives.reply(row, text=shape.validated_data["text"], by=request.user, at=timezone.now())
        return Response(DirectiveReplySerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=GiveManySerializer, responses=GivenManySerializer)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def batch(self, request: CallerRequest) -> Response:
        """The same directive on several tasks; 200 also when some were refused: each of those with its reason."""
        shape = GiveManySerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        days = {row["task"]: row["reply_by"] or given["reply_by"] for row in given["tasks"]}
        seen = seen_tasks(request, list(days))
        orders = [(seen[pk], day) for pk, day in days.items() if pk in seen]
        words = Words(given["text"], leader_name=given["leader_name"])
        today = timezone.localdate()
        found = directives.give_many(orders, words, by=request.user, at=timezone.now(), today=today)
        rows = self.get_queryset().filter(pk__in=[row.pk for _, row in found.made]).order_by("pk")
        return Response(GivenManySerializer({"given": rows, "refused": left(found, list(days))}).data)

    @extend_schema(request=None, responses=DirectiveSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: CallerRequest, pk: str | None = None) -> Response:
        """已阅, by the unit; once more changes nothing."""
        row = self.get_object()
        directives.mark_read(row, by=request.user, at=timezone.now())
        return self._again(row.pk)

    @extend_schema(request=EndSerializer, responses=DirectiveSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: CallerRequest, pk: str | None = None) -> Response:
        """办结 or 撤回, by the leader who gave it or the office."""
        row = self.get_object()
        shape = EndSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        how, why = DirectiveEnd(shape.validated_data["how"]), shape.validated_data["why"]
        directives.end(row, how, why=why, by=request.user, at=timezone.now())
        return self._again(row.pk)


class LetterViewSet(Careful, viewsets.ReadOnlyModelViewSet[Letter]):
    """函件: drafted, revised, issued and withdrawn by the office; signed for and answered by the unit."""

    request: CallerRequest
    guarded = ("receive", "partial_update", "destroy", "issue", "withdraw")
    queryset = Letter.objects.none()
    serializer_class = LetterSerializer
    filterset_class = LetterFilter

    def get_queryset(self) -> QuerySet[Letter]:
        user = self.request.user
        seen = Prefetch("tasks", Task.objects.visible_to(user).in_order(), to_attr="seen_tasks")
        files = Prefetch("file", LetterFile.objects.defer("content"))
        rows = Letter.objects.visible_to(user).select_related("unit", "notice__unit").defer("notice__text")
        return rows.prefetch_related("replies", seen, files)

    def _again(self, code: int = status.HTTP_200_OK) -> Response:
        """The letter as it is now."""
        self._shown = self.get_queryset().get(pk=self.kwargs["pk"])
        return Response(self.get_serializer(self._shown).data, status=code)

    @extend_schema(request=DraftSerializer, responses={201: LetterSerializer})
    def create(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Draft one with proposed words. Nothing is sent."""
        shape = DraftSerializer(data=request.data, context=self.get_serializer_context())
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        tasks: list[Task] = given["tasks"]
        unit, notice = tasks[0].lead_unit, tasks[0].notice
        if unit is None or any((t.lead_unit_id, t.notice_id) != (unit.pk, notice.pk) for t in tasks):
            raise Missing({"tasks": "一份函件的任务应属同一批次、由同一单位牵头。"})
        row = letters.begin(
            notice,
            LetterKind(given["kind"]),
            unit=unit,
            tasks=tasks,
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
        self.kwargs["pk"] = row.pk
        return self._again(status.HTTP_201_CREATED)

    @extend_schema(request=ReviseSerializer, responses=LetterSerializer)
    def partial_update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Change a draft; whoever does becomes its writer. What is left out stays."""
        row = self.get_object()
        shape = ReviseSerializer(data=request.data, partial=True)
        shape.is_valid(raise_exception=True)
        names = ("title", "text", "signature", "reply_by")
        content = Content(**{name: shape.validated_data.get(name, getattr(row, name)) for name in names})
        letters.revise(row, content, by=request.user, at=timezone.now(), today=timezone.localdate())
        return self._again()

    @extend_schema(responses={204: None})
    def destroy(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Give a draft up."""
        letters.drop(self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: CallerRequest, pk: str | None = None) -> Response:
        """签发: the number and the frozen file. 告诫书 and 问责建议 are issued by another person than the writer."""
        letters.issue(self.get_object(), by=request.user, at=timezone.now(), today=timezone.localdate())
        return self._again()

    @extend_schema(request=WhySerializer, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: CallerRequest, pk: str | None = None) -> Response:
        """Take an issued letter back; its number stays used."""
        row = self.get_object()
        shape = WhySerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        letters.withdraw(row, why=shape.validated_data["why"], by=request.user, at=timezone.now())
        return self._again()

    @extend_schema(request=None, responses=LetterSerializer)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, pk: str | None = None) -> Response:
        """签收."""
        letters.receive(self.get_object(), by=self.request.user, at=timezone.now())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=TextSerializer, responses={201: LetterReplySerializer})
    @action(detail=True, methods=["post"])
    def reply(self, request: CallerRequest, pk: str | None = None) -> Response:
        """The unit's reply."""
        row = self.get_object()
        shape = TextSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        made = letters.reply(row, text=shape.validated_data["text"], by=request.user, at=timezone.now())
        return Response(LetterReplySerializer(made).data, status=status.HTTP_201_CREATED)
