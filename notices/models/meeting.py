"""Meeting: a meeting or action of the leading group, as it took place. Never edited: voided with a reason."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models.attached import Attached
from notices.models.notice import Notice
from notices.models.task import Task
from notices.terms import MeetingKind


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: User) -> "MeetingQuerySet":
        """Those of notices the user sees whole, and of inspected parties the user oversees or heads."""
        units = reach(user, Can.APPROVE) | reach(user, Can.OVERSEE)
        return self.filter(Q(notice__in=Task.whole_notices(user)) | Q(notice__unit__in=units))

    def in_force(self) -> "MeetingQuerySet":
        return self.filter(voided_at=None)

    def between(self, first: dt.date | None, last: dt.date | None) -> "MeetingQuerySet":
        """Days included; None for an open end."""
        rows = self.filter(held_on__gte=first) if first else self
        return rows.filter(held_on__lte=last) if last else rows


class Meeting(models.Model):
    """`chair` is whoever chaired or led it, as printed. `attendants` None: not known."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="meetings", verbose_name="批次")
    kind = models.CharField("种类", max_length=14, choices=MeetingKind)
    held_on = models.DateField("日期")
    subject = models.CharField("主题", max_length=200)
    chair = models.CharField("主持人", max_length=100)
    attendants = models.PositiveIntegerField("参加人数", null=True, blank=True)
    decisions = models.TextField("议定事项", blank=True)
    tasks = models.ManyToManyField(Task, related_name="meetings", blank=True, verbose_name="涉及任务")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    by_name = models.CharField("登记人姓名", max_length=50)
    at = models.DateTimeField("登记时间")
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)
    voided_why = models.CharField("作废原因", max_length=300, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会议与行动"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=MeetingKind.values), name="meeting_kind_known"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(chair=""), name="meeting_subject_and_chair"),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_why="") | Q(voided_at__isnull=False, voided_why__gt=""),
                name="meeting_voided_with_why",
            ),
        ]
        indexes = [models.Index(fields=["notice", "held_on"], name="meeting_notice")]

    def __str__(self) -> str:
        return self.subject


class MeetingFile(Attached):
    """Minutes (纪要), signed lists, pictures."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="files", verbose_name="会议")

    class Meta:
        verbose_name = verbose_name_plural = "会议材料"
