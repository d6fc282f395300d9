"""Notice: one inspection's feedback and its whole rectification campaign; Aspect: a heading that groups issues."""

import datetime as dt

from django.conf import settings
from django.db import models

from accounts.access import reach, units_with
from accounts.models import Unit, User
from accounts.roles import Can
from notices.records import Campaign
from notices.terms import LIVE_STAGES, Preset, Stage


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> "NoticeQuerySet":
        """Notices of the units under the user's office, and those in which the user sees at least one task.

        The work is done by the scope rows: see notices/models/scope.py.
        """
        party = reach(user, Can.SEE_NOTICE)
        own = sorted({*units_with(user, Can.SEE_OWN), *units_with(user, Can.OVERSEE)})
        return self.filter(
            models.Q(unit__in=party)
            | models.Q(pk__in=_notices_of_units(own))
            | models.Q(pk__in=_notices_answered_for_by(user))
        )

    def live(self) -> "NoticeQuerySet":
        """Reminders run and tasks may be worked on."""
        return self.filter(stage__in=LIVE_STAGES)

    def newest_first(self) -> "NoticeQuerySet":
        return self.order_by("-feedback_on", "-pk")


def _notices_of_units(units: list[int]) -> models.QuerySet:
    scope = Notice._meta.apps.get_model("notices", "TaskScope")
    return scope.objects.filter(unit__in=units, via="part").values("notice_id")


def _notices_answered_for_by(user: User) -> models.QuerySet:
    task = Notice._meta.apps.get_model("notices", "Task")
    return task.objects.filter(leader=user).exclude(state="draft").values("notice_id")


class Notice(models.Model):
    """`unit` is the inspected party; the days and the preset are the campaign's own rules."""

    title = models.CharField("标题", max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="notices", verbose_name="被巡视巡察单位")
    inspecting_body = models.CharField("巡视巡察组", max_length=100, blank=True)
    inspection_start = models.DateField("巡视巡察开始", null=True, blank=True)
    inspection_end = models.DateField("巡视巡察结束", null=True, blank=True)
    feedback_on = models.DateField("反馈日期", null=True, blank=True)
    published_on = models.DateField("公布日期", null=True, blank=True)
    signed_by = models.CharField("署名", max_length=100, blank=True)
    signed_on = models.DateField("落款日期", null=True, blank=True)
    phone = models.CharField("联系电话", max_length=100, blank=True)
    address = models.CharField("邮政信箱", max_length=200, blank=True)
    postcode = models.CharField("邮编", max_length=20, blank=True)
    email = models.CharField("电子邮箱", max_length=100, blank=True)
    stage = models.CharField("阶段", max_length=12, choices=Stage, default=Stage.DRAFT)
    preset = models.CharField("亮灯规则", max_length=12, choices=Preset, default=Preset.STANDARD)
    plan_on = models.DateField("方案日期", null=True, blank=True)
    concentrated_until = models.DateField("集中整改期止", null=True, blank=True)
    immediate_days = models.PositiveSmallIntegerField("立行立改天数", default=30)
    evidence_kinds = models.CharField("应交材料", max_length=200, blank=True)
    ranks = models.BooleanField("显示单位排名", default=True)
    text = models.TextField("原文", blank=True)
    text_digest = models.CharField("原文散列", max_length=64, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("建立时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="建立人"
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "整改批次"
        constraints = [
            models.CheckConstraint(condition=~models.Q(title=""), name="notice_title_given"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="notice_stage_known"),
            models.CheckConstraint(condition=models.Q(preset__in=Preset.values), name="notice_preset_known"),
            models.CheckConstraint(
                condition=models.Q(inspection_start=None)
                | models.Q(inspection_end=None)
                | models.Q(inspection_start__lte=models.F("inspection_end")),
                name="notice_inspection_order",
            ),
            models.UniqueConstraint(fields=["unit", "title"], name="notice_title_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def origin(self) -> str:
        """Which notice this is in any installation: the key alone is another notice elsewhere. Kept by backups and moves."""
        return self.created_at.astimezone(dt.UTC).isoformat()

    @property
    def campaign(self) -> Campaign:
        """The days that deadline words of this notice refer to."""
        return Campaign(
            plan_on=self.plan_on or self.feedback_on,
            feedback_on=self.feedback_on,
            concentrated_until=self.concentrated_until,
            immediate_days=self.immediate_days,
        )


class Aspect(models.Model):
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="aspects", verbose_name="批次")
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("方面", max_length=500)
    line = models.PositiveIntegerField("原文行", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "方面"
        # A notice may print a number twice: it is kept as printed, so it is not unique.
        indexes = [models.Index(fields=["notice", "number"], name="aspect_order")]

    def __str__(self) -> str:
        return self.title
