"""Rows kept for speed, written in the transaction of every change by domain/rollup.py and recounted by `check_rollup`.

TaskScope says for each task which units' people may see it and how (one row per unit, ancestors included), so that a
list of a unit's subtree reads one index instead of joining and removing duplicates.
Rollup counts top-level tasks per unit × state × deadline day, so that lights are sums over day ranges: nothing is due
at midnight, and any `today` or preset is exact.
"""

import datetime as dt

from django.db import models

from accounts.models import Unit
from notices.models.notice import Notice
from notices.models.task import Task
from notices.terms import State

NO_DAY = dt.date(9999, 12, 31)  # stands for "none" where a key column must not be null


class TaskScope(models.Model):
    """`via` part: the unit, or one below it, has a part in the task (assigned tasks only);
    lead: the unit, or one below it, leads it."""

    # No indexes of their own (db_index): a longer one begins with the column, or nobody asks for it (a notice's rows are
    # found by its tasks). Every index of every row costs its writer.
    task = models.ForeignKey(Task, models.CASCADE, related_name="scope", db_index=False, verbose_name="任务")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="+", db_index=False, verbose_name="批次")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, verbose_name="单位")
    via = models.CharField("方式", max_length=5, choices=[("part", "参与"), ("lead", "牵头")])
    is_open = models.BooleanField("在办")
    deadline = models.DateField("完成时限", default=NO_DAY)

    class Meta:
        verbose_name = verbose_name_plural = "可见范围"
        constraints = [models.UniqueConstraint(fields=["task", "unit", "via"], name="scope_once")]
        indexes = [
            models.Index(fields=["unit", "via", "is_open", "deadline", "task"], name="scope_due"),
            models.Index(fields=["unit", "via", "notice"], name="scope_notice"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.unit_id}/{self.via}"


class Rollup(models.Model):
    """`count` top-level tasks of the notice led by the unit or one below it (for the inspected party: all of them).

    `judged_on` is the day of the submit while work waits, else NO_DAY; `late` marks closed tasks finished after
    their deadline.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="+", verbose_name="批次")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, verbose_name="单位")
    state = models.CharField("状态", max_length=12, choices=State)
    deadline = models.DateField("完成时限", default=NO_DAY)
    judged_on = models.DateField("判定日", default=NO_DAY)
    late = models.BooleanField("超期完成", default=False)
    count = models.IntegerField("件数")

    class Meta:
        verbose_name = verbose_name_plural = "汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "notice", "state", "deadline", "judged_on", "late"], name="rollup_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.unit_id}/{self.state}: {self.count}"
