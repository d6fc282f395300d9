"""LookBack: one look-back campaign (回头看) over closed tasks of a notice, and the tasks drawn for it."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.models.notice import Aspect, Notice
from notices.models.task import Task
from notices.terms import LookBackVerdict, PoolRule, SampleSize


class LookBackQuerySet(models.QuerySet["LookBack"]):
    def visible_to(self, user: User) -> "LookBackQuerySet":
        """Campaigns on notices of the units under the person's office or supervision team."""
        return self.filter(notice__unit__in=reach(user, Can.VERIFY))

    def with_counts(self) -> "LookBackQuerySet":
        """`n_items`, `n_firm`, `n_relapsed`."""
        return self.annotate(
            n_items=Count("items"),
            n_firm=Count("items", filter=Q(items__verdict=LookBackVerdict.FIRM)),
            n_relapsed=Count("items", filter=Q(items__verdict=LookBackVerdict.RELAPSED)),
        )


class LookBack(models.Model):
    """`pool` are the ids of the tasks that fitted the rule when the sample was drawn, ascending; with `seed` it
    gives the sample again (domain/lookback.py: draw). `amount` is a number or a percentage, by `sample`."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="look_backs", verbose_name="批次")
    title = models.CharField("名称", max_length=200)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    method = models.CharField("核查方式", max_length=200, blank=True)
    rule = models.CharField("抽取范围", max_length=12, choices=PoolRule)
    sample = models.CharField("抽取数量", max_length=12, choices=SampleSize)
    amount = models.PositiveSmallIntegerField("项数或比例", null=True, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="单位"
    )
    aspect = models.ForeignKey(
        Aspect, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="方面"
    )
    seed = models.CharField("随机种子", max_length=32)
    pool = models.JSONField("抽取范围内的任务", default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="建立人")
    by_name = models.CharField("建立人姓名", max_length=50)
    at = models.DateTimeField("建立时间")
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    closed_by_name = models.CharField("结束人姓名", max_length=50, blank=True)
    summary = models.TextField("小结", blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = LookBackQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "回头看"
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="lookback_title_given"),
            models.CheckConstraint(condition=Q(starts_on__lte=models.F("ends_on")), name="lookback_order"),
            models.CheckConstraint(condition=Q(rule__in=PoolRule.values), name="lookback_rule_known"),
            models.CheckConstraint(
                condition=Q(sample=SampleSize.EVERY, amount=None)
                | Q(sample=SampleSize.NUMBER, amount__gte=1)
                | Q(sample=SampleSize.PERCENT, amount__gte=1, amount__lte=100),
                name="lookback_amount_fits",
            ),
            models.UniqueConstraint(fields=["notice", "title"], name="lookback_title_once"),
        ]
        indexes = [models.Index(fields=["notice", "at"], name="lookback_notice")]

    def __str__(self) -> str:
        return self.title


class LookBackItem(models.Model):
    """One task of the sample, frozen when it was drawn; it is judged once."""

    look_back = models.ForeignKey(LookBack, models.CASCADE, related_name="items", verbose_name="回头看")
    task = models.ForeignKey(Task, models.CASCADE, related_name="look_back_items", verbose_name="任务")
    position = models.PositiveIntegerField("抽取顺序")
    verdict = models.CharField("结论", max_length=10, choices=LookBackVerdict, blank=True)
    findings = models.TextField("核查情况", blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="核查人"
    )
    by_name = models.CharField("核查人姓名", max_length=50, blank=True)
    unit_name = models.CharField("核查人单位", max_length=100, blank=True)
    at = models.DateTimeField("核查时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "回头看事项"
        constraints = [
            models.UniqueConstraint(fields=["look_back", "task"], name="lookback_task_once"),
            models.CheckConstraint(
                condition=Q(verdict="", by=None, at=None)
                | (
                    Q(verdict__in=LookBackVerdict.values, by__isnull=False, at__isnull=False)
                    & ~Q(findings="")
                ),
                name="lookback_verdict_whole",
            ),
        ]
        indexes = [models.Index(fields=["look_back", "position"], name="lookback_item_order")]

    def __str__(self) -> str:
        return f"{self.look_back_id} {self.task_id}"
