"""LedgerJob: long work on a ledger that a worker does. The row is the queue, the broker only a doorbell."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from notices.models.ledger import LedgerExport, LedgerUpload
from notices.models.notice import Notice


class LedgerJob(models.Model):
    """One piece of work, whoever takes it: claimed for a lease, tried at most a few times, then done or failed.

    `tries` fences: whoever writes the end of a job must still be the last who claimed it.
    """

    class Kind(models.TextChoices):
        READ = "read", "核对台账"
        APPLY = "apply", "导入台账"
        UNDO = "undo", "撤销导入"
        EXPORT = "export", "生成台账"
        MARK = "mark", "生成标注文件"
        FILL = "fill", "生成回填文件"
        PACK = "pack", "生成佐证材料包"
        LEAVE = "leave", "导出全部资料"

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        RUNNING = "running", "正在办理"
        DONE = "done", "已完成"
        FAILED = "failed", "没有完成"

    kind = models.CharField("事项", max_length=10, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="ledger_jobs", verbose_name="批次")
    upload = models.ForeignKey(
        LedgerUpload, models.CASCADE, null=True, related_name="jobs", verbose_name="台账导入"
    )
    export = models.ForeignKey(
        LedgerExport, models.SET_NULL, null=True, related_name="+", verbose_name="台账导出"
    )
    # What was asked for: read {"columns"}, apply {"choices", "reason"}, export {"filters", "today", "rights"},
    # mark and fill {"rights"}, pack and leave {"today", "rights"}.
    wanted = models.JSONField("要求", default=dict)
    stage = models.CharField("步骤", max_length=30, blank=True)
    done = models.PositiveIntegerField("已办", default=0)
    total = models.PositiveIntegerField("共", default=0)
    tries = models.PositiveSmallIntegerField("次数", default=0)
    lease_until = models.DateTimeField("占用至", null=True)
    message = models.TextField("结果", blank=True)
    file = models.FileField("文件", upload_to="ledgers/kept/", max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="交办人")
    by_name = models.CharField("交办人姓名", max_length=50)
    at = models.DateTimeField("交办时间")
    finished_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "台账后台任务"
        indexes = [models.Index(fields=["state", "id"], name="ledger_job_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["upload"], condition=Q(state__in=["waiting", "running"]), name="ledger_job_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", lease_until=None, finished_at=None)
                | Q(state="running", lease_until__isnull=False, finished_at=None)
                | Q(state__in=["done", "failed"], lease_until=None, finished_at__isnull=False),
                name="ledger_job_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.notice_id} {self.at:%F %T}"

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)
