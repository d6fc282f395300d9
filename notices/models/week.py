"""The weekly cycle: WeekSetting (when a notice's week opens and closes), WeekReport (one unit's report), WeekLine."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.models.notice import Notice
from notices.models.record import Progress
from notices.models.task import Task

WEEKDAYS = tuple(enumerate(("周一", "周二", "周三", "周四", "周五", "周六", "周日")))


class WeekSetting(models.Model):
    """Days count from Monday = 0. `by_workdays`: a day off gives way to the next, or the last, working day of the
    week. `closes_itself`: the sweep freezes the week `grace_hours` after its closing time."""

    notice = models.OneToOneField(Notice, models.CASCADE, related_name="week_setting", verbose_name="批次")
    is_on = models.BooleanField("实行周报", default=True)
    opens_day = models.PositiveSmallIntegerField("开始日", choices=WEEKDAYS, default=0)
    opens_time = models.TimeField("开始时间", default=dt.time(9))
    closes_day = models.PositiveSmallIntegerField("截止日", choices=WEEKDAYS, default=4)
    closes_time = models.TimeField("截止时间", default=dt.time(17))
    by_workdays = models.BooleanField("遇节假日调整", default=True)
    closes_itself = models.BooleanField("到时自动封存", default=False)
    grace_hours = models.PositiveSmallIntegerField("截止后多少小时自动封存", default=24)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "周报设置"
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_day__lte=6, closes_day__lte=6)
                & (
                    Q(opens_day__lt=models.F("closes_day"))
                    | Q(opens_day=models.F("closes_day"), opens_time__lt=models.F("closes_time"))
                ),
                name="week_opens_before_it_closes",
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}"


class WeekReportQuerySet(models.QuerySet["WeekReport"]):
    def visible_to(self, user: User) -> "WeekReportQuerySet":
        """Reports to the user's office or supervision team, and those of the units the user works in or oversees."""
        own = reach(user, Can.SEE_OWN) | reach(user, Can.OVERSEE)
        return self.filter(Q(notice__in=Task.whole_notices(user)) | Q(unit__in=own))

    def filed(self) -> "WeekReportQuerySet":
        return self.filter(filed_at__isnull=False)


class WeekReport(models.Model):
    """One unit's week. A row may stand before anything is filed: when the unit was reminded or let in again.

    `late`: filed after the closing time. `is_reopened`: the office lets the unit file once more.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="week_reports", verbose_name="批次")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    starts_on = models.DateField("周一")
    filed_at = models.DateTimeField("报送时间", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="报送人",
    )
    by_name = models.CharField("报送人姓名", max_length=50, blank=True)
    late = models.BooleanField("迟报", default=False)
    on_behalf = models.BooleanField("代填", default=False)
    is_reopened = models.BooleanField("准予补报", default=False)
    reopened_why = models.CharField("准予补报的原因", max_length=200, blank=True)
    reminded_at = models.DateTimeField("提醒时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = WeekReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "周报"
        constraints = [
            models.UniqueConstraint(fields=["notice", "unit", "starts_on"], name="week_report_once"),
            models.CheckConstraint(
                condition=Q(filed_at=None, by_name="", late=False)
                | (Q(filed_at__isnull=False) & ~Q(by_name="")),
                name="week_report_filed_by",
            ),
        ]
        indexes = [models.Index(fields=["notice", "starts_on"], name="week_report_week")]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.unit_id}/{self.starts_on}"


class WeekLine(models.Model):
    """What a report says of one task: a progress report, or why there is none. `repeated`: last week's words again."""

    report = models.ForeignKey(WeekReport, models.CASCADE, related_name="lines", verbose_name="周报")
    task = models.ForeignKey(Task, models.CASCADE, related_name="week_lines", verbose_name="任务")
    progress = models.ForeignKey(
        Progress, models.PROTECT, null=True, blank=True, related_name="week_lines", verbose_name="进展"
    )
    idle_reason = models.CharField("本周无进展的原因", max_length=500, blank=True)
    repeated = models.BooleanField("沿用上周", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "周报明细"
        constraints = [
            models.UniqueConstraint(fields=["report", "task"], name="week_line_once"),
            models.CheckConstraint(
                condition=Q(progress__isnull=False, idle_reason="") | (Q(progress=None) & ~Q(idle_reason="")),
                name="week_line_says_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.task_id}"
