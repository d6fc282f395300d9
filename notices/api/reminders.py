"""提醒 over HTTP: a notice's rules and what they would send, deliveries, how it runs. The rules are those of the pages."""

import datetime as dt
from typing import Any

import django_filters as df
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import holds, reach
from accounts.roles import Can
from notices.api.careful import Careful
from notices.api.viewsets import CallerRequest
from notices.domain import health, preview, reminder_settings
from notices.domain.reminder_settings import Settings
from notices.models import Notice, Reminder, ReminderSetting
from notices.terms import Channel, DeliveryState


class DeliveryFilter(df.FilterSet):
    """`rule` as rows keep it: left_10, overdue, week …"""

    notice = df.NumberFilter(method="of_notice", label="批次")
    task = df.NumberFilter(field_name="task_id", label="任务")
    rule = df.CharFilter(label="规则")
    channel = df.ChoiceFilter(choices=Channel.choices, label="渠道")
    state = df.ChoiceFilter(choices=DeliveryState.choices, label="状态")
    occurrence_on = df.DateFilter(label="应提醒日")

    class Meta:
        model = Reminder
        fields: list[str] = []

    def of_notice(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(Q(notice=value) | Q(task__notice=value))


class RulesSerializer(serializers.Serializer[Any]):
    """`rungs`: [[days left, [who, …]], …]; empty: the preset's. `rules`: rule → tell, every, after, ahead, mail, group,
    must, letter; what is left out is the preset's."""

    is_on = serializers.BooleanField(default=True)
    working_days = serializers.BooleanField(default=False)
    rungs = serializers.ListField(default=list)
    rules = serializers.JSONField(default=dict)

    def validate_rungs(self, value: Any) -> Any:
        reminder_settings.read_rungs(value)
        return value

    def validate_rules(self, value: Any) -> Any:
        reminder_settings.read_rules(value)
        return value

    def settings(self) -> Settings:
        return Settings(**self.validated_data)


class RulesInForceSerializer(RulesSerializer):
    """Every rule with its values. `own`: the notice differs from its preset."""

    notice = serializers.IntegerField()
    preset = serializers.CharField()
    own = serializers.BooleanField()


class ForeseenLineSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    rule = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())


class ForeseenDaySerializer(serializers.Serializer[Any]):
    """`held`: mails and posts of that day wait for the next working day. `more`: lines that are not listed."""

    day = serializers.DateField()
    total = serializers.IntegerField()
    held = serializers.BooleanField()
    lines = ForeseenLineSerializer(many=True)
    more = serializers.IntegerField()


class DeliverySerializer(serializers.ModelSerializer[Reminder]):
    """One reminder to one receiver by one channel. `task` null: `subject` is the key of what `rule` is about."""

    notice = serializers.SerializerMethodField()
    rule_name = serializers.SerializerMethodField()
    receiver = serializers.SerializerMethodField()

    class Meta:
        model = Reminder
        fields = [
            "id", "notice", "task", "subject", "rule", "rule_name", "receiver", "channel", "occurrence_on", "deadline",
            "state", "not_before", "tries", "sent_at", "note", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_notice(self, row: Reminder) -> int:
        return row.notice_id or (row.task.notice_id if row.task else 0)

    def get_rule_name(self, row: Reminder) -> str:
        return reminder_settings.label_of(row.rule)

    def get_receiver(self, row: Reminder) -> str:
        return row.recipient.name if row.recipient else row.outlet.name if row.outlet else ""


class WaitingSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    now = serializers.IntegerField()
    later = serializers.IntegerField()
    claimed = serializers.IntegerField()


class HealthSerializer(serializers.Serializer[Any]):
    """`trouble`: sentences about what is wrong now; empty when all is well. `failures`: receivers given up."""

    last_started_at = serializers.DateTimeField(allow_null=True)
    last_finished_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)
    dry = serializers.BooleanField()
    sent_today = serializers.IntegerField()
    queue = WaitingSerializer(many=True)
    failures = serializers.IntegerField()
    trouble = serializers.ListField(child=serializers.CharField())


