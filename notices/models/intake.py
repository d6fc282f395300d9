"""IntakeDraft: a notice being reviewed before it is taken. Nothing of the domain exists until it is confirmed."""

from django.conf import settings
from django.db import models

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.models.notice import Notice


class IntakeDraftQuerySet(models.QuerySet["IntakeDraft"]):
    def visible_to(self, user: User) -> "IntakeDraftQuerySet":
        """Drafts for the units under the user's office."""
        return self.filter(unit__in=reach(user, Can.PLAN))

    def waiting(self) -> "IntakeDraftQuerySet":
        return self.filter(notice=None)

    def newest_first(self) -> "IntakeDraftQuerySet":
        return self.order_by("-updated_at", "-pk")


class IntakeDraft(models.Model):
    """`text` is the source, line by line; `header` the fields read from it; `nodes` the outline as a person has put it
    right so far; `past` the outlines before the last moves, newest last, so that a move can be taken back."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="被巡视巡察单位")
    file_name = models.CharField("文件名", max_length=200, blank=True)
    text = models.TextField("原文")
    header = models.JSONField("抬头", default=dict)
    nodes = models.JSONField("提纲", default=list)
    past = models.JSONField("此前的提纲", default=list)
    warnings = models.JSONField("提示", default=list)
    settled = models.JSONField("已处理的提示", default=list)
    outcomes = models.JSONField("成效建议", default=list)
    notice = models.ForeignKey(
        Notice, models.SET_NULL, null=True, blank=True, related_name="drafts", verbose_name="已建批次"
    )
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("建立时间")
    updated_at = models.DateTimeField("更新时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="录入人")

    objects = IntakeDraftQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "录入草稿"

    def __str__(self) -> str:
        return self.file_name or f"录入草稿 {self.pk}"
