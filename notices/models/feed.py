"""CalendarFeed: one person's calendar address. Only the hash of its token is kept."""

from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """At most one in force a person; `revoked_at` ends it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="calendar_feeds", verbose_name="用户"
    )
    token_hash = models.CharField("令牌散列", max_length=64, unique=True)
    created_at = models.DateTimeField("建立时间")
    revoked_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历订阅"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(revoked_at=None), name="feed_in_force_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%F}"