class ReminderRulesViewSet(Careful, viewsets.GenericViewSet[Notice]):
    """提醒规则 of a notice (its id), for its office."""

    request: CallerRequest
    guarded = ("update", "destroy")
    queryset = Notice.objects.none()
    serializer_class = RulesInForceSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[Notice]:
        units = reach(self.request.user, Can.PLAN)
        return Notice.objects.filter(unit__in=units).select_related("unit").defer("text")

    def etag(self, row: Notice) -> str:
        setting = ReminderSetting.objects.filter(notice=row).first()
        return f'"{row.pk}.{setting.version if setting else 0}"'

    def retrieve(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """The rules in force."""
        return self._answer(self.get_object())

    @extend_schema(request=RulesSerializer, responses=RulesInForceSerializer)
    def update(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Set them, all at once."""
        notice = self.get_object()
        setting = ReminderSetting.objects.filter(notice=notice).first()
        version = setting.version if setting else 0
        wanted = self._wanted(request)
        reminder_settings.configure(notice, wanted, version=version, by=request.user, at=timezone.now())
        return self._answer(notice)

    @extend_schema(responses={204: None})
    def destroy(self, request: CallerRequest, *args: Any, **kwargs: Any) -> Response:
        """Back to the preset's own."""
        reminder_settings.reset(self.get_object(), by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RulesSerializer, responses=ForeseenDaySerializer(many=True))
    @action(detail=True, methods=["post"])
    def preview(self, request: CallerRequest, pk: str | None = None) -> Response:
        """What these rules would send in the coming week; nothing is kept and nothing sent."""
        notice = self.get_object()
        ladder = reminder_settings.wanted_ladder(notice.preset, self._wanted(request))
        days = preview.preview(notice, ladder, today=timezone.localdate())
        return Response(ForeseenDaySerializer(days, many=True).data)

    def _wanted(self, request: CallerRequest) -> Settings:
        shape = RulesSerializer(data=request.data)
        shape.is_valid(raise_exception=True)
        return shape.settings()

    def _answer(self, notice: Notice) -> Response:
        setting = ReminderSetting.objects.filter(notice=notice).first()
        shown = reminder_settings.describe(
            reminder_settings.wanted_ladder(notice.preset, setting or Settings())
        )
        data = vars(shown) | {
            "is_on": setting.is_on if setting else True,
            "notice": notice.pk,
            "preset": notice.preset,
            "own": setting is not None,
        }
        return Response(self.get_serializer(data).data)


class DeliveryViewSet(Careful, viewsets.ReadOnlyModelViewSet[Reminder]):
    """提醒发送记录 of the notices of one's office."""

    request: CallerRequest
    guarded = ("retry",)
    queryset = Reminder.objects.none()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilter

    def get_queryset(self) -> QuerySet[Reminder]:
        found = health.deliveries(self.request.user).select_related("recipient", "outlet", "task")
        return found.defer("task__text")

    @extend_schema(request=None, responses=DeliverySerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: CallerRequest, pk: str | None = None) -> Response:
        """Queue what was given up for the same receiver again."""
        row = self.get_object()
        key = f"{row.channel}-{row.recipient_id or row.outlet_id}"
        health.retry(request.user, key, at=timezone.now())
        row.refresh_from_db()
        return Response(self.get_serializer(row).data)


class ReminderHealthView(Careful):
    """提醒运行情况, for offices and administrators."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        user: Any = request.user
        if not (holds(user, Can.PLAN) or holds(user, Can.ACCOUNTS)):
            raise Http404

    @extend_schema(responses=HealthSerializer)
    def get(self, request: Request) -> Response:
        user: Any = request.user
        now = timezone.localtime()
        found = health.health(user, at=now, midnight=dt.datetime.combine(now.date(), dt.time(), now.tzinfo))
        data = {
            "last_started_at": found.last.started_at if found.last else None,
            "last_finished_at": found.last.finished_at if found.last else None,
            "next_at": found.next_at,
            "dry": found.dry,
            "sent_today": found.sent_today,
            "queue": found.queue,
            "failures": len(found.failures),
            "trouble": found.trouble,
        }
        return Response(HealthSerializer(data).data)
