"""ReportDraft: what a person has typed into the report of a task and not yet filed."""

from django.conf import settings
from django.db import models

from notices.models.task import Task


class ReportDraft(models.Model):
    """Seen by its writer alone; gone when the report is filed. Not an act, so it leaves no event."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="+", verbose_name="任务")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="填写人")
    text = models.TextField("整改进展", blank=True)
    next_step = models.TextField("下一步打算", blank=True)
    blocked = models.TextField("未完成原因", blank=True)
    at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = verbose_name_plural = "进展草稿"
        constraints = [models.UniqueConstraint(fields=["task", "by"], name="report_draft_once")]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.by_id}"
