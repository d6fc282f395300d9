"""WallLink: an address that shows the wall of one notice without signing in. Only the hash of its token is kept."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models.notice import Notice


class WallLinkQuerySet(models.QuerySet["WallLink"]):
    def visible_to(self, user: User) -> "WallLinkQuerySet":
        """One's own, and those of the notices of one's office."""
        return self.filter(Q(by=user) | Q(notice__unit__in=reach(user, Can.PLAN)))

    def in_force(self, *, today: dt.date) -> "WallLinkQuerySet":
        return self.filter(ended_at=None, last_on__gte=today)

    def newest_first(self) -> "WallLinkQuerySet":
        return self.order_by("-created_at", "-pk")


class WallLink(models.Model):
    """It shows what its maker covers, as long as the maker may see it; `last_on` is the last day it opens.

    `names`: leaders and contacts are named on it."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="wall_links", verbose_name="批次")
    label = models.CharField("用途", max_length=50)
    token_hash = models.CharField("令牌散列", max_length=64, unique=True)
    names = models.BooleanField("显示人名", default=False)
    last_on = models.DateField("有效期至")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="建立人")
    by_name = models.CharField("建立人姓名", max_length=50)
    created_at = models.DateTimeField("建立时间")
    ended_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = WallLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "大屏链接"
        constraints = [models.CheckConstraint(condition=~Q(label=""), name="wall_link_labelled")]
        indexes = [models.Index(fields=["notice", "created_at"], name="wall_link_notice")]

    def __str__(self) -> str:
        return self.label
