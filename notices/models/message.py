"""Message: a line in a person's inbox. Reminder: a due notification; the row is the queue."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from notices.models.task import Task
from notices.terms import Channel, DeliveryState, MessageKind


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, user: User) -> "MessageQuerySet":
        return self.filter(recipient=user)

    def unread(self) -> "MessageQuerySet":
        return self.filter(read_at=None)

    def newest_first(self) -> "MessageQuerySet":
        return self.order_by("-at", "-pk")


class Message(models.Model):
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="inbox", verbose_name="收件人"
    )
    kind = models.CharField("类型", max_length=10, choices=MessageKind)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("内容", blank=True)
    task = models.ForeignKey(
        Task, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="任务"
    )
    at = models.DateTimeField("时间")
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        indexes = [models.Index(fields=["recipient", "read_at", "at"], name="message_inbox")]

    def __str__(self) -> str:
        return self.title


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def claimable(self, *, at: dt.datetime) -> "ReminderQuerySet":
        """Due rows, and rows whose sender died: its lease has run out."""
        return self.filter(
            Q(state=DeliveryState.DUE, not_before__lte=at)
            | Q(state=DeliveryState.CLAIMED, lease_until__lt=at)
        )


class Reminder(models.Model):
    """Unique on (rule, task, recipient, channel, occurrence day, deadline): each week of an overdue task is its own,
    a moved deadline arms anew, and a second sweep finds nothing to add."""

    rule = models.CharField("规则", max_length=30)
    task = models.ForeignKey(Task, models.CASCADE, related_name="reminders", verbose_name="任务")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="收件人"
    )
    channel = models.CharField("渠道", max_length=10, choices=Channel, default=Channel.INBOX)
    occurrence_on = models.DateField("应提醒日")
    deadline = models.DateField("所依时限")
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.DUE)
    not_before = models.DateTimeField("不早于")
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    created_at = models.DateTimeField("生成时间")

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提醒"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "task", "recipient", "channel", "occurrence_on", "deadline"],
                name="reminder_once",
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="reminder_state_known"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENT) | Q(sent_at__isnull=False),
                name="reminder_sent_with_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "not_before"], name="reminder_due")]

    def __str__(self) -> str:
        return f"{self.rule} {self.task_id} {self.occurrence_on}"


class Sweep(models.Model):
    """One run of the sweep, for the health page; it never decides what is due."""

    today = models.DateField("日期")
    started_at = models.DateTimeField("开始")
    finished_at = models.DateTimeField("结束", null=True)
    due = models.PositiveIntegerField("应提醒", default=0)
    sent = models.PositiveIntegerField("已发送", default=0)
    skipped = models.PositiveIntegerField("已跳过", default=0)
    failed = models.PositiveIntegerField("失败", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "巡检"

    def __str__(self) -> str:
        return f"{self.today} {self.due}"
