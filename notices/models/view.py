"""SavedView: filters, columns and order of a list under a name; ViewUse: what one person does with it; ViewMail: a
mail about it that is due, the row being the queue as for reminders."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import Lines, memberships
from accounts.models import Unit, User
from notices.terms import DeliveryState, ListKind


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> "SavedViewQuerySet":
        """One's own, and those shared with a unit one works in or one above it."""
        lines = Lines()
        own = [m.unit_id for m in memberships(user)]
        lines.load(own)
        return self.filter(Q(owner=user) | Q(unit__in={up for pk in own for up in lines.of(pk)}))

    def in_order(self) -> "SavedViewQuerySet":
        return self.order_by("kind", "name", "pk")


class SavedView(models.Model):
    """`query` is the address of the list without its paging, `columns` codes joined by dots, "" for the usual ones.

    `unit`: shared with the people of that unit and those below it; None: for the owner alone. A view holds no rows:
    whoever opens it sees their own."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name="建立人"
    )
    kind = models.CharField("清单", max_length=10, choices=ListKind)
    name = models.CharField("名称", max_length=50)
    query = models.CharField("条件", max_length=2000, blank=True)
    columns = models.CharField("显示列", max_length=200, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="共享给"
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("建立时间")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "常用视图"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="view_named"),
            models.CheckConstraint(condition=Q(kind__in=ListKind.values), name="view_kind_known"),
            models.UniqueConstraint(fields=["owner", "kind", "name"], name="view_name_once"),
        ]
        indexes = [models.Index(fields=["unit"], name="view_unit")]

    def __str__(self) -> str:
        return self.name


class ViewUse(models.Model):
    """`mails_since`: the day the person asked for the Monday mail; None without it. `when_empty`: also when the view
    holds nothing."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="view_uses", verbose_name="人员"
    )
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="uses", verbose_name="视图")
    kind = models.CharField("清单", max_length=10, choices=ListKind)
    is_default = models.BooleanField("默认视图", default=False)
    mails_since = models.DateField("订阅日", null=True, blank=True)
    when_empty = models.BooleanField("没有内容也发", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "视图使用"
        constraints = [
            models.UniqueConstraint(fields=["user", "view"], name="view_use_once"),
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(is_default=True), name="view_default_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.view_id}"


class ViewMail(models.Model):
    """One mail a person, view and week; `week` is its Monday. State, lease and tries as of a reminder."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="收件人"
    )
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="mails", verbose_name="视图")
    week = models.DateField("周一")
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.DUE)
    not_before = models.DateTimeField("不早于")
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("尝试次数", default=0)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    created_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = verbose_name_plural = "视图邮件"
        constraints = [
            models.UniqueConstraint(fields=["user", "view", "week"], name="view_mail_once"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="view_mail_state_known"),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.SENT) | Q(sent_at__isnull=False),
                name="view_mail_sent_with_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "not_before"], name="view_mail_due")]

    def __str__(self) -> str:
        return f"{self.view_id}/{self.user_id} {self.week}"
