"""Outlet: a group robot or a web hook reminders are posted to; Wording: an edited text of a mail or a post."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from notices.models.notice import Notice
from notices.terms import OUTLET_KINDS, Channel, WordingKind


class OutletQuerySet(models.QuerySet["Outlet"]):
    def on(self) -> "OutletQuerySet":
        return self.filter(is_on=True)

    def in_order(self) -> "OutletQuerySet":
        return self.order_by("name", "pk")


class Outlet(models.Model):
    """`notice` None: for every notice. `token` and `secret` are sealed (domain/vault.py), written once and never shown
    again."""

    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, blank=True, related_name="outlets", verbose_name="批次"
    )
    kind = models.CharField("类型", max_length=10, choices=[(k.value, k.label) for k in OUTLET_KINDS])
    name = models.CharField("名称", max_length=50)
    address = models.CharField("地址", max_length=300)
    token = models.CharField("令牌", max_length=1000, blank=True)
    secret = models.CharField("密钥", max_length=1000, blank=True)
    is_on = models.BooleanField("启用", default=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("建立时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="建立人"
    )

    objects = OutletQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送渠道"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in OUTLET_KINDS]), name="outlet_kind_known"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(address=""), name="outlet_named"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{Channel(self.kind).label}）"


class Wording(models.Model):
    """`notice` None: everywhere a notice has no words of its own. No row: the built-in text."""

    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, blank=True, related_name="wordings", verbose_name="批次"
    )
    kind = models.CharField("用途", max_length=10, choices=WordingKind)
    subject = models.CharField("标题", max_length=200, blank=True)
    body = models.TextField("正文")
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "提醒文案"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=WordingKind.values), name="wording_kind_known"),
            models.CheckConstraint(condition=~Q(body=""), name="wording_not_empty"),
            models.UniqueConstraint(fields=["notice", "kind"], name="wording_once"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(notice__isnull=True), name="wording_once_for_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.notice_id or ''}"
