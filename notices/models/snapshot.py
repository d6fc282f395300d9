"""Snapshot: the ledger of a notice as it stood when a week was closed; SnapshotSlice: its rows, compressed."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from accounts.models import User
from notices.models.frozen import Frozen, FrozenQuerySet
from notices.models.notice import Notice


class SnapshotQuerySet(FrozenQuerySet):
    def visible_to(self, user: User) -> "SnapshotQuerySet":
        """Snapshots of notices the user sees; which rows of them is decided row by row."""
        return self.filter(notice__in=Notice.objects.visible_to(user).order_by().values("pk"))

    def newest_first(self) -> "SnapshotQuerySet":
        return self.order_by("-starts_on", "-pk")


class Snapshot(Frozen):
    """`starts_on` is the Monday of the week, `today` the day its lights were judged at. `head` holds what stands
    around the rows (title, preset, names, columns, counters); `digest` is SHA-256 over all of it and every slice.
    """

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="snapshots", verbose_name="批次")
    starts_on = models.DateField("周一")
    today = models.DateField("截至")
    at = models.DateTimeField("封存时间")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="封存人"
    )
    by_name = models.CharField("封存人姓名", max_length=50)
    head = models.JSONField("表头", default=dict)
    counts = models.JSONField("行数", default=dict)
    size = models.PositiveBigIntegerField("大小(字节)")
    digest = models.CharField("SHA-256", max_length=64)

    objects: ClassVar[Any] = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "台账快照"
        constraints = [models.UniqueConstraint(fields=["notice", "starts_on"], name="snapshot_week_once")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.starts_on}"


class SnapshotSlice(Frozen):
    """`of`: issue, task, duty, group or gain (整改成效); `rows` compressed JSON; `digest` SHA-256 of the stored bytes."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="slices", verbose_name="快照")
    of = models.CharField("对象", max_length=5)
    part = models.PositiveIntegerField("段")
    rows = models.BinaryField("内容")
    digest = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "快照内容"
        constraints = [models.UniqueConstraint(fields=["snapshot", "of", "part"], name="snapshot_slice_once")]

    def __str__(self) -> str:
        return f"{self.snapshot_id}/{self.of}/{self.part}"
