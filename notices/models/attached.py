"""Attached: columns of a checked file in the evidence store that belongs to something other than a task."""

from django.conf import settings
from django.db import models


class Attached(models.Model):
    """`stored_as` is made by the server; `name` is what the person called it."""

    name = models.CharField("文件名", max_length=200)
    stored_as = models.CharField("存储名", max_length=120, db_index=True)
    kind = models.CharField("类型", max_length=10)
    size = models.PositiveBigIntegerField("大小(字节)")
    sha256 = models.CharField("SHA-256", max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    by_name = models.CharField("上传人姓名", max_length=50)
    at = models.DateTimeField("上传时间")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name
