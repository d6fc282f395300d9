"""One-use tokens of forms: a double click does the thing once."""

from django.conf import settings
from django.db import models


class SpentToken(models.Model):
    token = models.CharField("令牌", max_length=64, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="使用人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "已用令牌"
        indexes = [models.Index(fields=["at"], name="spent_token_at")]

    def __str__(self) -> str:
        return self.token
