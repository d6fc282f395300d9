"""Bulletin: an issue of 整改动态, drafted from a closed week; its figures are those of the snapshot."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models.notice import Notice
from notices.models.snapshot import Snapshot


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def visible_to(self, user: User) -> "BulletinQuerySet":
        """Drafts to the office; what is released to everybody who sees the notice."""
        released = Q(
            released_at__isnull=False, notice__in=Notice.objects.visible_to(user).order_by().values("pk")
        )
        return self.filter(Q(notice__unit__in=reach(user, Can.PLAN)) | released)

    def newest_first(self) -> "BulletinQuerySet":
        return self.order_by("-year", "-number", "-pk")


class Bulletin(models.Model):
    """`number` counts the issues of a notice in one year. The three texts are the office's until the release."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="bulletins", verbose_name="批次")
    snapshot = models.OneToOneField(
        Snapshot, models.PROTECT, related_name="bulletin", verbose_name="所据快照"
    )
    year = models.PositiveSmallIntegerField("年")
    number = models.PositiveSmallIntegerField("期")
    title = models.CharField("标题", max_length=200)
    figures = models.JSONField("本周数据", default=list)
    reported = models.TextField("各单位进展", blank=True)
    problems = models.TextField("存在问题", blank=True)
    next_steps = models.TextField("下一步工作", blank=True)
    drafted_at = models.DateTimeField("起草时间")
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="起草人"
    )
    released_at = models.DateTimeField("印发时间", null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="印发人",
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改动态"
        constraints = [
            models.UniqueConstraint(fields=["notice", "year", "number"], name="bulletin_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="bulletin_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.year} 年第 {self.number} 期"
