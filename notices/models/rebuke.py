"""Rebuke: 约谈 and 通报批评 as they took place, with tasks, outcome and a document. Never edited: voided with a reason."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.models.notice import Notice
from notices.models.task import Task
from notices.terms import RebukeKind


class RebukeQuerySet(models.QuerySet["Rebuke"]):
    def visible_to(self, user: User) -> "RebukeQuerySet":
        """Those of notices the user sees whole, and of units the user heads or oversees."""
        units = reach(user, Can.APPROVE) | reach(user, Can.OVERSEE)
        return self.filter(Q(notice__in=Task.whole_notices(user)) | Q(unit__in=units))

    def in_force(self) -> "RebukeQuerySet":
        return self.filter(voided_at=None)


class Rebuke(models.Model):
    """`person` is the one talked to or named, "" for the whole unit; `held_by` who held the talk or published."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="rebukes", verbose_name="批次")
    kind = models.CharField("种类", max_length=10, choices=RebukeKind)
    held_on = models.DateField("日期")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="rebukes", verbose_name="单位")
    person = models.CharField("对象", max_length=100, blank=True)
    held_by = models.CharField("实施人", max_length=100)
    reason = models.TextField("事由")
    outcome = models.TextField("结果", blank=True)
    tasks = models.ManyToManyField(Task, related_name="rebukes", verbose_name="涉及任务")
    file_name = models.CharField("文件名", max_length=200, blank=True)
    stored_as = models.CharField("存储名", max_length=120, blank=True)
    file_kind = models.CharField("类型", max_length=10, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    by_name = models.CharField("登记人姓名", max_length=50)
    at = models.DateTimeField("登记时间")
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_why = models.CharField("作废原因", max_length=200, blank=True)

    objects = RebukeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "约谈与通报批评"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=RebukeKind.values), name="rebuke_kind_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="rebuke_reason_given"),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_why="") | Q(voided_at__isnull=False, voided_why__gt=""),
                name="rebuke_voided_with_why",
            ),
        ]
        indexes = [models.Index(fields=["notice", "held_on"], name="rebuke_notice")]

    def __str__(self) -> str:
        return f"{RebukeKind(self.kind).label} {self.held_on}"
