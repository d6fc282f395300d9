"""Message: a line in a person's inbox. Reminder: a due notification; the row is the queue. Sweep and Heartbeat: that
somebody works on it."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.models import User
from notices.models.notice import Notice
from notices.models.outlet import Outlet
from notices.models.task import Task
from notices.terms import Channel, DeliveryState, MessageKind


class MessageQuerySet(models.QuerySet["Message"]):
    def of(self, user: User) -> "MessageQuerySet":
        return self.filter(recipient=user)

    def unread(self) -> "MessageQuerySet":
        return self.filter(read_at=None)

    def awake(self, *, at: dt.datetime) -> "MessageQuerySet":
        """Without those put off until later (稍后提醒)."""
        return self.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=at))

    def asleep(self, *, at: dt.datetime) -> "MessageQuerySet":
        return self.filter(snoozed_until__gt=at)

    def with_shown_at(self) -> "MessageQuerySet":
        """`shown_at`: when it came, or came back."""
        return self.annotate(shown_at=Coalesce("snoozed_until", "at"))

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
    snoozed_until = models.DateTimeField("稍后提醒", null=True, blank=True)

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
    a moved deadline arms anew, and a second sweep finds nothing to add. For a group the outlet stands in the
    recipient's place. `deadline` is the day the rule counts from.

    What is not about a task as such (domain/matters.py) has no task: then `notice` and `subject`, the key of the
    extension, unit, letter … its rule is about, stand in the task's place.
    """

    rule = models.CharField("规则", max_length=30)
    task = models.ForeignKey(Task, models.CASCADE, null=True, related_name="reminders", verbose_name="任务")
    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, db_index=False, related_name="+", verbose_name="批次"
    )
    subject = models.PositiveBigIntegerField("事项", default=0)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", verbose_name="收件人"
    )
    outlet = models.ForeignKey(
        Outlet, models.CASCADE, null=True, related_name="reminders", verbose_name="推送渠道"
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
            models.UniqueConstraint(
                fields=["rule", "task", "outlet", "occurrence_on", "deadline"],
                condition=Q(outlet__isnull=False),
                name="reminder_post_once",
            ),
            models.UniqueConstraint(
                fields=["notice", "rule", "subject", "recipient", "channel", "occurrence_on", "deadline"],
                condition=Q(notice__isnull=False),
                name="reminder_matter_once",
            ),
            models.UniqueConstraint(
                fields=["notice", "rule", "subject", "outlet", "occurrence_on", "deadline"],
                condition=Q(notice__isnull=False, outlet__isnull=False),
                name="reminder_matter_post_once",
            ),
            models.CheckConstraint(
                condition=Q(task__isnull=False, notice__isnull=True, subject=0)
                | Q(task__isnull=True, notice__isnull=False, subject__gt=0),
                name="reminder_about_one",
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=True, outlet__isnull=False)
                | Q(recipient__isnull=False, outlet__isnull=True),
                name="reminder_one_receiver",
            ),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="reminder_state_known"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENT) | Q(sent_at__isnull=False),
                name="reminder_sent_with_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "not_before"], name="reminder_due")]

    def __str__(self) -> str:
        return f"{self.rule} {self.task_id or self.subject} {self.occurrence_on}"

    @property
    def about(self) -> tuple[int, int, str, int]:
        """Task, else notice, rule and subject: the same for rows that say the same thing on other days."""
        if self.task_id is not None:
            return (self.task_id, 0, "", 0)
        return (0, self.notice_id or 0, self.rule, self.subject)


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


class Heartbeat(models.Model):
    """The last sign of life of one worker process."""

    worker = models.CharField("工作进程", max_length=200, unique=True)
    at = models.DateTimeField("时间")
    job = models.CharField("最近作业", max_length=50)

    class Meta:
        verbose_name = verbose_name_plural = "心跳"

    def __str__(self) -> str:
        return f"{self.worker} {self.at:%F %T}"


class Preference(models.Model):
    """What a person wants beside the inbox; a rule that says 必须发送 is sent all the same."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminder_preference", verbose_name="人员"
    )
    mails = models.BooleanField("接收提醒邮件", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "个人提醒设置"

    def __str__(self) -> str:
        return f"{self.user_id}"
