"""What happens to a task, append-only: Progress, Evidence, Transition, Comment, Nudge."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Unit
from notices.models.task import Task
from notices.terms import Outcome, State


class Progress(models.Model):
    """One dated report on a task. Never edited: a correction is a new report."""

    task = models.ForeignKey(
        Task, models.CASCADE, related_name="progress", db_index=False, verbose_name="任务"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="填报单位")
    text = models.TextField("整改进展")
    next_step = models.TextField("下一步打算", blank=True)
    blocked = models.TextField("未完成原因", blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="填报人",
    )
    by_name = models.CharField("填报人姓名", max_length=50)
    on_behalf = models.BooleanField("代填", default=False)
    at = models.DateTimeField("填报时间")
    merges = models.ManyToManyField(
        "self", symmetrical=False, related_name="merged_by", blank=True, verbose_name="并入的进展"
    )

    class Meta:
        verbose_name = verbose_name_plural = "进展"
        constraints = [
            models.CheckConstraint(condition=~Q(text="", next_step="", blocked=""), name="progress_not_empty")
        ]
        indexes = [models.Index(fields=["task", "at"], name="progress_task")]

    def __str__(self) -> str:
        return self.text[:30]


class Evidence(models.Model):
    """A file that proves progress. `stored_as` is made by the server; `name` is what the person called it.

    `category` is the kind of material (制度文件, 会议记录 …) chosen at upload. A row with `reused_from` shares the stored
    file of a row of another task; each is counted, named and voided on its own. `expires_on`: the last day a licence,
    a contract … is good for.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="evidence", verbose_name="任务")
    progress = models.ForeignKey(
        Progress, models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name="进展"
    )
    review = models.ForeignKey(
        "Review", models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name="复查"
    )
    look_back_item = models.ForeignKey(
        "LookBackItem", models.PROTECT, null=True, blank=True, related_name="evidence", verbose_name="回头看"
    )
    name = models.CharField("文件名", max_length=200)
    stored_as = models.CharField("存储名", max_length=120, db_index=True)
    kind = models.CharField("类型", max_length=10)
    category = models.CharField("材料类别", max_length=20, blank=True)
    expires_on = models.DateField("有效期至", null=True, blank=True)
    reused_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="引用自"
    )
    size = models.PositiveBigIntegerField("大小(字节)")
    sha256 = models.CharField("SHA-256", max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="上传人"
    )
    by_name = models.CharField("上传人姓名", max_length=50)
    at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("作废时间", null=True, blank=True)
    removed_why = models.CharField("作废原因", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        indexes = [
            models.Index(fields=["task", "at"], name="evidence_task"),
            models.Index(
                fields=["expires_on"], condition=Q(expires_on__isnull=False), name="evidence_expires"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_why="")
                | (Q(removed_at__isnull=False) & ~Q(removed_why="")),
                name="evidence_removed_with_why",
            ),
            models.UniqueConstraint(
                fields=["task", "stored_as"], condition=Q(removed_at=None), name="evidence_file_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Transition(models.Model):
    """One step of the state table: who, when, from, to, why."""

    task = models.ForeignKey(
        Task, models.CASCADE, related_name="transitions", db_index=False, verbose_name="任务"
    )
    step = models.CharField("步骤", max_length=20)
    source = models.CharField("原状态", max_length=12, choices=State)
    target = models.CharField("新状态", max_length=12, choices=State)
    reason = models.TextField("理由", blank=True)
    outcome = models.CharField("结论", max_length=12, choices=Outcome, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="操作人",
    )
    by_name = models.CharField("操作人姓名", max_length=50)
    unit_name = models.CharField("操作人单位", max_length=100, blank=True)
    on_behalf = models.BooleanField("代填", default=False)
    at = models.DateTimeField("时间")
    data = models.JSONField("附加", default=dict, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "流转"
        indexes = [models.Index(fields=["task", "at"], name="transition_task")]
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=State.values, target__in=State.values), name="transition_states_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.source} → {self.target}"


class Comment(models.Model):
    """A remark on a task; `@` names people."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="comments", verbose_name="任务")
    text = models.TextField("内容")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="留言人")
    at = models.DateTimeField("时间")
    mentioned = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name="提到的人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "留言"
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_not_empty")]

    def __str__(self) -> str:
        return self.text[:30]


class Nudge(models.Model):
    """A leader's or the office's push (催办). `answered_at`: the first progress or step by the unit after it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="nudges", verbose_name="任务")
    text = models.TextField("内容", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="催办人")
    by_name = models.CharField("催办人姓名", max_length=50)
    unit_name = models.CharField("催办人单位", max_length=100, blank=True)
    at = models.DateTimeField("时间")
    answered_at = models.DateTimeField("回应时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "催办"
        indexes = [models.Index(fields=["task", "at"], name="nudge_task")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.at:%F}"
