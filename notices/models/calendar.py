"""CalendarDay: what the office says about one day when it differs from the published holidays; ReminderSetting: how
one notice's reminders differ from its preset."""

from django.db import models

from notices.models.notice import Notice


class CalendarDay(models.Model):
    """Wins over the published arrangement; needed for years the State Council has not arranged yet."""

    day = models.DateField("日期", unique=True)
    is_working = models.BooleanField("上班")
    name = models.CharField("说明", max_length=50, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日调整"

    def __str__(self) -> str:
        return f"{self.day} {'上班' if self.is_working else '休息'}"


class ReminderSetting(models.Model):
    """`rungs`: [[days left, [who, …]], …], empty for the preset's own; `rules`: what else differs from the preset, by
    rule; both read by domain/reminder_rules.py. `working_days`: the days left of each rung are working days.
    """

    notice = models.OneToOneField(
        Notice, models.CASCADE, related_name="reminder_setting", verbose_name="批次"
    )
    is_on = models.BooleanField("开启提醒", default=True)
    working_days = models.BooleanField("按工作日计算", default=False)
    rungs = models.JSONField("提醒阶梯", default=list, blank=True)
    rules = models.JSONField("其他规则", default=dict, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "提醒设置"

    def __str__(self) -> str:
        return f"{self.notice_id}"
