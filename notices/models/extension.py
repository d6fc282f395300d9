"""Extension: a request for more time (延期申请), asked before the deadline; the unit's head decides, then the office."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.models import User
from notices.models.task import Task
from notices.terms import OPEN_EXTENSIONS, ExtensionState


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, user: User) -> "ExtensionQuerySet":
        """Requests of the tasks the person sees."""
        return self.filter(task__in=Task.objects.visible_to(user).values("pk"))

    def open(self) -> "ExtensionQuerySet":
        return self.filter(state__in=OPEN_EXTENSIONS)

    def waiting(self) -> "ExtensionQuerySet":
        """Open requests with `waits_since`, the instant from which the next decision is waited for: of the unit's
        head while asked, of the office once forwarded."""
        return self.open().annotate(waits_since=Coalesce("head_at", "asked_at"))

    def newest_first(self) -> "ExtensionQuerySet":
        return self.order_by("-asked_at", "-pk")


class Extension(models.Model):
    """`deadline_before` and its words are those in force when it was asked; `granted_on` is what the office gave,
    not always `wanted_on`. `ended_at`: when it stopped being open, whatever the end."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="extensions", verbose_name="任务")
    state = models.CharField("状态", max_length=12, choices=ExtensionState, default=ExtensionState.ASKED)
    reason = models.TextField("延期理由")
    done_so_far = models.TextField("目前进展")
    wanted_on = models.DateField("申请延至")
    deadline_before = models.DateField("原完成时限")
    words_before = models.CharField("原完成时限(原文)", max_length=200, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    asked_by_name = models.CharField("申请人姓名", max_length=50)
    unit_name = models.CharField("申请单位", max_length=100, blank=True)
    asked_at = models.DateTimeField("申请时间")
    head = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="单位负责人",
    )
    head_name = models.CharField("单位负责人姓名", max_length=50, blank=True)
    head_at = models.DateTimeField("单位审核时间", null=True, blank=True)
    head_note = models.TextField("单位审核意见", blank=True)
    one_person = models.BooleanField("单人单位", default=False)
    office = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="审批人",
    )
    office_name = models.CharField("审批人姓名", max_length=50, blank=True)
    office_at = models.DateTimeField("审批时间", null=True, blank=True)
    office_note = models.TextField("审批意见", blank=True)
    granted_on = models.DateField("同意延至", null=True, blank=True)
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "延期申请"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ExtensionState.values), name="extension_state_known"
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(state__in=OPEN_EXTENSIONS), name="extension_one_open"
            ),
            models.CheckConstraint(
                condition=Q(wanted_on__gt=models.F("deadline_before")), name="extension_later"
            ),
            models.CheckConstraint(
                condition=Q(state=ExtensionState.APPROVED, granted_on__isnull=False)
                | (~Q(state=ExtensionState.APPROVED) & Q(granted_on=None)),
                name="extension_day_when_approved",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_EXTENSIONS, ended_at=None)
                | (~Q(state__in=OPEN_EXTENSIONS) & Q(ended_at__isnull=False)),
                name="extension_ended_when_not_open",
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(done_so_far=""), name="extension_says_why"),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="extension_state")]

    def __str__(self) -> str:
        return f"{self.task_id} → {self.wanted_on}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_EXTENSIONS
