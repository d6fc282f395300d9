"""Directive (批示): what a leader asks of a unit about a task or an issue; its receipts and replies, append-only."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Unit, User
from notices.models.issue import Issue
from notices.models.notice import Notice
from notices.models.task import Task
from notices.terms import DirectiveEnd


class DirectiveQuerySet(models.QuerySet["Directive"]):
    def visible_to(self, user: User) -> "DirectiveQuerySet":
        """Directives on tasks the user sees, and on issues of which the user sees a task."""
        tasks = Task.objects.visible_to(user)
        inside = Exists(tasks.filter(issue=OuterRef("issue")))
        whole = Q(issue__isnull=False, notice__in=Task.whole_notices(user))
        return self.filter(Q(task__in=tasks.values("pk")) | whole | (Q(issue__isnull=False) & Q(inside)))

    def open(self) -> "DirectiveQuerySet":
        return self.filter(ended_at=None)

    def waiting(self) -> "DirectiveQuerySet":
        """Not ended and without any reply."""
        return self.filter(ended_at=None, replied_at=None)

    def overdue(self, *, today: dt.date) -> "DirectiveQuerySet":
        return self.waiting().filter(reply_by__lt=today)


class Directive(models.Model):
    """On a task or an issue, to one unit. `leader` is whose words these are, `by` who wrote them down.

    `replied_at` is the first reply. A directive ends finished (办结) or stopped (撤回), with a word about it.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="directives", verbose_name="批次")
    task = models.ForeignKey(Task, models.CASCADE, null=True, related_name="directives", verbose_name="任务")
    issue = models.ForeignKey(
        Issue, models.CASCADE, null=True, related_name="directives", verbose_name="问题"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="directives", verbose_name="承办单位")
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="批示领导账号"
    )
    leader_name = models.CharField("批示领导", max_length=50)
    text = models.TextField("批示内容")
    reply_by = models.DateField("回复时限", null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    by_name = models.CharField("登记人姓名", max_length=50)
    unit_name = models.CharField("登记人单位", max_length=100, blank=True)
    on_behalf = models.BooleanField("代为登记", default=False)
    at = models.DateTimeField("时间")
    replied_at = models.DateTimeField("回复时间", null=True)
    ended_at = models.DateTimeField("办结时间", null=True)
    ended_how = models.CharField("办结方式", max_length=10, choices=DirectiveEnd, blank=True)
    ended_why = models.CharField("办结说明", max_length=500, blank=True)
    ended_name = models.CharField("办结人", max_length=50, blank=True)

    objects = DirectiveQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批示"
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="directive_text_given"),
            models.CheckConstraint(
                condition=Q(task__isnull=True, issue__isnull=False)
                | Q(task__isnull=False, issue__isnull=True),
                name="directive_about_one",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_how="") | Q(ended_at__isnull=False, ended_how__gt=""),
                name="directive_end_with_how",
            ),
        ]
        indexes = [
            models.Index(fields=["notice", "ended_at", "reply_by"], name="directive_notice"),
            models.Index(fields=["unit", "ended_at"], name="directive_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.leader_name}：{self.text[:20]}"


class DirectiveReceipt(models.Model):
    """Somebody the directive is for. `read_at` None: has not seen it (未阅)."""

    directive = models.ForeignKey(Directive, models.CASCADE, related_name="receipts", verbose_name="批示")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="人员")
    name = models.CharField("姓名", max_length=50)
    read_at = models.DateTimeField("已阅时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "批示签阅"
        constraints = [models.UniqueConstraint(fields=["directive", "user"], name="receipt_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.read_at or '未阅'}"


class DirectiveReply(models.Model):
    directive = models.ForeignKey(Directive, models.CASCADE, related_name="replies", verbose_name="批示")
    text = models.TextField("回复内容")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="回复人")
    by_name = models.CharField("回复人姓名", max_length=50)
    unit_name = models.CharField("回复人单位", max_length=100, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "批示回复"
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="dreply_text_given")]

    def __str__(self) -> str:
        return self.text[:30]
