"""Subscription: where a person's own system is told what happens. Delivery: one thing told; the row is the queue."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models.notice import Notice
from notices.terms import DeliveryState


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, user: User) -> "SubscriptionQuerySet":
        """The own ones; to the administrator also those of the people in the units looked after."""
        units = reach(user, Can.ACCOUNTS)
        kept = User.objects.filter(memberships__unit__in=units).values("pk")
        return self.filter(Q(owner=user) | Q(owner__in=kept)) if units else self.filter(owner=user)

    def on(self) -> "SubscriptionQuerySet":
        return self.filter(is_on=True, owner__is_active=True)

    def newest_first(self) -> "SubscriptionQuerySet":
        return self.order_by("-pk")


class Subscription(models.Model):
    """`notice` None: every notice the owner sees. The owner's rights are asked anew at each delivery. `secret` is shown
    once, kept sealed, and signs each delivery. `told_on`: the last day whose overdue tasks were told. `failing_since` None: the last
    delivery was taken."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscriptions", verbose_name="订阅人"
    )
    name = models.CharField("名称", max_length=50)
    address = models.CharField("地址", max_length=300)
    events = models.JSONField("事件", default=list)
    notice = models.ForeignKey(
        Notice, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="批次"
    )
    secret = models.CharField("密钥", max_length=300)
    is_on = models.BooleanField("启用", default=True)
    off_why = models.CharField("停用原因", max_length=300, blank=True)
    failing_since = models.DateTimeField("连续失败起", null=True, blank=True)
    told_on = models.DateField("超期已告至")
    made_at = models.DateTimeField("建立时间")
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "推送订阅"
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(address="") & ~Q(secret=""), name="subscription_named"
            )
        ]
        indexes = [models.Index(fields=["owner"], name="subscription_owner")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """`key`: the same thing is told once to a subscription. Of the thing itself only its kind and id are kept: what is
    sent is read when it is sent. `code`: what the receiver answered last, None when it could not be reached."""

    subscription = models.ForeignKey(
        Subscription, models.CASCADE, related_name="deliveries", verbose_name="推送订阅"
    )
    key = models.CharField("事项", max_length=60)
    event = models.CharField("事件", max_length=20)
    action = models.CharField("动作", max_length=40)
    subject_type = models.CharField("对象类型", max_length=30)
    subject_id = models.BigIntegerField("对象")
    at = models.DateTimeField("发生时间")
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.DUE)
    not_before = models.DateTimeField("不早于")
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)
    code = models.PositiveSmallIntegerField("答复码", null=True, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    sent_at = models.DateTimeField("送达时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "推送记录"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "key"], name="delivery_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
        ]
        indexes = [
            models.Index(fields=["state", "not_before"], name="delivery_due"),
            models.Index(fields=["at"], name="delivery_at"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_type} {self.subject_id}"


class HookMark(models.Model):
    """One row: up to which number of the chained events deliveries were made."""

    seq = models.BigIntegerField("已处理至", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "推送进度"

    def __str__(self) -> str:
        return str(self.seq)
