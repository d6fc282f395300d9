"""The plan (整改方案) as approved, what was changed of it since and why, and the grid's last changes for undo."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from notices.models.issue import Issue
from notices.models.notice import Notice
from notices.models.task import Task


class PlanReview(models.Model):
    """One submission of a plan for approval. `digest` is that of the plan as submitted; one waits at a time."""

    class State(models.TextChoices):
        WAITING = "waiting", "待批准"
        APPROVED = "approved", "已批准"
        RETURNED = "returned", "已退回"

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="plan_reviews", verbose_name="批次")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    note = models.TextField("报批说明", blank=True)
    digest = models.CharField("方案散列", max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="报批人"
    )
    by_name = models.CharField("报批人姓名", max_length=50)
    at = models.DateTimeField("报批时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    decided_by_name = models.CharField("批准人姓名", max_length=50, blank=True)
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    reason = models.TextField("退回理由", blank=True)
    alone = models.BooleanField("单人整改办", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "方案报批"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "approved", "returned")), name="plan_review_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="plan_review_decided_when",
            ),
            models.UniqueConstraint(
                fields=["notice"], condition=Q(state="waiting"), name="plan_review_one_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.state}"


class PlanBaseline(models.Model):
    """The approved plan of a notice, frozen: written once with its rows, never changed. `digest` is over all rows."""

    notice = models.OneToOneField(Notice, models.CASCADE, related_name="baseline", verbose_name="批次")
    review = models.OneToOneField(PlanReview, models.CASCADE, related_name="baseline", verbose_name="报批")
    issues = models.PositiveIntegerField("问题数")
    tasks = models.PositiveIntegerField("任务数")
    digest = models.CharField("散列", max_length=64)
    at = models.DateTimeField("批准时间")

    class Meta:
        verbose_name = verbose_name_plural = "方案基线"

    def __str__(self) -> str:
        return f"{self.notice_id} {self.digest[:12]}"


class BaselineRow(models.Model):
    """An issue (`task` None) or a task as the plan was approved. `values` are texts as people read them;
    `deadline` is the day among them, None where it was said in words."""

    baseline = models.ForeignKey(PlanBaseline, models.CASCADE, related_name="rows", verbose_name="基线")
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="baseline_rows", verbose_name="问题")
    task = models.ForeignKey(
        Task, models.CASCADE, null=True, blank=True, related_name="baseline_rows", verbose_name="任务"
    )
    position = models.PositiveIntegerField("顺序")
    number = models.CharField("编号", max_length=30)
    deadline = models.DateField("完成时限", null=True, blank=True)
    values = models.JSONField("内容")

    class Meta:
        verbose_name = verbose_name_plural = "基线条目"
        constraints = [
            models.UniqueConstraint(fields=["baseline", "position"], name="baseline_row_once"),
            models.UniqueConstraint(fields=["task"], name="baseline_task_once"),
        ]

    def __str__(self) -> str:
        return self.number


class PlanChange(models.Model):
    """A change of the approved plan with its reason, append-only. `field` is a key of baseline.FIELDS."""

    class Source(models.TextChoices):
        EDIT = "edit", "修改"
        LEDGER = "ledger", "台账导入"
        EXTENSION = "extension", "延期批准"
        STEP = "step", "流转"

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="plan_changes", verbose_name="批次")
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="plan_changes", verbose_name="问题")
    task = models.ForeignKey(
        Task, models.CASCADE, null=True, blank=True, related_name="plan_changes", verbose_name="任务"
    )
    field = models.CharField("内容", max_length=12)
    old = models.TextField("原值", blank=True)
    new = models.TextField("新值", blank=True)
    reason = models.TextField("原因")
    source = models.CharField("来源", max_length=10, choices=Source)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="修改人"
    )
    by_name = models.CharField("修改人姓名", max_length=50)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "方案变更"
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="plan_change_reason_given"),
        ]
        indexes = [models.Index(fields=["notice", "at"], name="plan_change_notice")]

    def __str__(self) -> str:
        return f"{self.field}: {self.old[:20]} → {self.new[:20]}"


class PlanStep(models.Model):
    """One change of the plan in the grid by one person, with what is needed to take it back.

    `data`: {"edits": {task id: {"columns": {name: [before, after]}, "units": [before, after]}},
    "added": [task id], "removed": [columns of the row]}.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="plan_steps", verbose_name="批次")
    label = models.CharField("说明", max_length=100)
    data = models.JSONField("内容")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="修改人")
    at = models.DateTimeField("时间")
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "方案编辑"
        indexes = [models.Index(fields=["notice", "by", "undone_at"], name="plan_step_last")]

    def __str__(self) -> str:
        return self.label
