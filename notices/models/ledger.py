"""Ledgers that went out and came in: Export (with the rows it held), Upload (with its plan and result), Mapping."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Unit
from notices.models.notice import Notice


class LedgerExport(models.Model):
    """One workbook that was downloaded; its rows are the base when it comes back."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="ledger_exports", verbose_name="批次")
    scope = models.CharField("范围", max_length=200)
    today = models.DateField("截至")
    counts = models.JSONField("行数", default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="导出人"
    )
    by_name = models.CharField("导出人姓名", max_length=50)
    at = models.DateTimeField("导出时间")

    class Meta:
        verbose_name = verbose_name_plural = "台账导出"
        indexes = [models.Index(fields=["notice", "at"], name="ledger_export_notice")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.scope} {self.at:%F %T}"


class LedgerBase(models.Model):
    """A slice of the rows of an export: compressed JSON of [pk, version, values], written while the file is."""

    export = models.ForeignKey(LedgerExport, models.CASCADE, related_name="bases", verbose_name="导出")
    of = models.CharField("对象", max_length=5, choices=[("issue", "问题"), ("task", "任务")])
    part = models.PositiveIntegerField("段")
    rows = models.BinaryField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "导出内容"
        constraints = [models.UniqueConstraint(fields=["export", "of", "part"], name="ledger_base_once")]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.of}/{self.part}"


class LedgerUpload(models.Model):
    """An uploaded ledger: the file as it came, the plan that was shown, and what applying it did (for undo)."""

    class State(models.TextChoices):
        RECEIVED = "received", "待核对"  # kept, and not yet read by a worker
        FAILED = "failed", "未能核对"
        PLANNED = "planned", "待确认"
        APPLIED = "applied", "已导入"
        UNDONE = "undone", "已撤销"

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="ledger_uploads", verbose_name="批次")
    export = models.ForeignKey(
        LedgerExport, models.SET_NULL, null=True, related_name="uploads", verbose_name="所据导出"
    )
    name = models.CharField("文件名", max_length=200)
    kind = models.CharField("格式", max_length=10)
    file = models.FileField("文件", upload_to="ledgers/", max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveBigIntegerField("大小(字节)")
    take_over = models.BooleanField("接收历史台账", default=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PLANNED)
    counts = models.JSONField("行数", default=dict)
    changes = models.PositiveIntegerField("改动格数", default=0)
    plan = models.BinaryField("方案", default=b"")
    # Too large for a form: read, planned anew and given back by a worker only.
    large = models.BooleanField("后台办理", default=False)
    # The tables whose columns a person may assign, as they were read.
    tables = models.JSONField("表头", default=list)
    # What the uploader could do when it was planned: {"office": bool, "units": [ids]}.
    rights = models.JSONField("上传时的权限", default=dict)
    result = models.BinaryField("结果", null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    by_name = models.CharField("上传人姓名", max_length=50)
    at = models.DateTimeField("上传时间")
    applied_at = models.DateTimeField("导入时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "台账导入"
        indexes = [models.Index(fields=["notice", "at"], name="ledger_upload_notice")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["received", "failed", "planned", "applied", "undone"]),
                name="ledger_upload_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "failed", "planned"], applied_at=None, undone_at=None)
                | Q(state="applied", applied_at__isnull=False, undone_at=None)
                | Q(state="undone", applied_at__isnull=False, undone_at__isnull=False),
                name="ledger_upload_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%F %T}"


class LedgerMapping(models.Model):
    """What a person said the columns of a form mean; found again by the form's header row."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name="单位")
    signature = models.CharField("表头", max_length=32)
    columns = models.JSONField(
        "列", default=dict
    )  # {column counted from 0, as text: key of the schema or ""}
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="设定人"
    )
    at = models.DateTimeField("设定时间")

    class Meta:
        verbose_name = verbose_name_plural = "列对应"
        constraints = [models.UniqueConstraint(fields=["unit", "signature"], name="ledger_mapping_once")]

    def __str__(self) -> str:
        return self.signature
