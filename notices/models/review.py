"""Review: one look at a sustained task on its review day (复查); append-only."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from notices.models.task import Task
from notices.terms import ReviewVerdict


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User) -> "ReviewQuerySet":
        """Reviews of the tasks the person sees."""
        return self.filter(task__in=Task.objects.visible_to(user).values("pk"))

    def newest_first(self) -> "ReviewQuerySet":
        return self.order_by("-at", "-pk")


class Review(models.Model):
    """`on` is the civil day of `at`: the next review day counts from it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="reviews", verbose_name="任务")
    text = models.TextField("复查情况")
    verdict = models.CharField("复查结论", max_length=10, choices=ReviewVerdict)
    on = models.DateField("复查日期")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="复查人")
    by_name = models.CharField("复查人姓名", max_length=50)
    unit_name = models.CharField("复查人单位", max_length=100, blank=True)
    at = models.DateTimeField("记录时间")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "复查"
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=ReviewVerdict.values), name="review_verdict_known"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="review_says_what"),
        ]
        indexes = [models.Index(fields=["task", "on"], name="review_task")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.on}"
