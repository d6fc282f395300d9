"""Purge: the destruction of a file that should never have been uploaded (误传涉密文件), asked by one person and decided by
another. The row, the hash and the events stay; the bytes do not."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models.notice import Notice
from notices.models.record import Evidence
from notices.terms import PurgeState

CLOSING = (PurgeState.ASKED, PurgeState.APPROVED, PurgeState.DONE)  # the bytes are given to nobody


class PurgeQuerySet(models.QuerySet["Purge"]):
    def visible_to(self, user: User) -> "PurgeQuerySet":
        """Those of parties whose office the person is of, and what the person asked for."""
        return self.filter(Q(notice__unit__in=reach(user, Can.PLAN)) | Q(asked_by=user))

    def closing(self, sha256: str) -> "PurgeQuerySet":
        """Those because of which these bytes are given to nobody."""
        return self.filter(sha256=sha256, state__in=CLOSING)


class Purge(models.Model):
    """By content: `sha256` names the bytes, wherever they lie. `evidence` is where they were found first.

    `proof` once done: {"files": copies destroyed, "rows": rows that named them, "looked_at": files compared afterwards,
    "left": copies found then, always 0}.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="purges", verbose_name="批次")
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="purges", verbose_name="佐证材料")
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField("大小(字节)")
    state = models.CharField("状态", max_length=10, choices=PurgeState, default=PurgeState.ASKED)
    why = models.CharField("理由", max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="申请人"
    )
    asked_name = models.CharField("申请人姓名", max_length=50)
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    decided_name = models.CharField("批准人姓名", max_length=50, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_why = models.CharField("不同意的原因", max_length=300, blank=True)
    done_at = models.DateTimeField("清除时间", null=True)
    proof = models.JSONField("清除记录", default=dict)

    objects = PurgeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "误传文件清除"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PurgeState.values), name="purge_state_known"),
            models.CheckConstraint(condition=~Q(why=""), name="purge_with_why"),
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(state__in=["asked", "approved"]), name="purge_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("asked_by"))),
                name="purge_by_two_persons",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="purge_sha256")]

    def __str__(self) -> str:
        return f"{self.sha256[:8]} {self.state}"
