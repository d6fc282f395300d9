"""OutcomeEntry (整改成效): a countable result of the rectification, entered or proposed from a text and confirmed."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.models.attached import Attached
from notices.models.notice import Notice
from notices.models.record import Progress
from notices.models.task import Task
from notices.terms import MEASURES, Metric, OutcomeSource, OutcomeState


class OutcomeQuerySet(models.QuerySet["OutcomeEntry"]):
    def visible_to(self, user: User) -> "OutcomeQuerySet":
        """All of notices the user sees whole; confirmed ones of units the user heads or oversees."""
        units = reach(user, Can.APPROVE) | reach(user, Can.OVERSEE)
        own = Q(unit__in=units, state=OutcomeState.CONFIRMED)
        return self.filter(Q(notice__in=Task.whole_notices(user)) | own)

    def confirmed(self) -> "OutcomeQuerySet":
        """Only these are counted."""
        return self.filter(state=OutcomeState.CONFIRMED)

    def proposed(self) -> "OutcomeQuerySet":
        return self.filter(state=OutcomeState.PROPOSED)

    def rules(self) -> "OutcomeQuerySet":
        """建章立制."""
        return self.filter(metric=Metric.RULES)

    def between(self, first: dt.date | None, last: dt.date | None) -> "OutcomeQuerySet":
        """Days included; None for an open end."""
        rows = self.filter(day__gte=first) if first else self
        return rows.filter(day__lte=last) if last else rows


class OutcomeEntry(models.Model):
    """One line of the register. `documents` are names, one a line: the rules made, or the paper that proves it.

    `sentence` is the source of a proposal, in which `mark_start` to `mark_end` is the number with its words;
    `fingerprint` tells the same sentence again (domain/outcomes.py). `value` is in `measure` and never converted.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="outcomes", verbose_name="批次")
    metric = models.CharField("指标", max_length=12, choices=Metric)
    value = models.DecimalField("数值", max_digits=18, decimal_places=4)
    measure = models.CharField("计量单位", max_length=4, choices=[(m, m) for m in MEASURES])
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="outcomes", verbose_name="责任单位")
    day = models.DateField("日期")
    documents = models.TextField("文件名称", blank=True)
    remark = models.CharField("说明", max_length=500, blank=True)
    task = models.ForeignKey(
        Task, models.SET_NULL, null=True, blank=True, related_name="outcomes", verbose_name="任务"
    )
    progress = models.ForeignKey(
        Progress, models.SET_NULL, null=True, blank=True, related_name="outcomes", verbose_name="进展"
    )
    state = models.CharField("状态", max_length=10, choices=OutcomeState, default=OutcomeState.CONFIRMED)
    source = models.CharField("来源", max_length=10, choices=OutcomeSource, default=OutcomeSource.ENTERED)
    sentence = models.TextField("原文", blank=True)
    mark_start = models.PositiveIntegerField("原文标记起点", default=0)
    mark_end = models.PositiveIntegerField("原文标记终点", default=0)
    fingerprint = models.CharField("原文指纹", max_length=64, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )
    by_name = models.CharField("登记人姓名", max_length=50)
    at = models.DateTimeField("登记时间")
    decided_name = models.CharField("确认人姓名", max_length=50, blank=True)
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    voided_why = models.CharField("作废原因", max_length=300, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replaces", verbose_name="由此替代"
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改成效"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    metric__in=Metric.values, state__in=OutcomeState.values, source__in=OutcomeSource.values
                ),
                name="outcome_known",
            ),
            models.CheckConstraint(condition=Q(value__gte=0), name="outcome_not_negative"),
            models.CheckConstraint(condition=Q(measure__in=MEASURES), name="outcome_measure_known"),
            models.CheckConstraint(
                condition=Q(state=OutcomeState.VOIDED, voided_why__gt="")
                | (~Q(state=OutcomeState.VOIDED) & Q(voided_why="")),
                name="outcome_voided_with_why",
            ),
            models.CheckConstraint(
                condition=Q(source=OutcomeSource.ENTERED) | (~Q(sentence="") & ~Q(fingerprint="")),
                name="outcome_read_from_a_text",
            ),
            models.UniqueConstraint(
                fields=["notice", "fingerprint"],
                condition=~Q(fingerprint=""),
                name="outcome_sentence_once",
            ),
        ]
        indexes = [
            models.Index(fields=["notice", "state", "metric", "day"], name="outcome_notice"),
            models.Index(fields=["unit", "state", "day"], name="outcome_unit"),
        ]

    def __str__(self) -> str:
        return f"{Metric(self.metric).label} {self.value} {self.measure}"

    @property
    def number(self) -> str:
        """The value as it is written: 148, 33.58, 1,236.4."""
        return f"{self.value:,.4f}".rstrip("0").rstrip(".")

    @property
    def document_names(self) -> list[str]:
        return [line for line in self.documents.splitlines() if line.strip()]


class OutcomeFile(Attached):
    """What proves an outcome."""

    outcome = models.ForeignKey(OutcomeEntry, models.CASCADE, related_name="files", verbose_name="整改成效")

    class Meta:
        verbose_name = verbose_name_plural = "成效材料"


class OutcomeScan(models.Model):
    """How far a notice's texts have been read for proposals: the last report, and the text by its hash."""

    notice = models.OneToOneField(Notice, models.CASCADE, related_name="outcome_scan", verbose_name="批次")
    last_progress = models.BigIntegerField("已读到的进展", default=0)
    text_sha256 = models.CharField("已读的原文", max_length=64, blank=True)
    by_name = models.CharField("提取人姓名", max_length=50)
    at = models.DateTimeField("提取时间")

    class Meta:
        verbose_name = verbose_name_plural = "成效提取"

    def __str__(self) -> str:
        return f"{self.notice_id}: {self.last_progress}"
