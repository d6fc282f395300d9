"""Issue: one finding of the inspection, an item of the 问题清单."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Q, Value, When

from accounts.models import Unit, User
from notices.models.notice import Aspect, Notice
from notices.terms import PrintedProgress, State


class IssueQuerySet(models.QuerySet["Issue"]):
    def visible_to(self, user: User) -> "IssueQuerySet":
        """Issues of notices the user sees whole, and issues with at least one visible task."""
        task = Issue._meta.apps.get_model("notices", "Task")
        return self.filter(
            Q(notice__in=task.whole_notices(user))
            | Q(pk__in=task.objects.visible_to(user).values("issue_id"))
        )

    def with_counts(self) -> "IssueQuerySet":
        """`n_tasks`, `n_completed`, `n_sustained`: top-level tasks that are not cancelled."""
        live = Q(tasks__parent=None) & ~Q(tasks__state=State.CANCELLED)
        return self.annotate(
            n_tasks=Count("tasks", filter=live),
            n_completed=Count("tasks", filter=live & Q(tasks__state=State.COMPLETED)),
            n_sustained=Count("tasks", filter=live & Q(tasks__state=State.SUSTAINED)),
            n_begun=Count("tasks", filter=live & ~Q(tasks__state__in=(State.DRAFT, State.PENDING))),
        )

    def with_counts_seen_by(self, user: User) -> "IssueQuerySet":
        """`seen_tasks`, `seen_completed`, `seen_sustained`: the same, of the tasks this person sees."""
        task = Issue._meta.apps.get_model("notices", "Task")
        seen = task.objects.visible_to(user).filter(parent=None).exclude(state=State.CANCELLED)
        live = Q(tasks__in=seen.values("pk"))
        return self.annotate(
            seen_tasks=Count("tasks", filter=live),
            seen_completed=Count("tasks", filter=live & Q(tasks__state=State.COMPLETED)),
            seen_sustained=Count("tasks", filter=live & Q(tasks__state=State.SUSTAINED)),
        )

    def with_progress(self) -> "IssueQuerySet":
        """`progress`, derived from the tasks: all completed → completed; all closed → sustained; else by what has begun."""
        return self.with_counts().annotate(
            progress=Case(
                When(n_tasks=0, then=Value(PrintedProgress.NOT_STARTED)),
                When(n_completed=models.F("n_tasks"), then=Value(PrintedProgress.COMPLETED)),
                When(
                    n_tasks=models.F("n_completed") + models.F("n_sustained"),
                    then=Value(PrintedProgress.SUSTAINED),
                ),
                When(n_begun=0, then=Value(PrintedProgress.NOT_STARTED)),
                default=Value(PrintedProgress.IN_PROGRESS),
            )
        )

    def in_order(self) -> "IssueQuerySet":
        return self.order_by("notice_id", "position", "pk")


class Issue(models.Model):
    """`path` are the printed numbers, aspect first; `number` is the safe number W03-012 that Excel keeps as text.

    Leader, lead unit and deadline here are the defaults of the issue's tasks; a task's own value wins.
    """

    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="issues", db_index=False, verbose_name="批次"
    )
    aspect = models.ForeignKey(
        Aspect, models.PROTECT, related_name="issues", verbose_name="方面", null=True, blank=True
    )
    number = models.CharField("问题编号", max_length=20)
    path = models.JSONField("原文编号", default=list, blank=True)
    position = models.PositiveIntegerField("顺序")
    title = models.CharField("问题", max_length=1000)
    detail = models.TextField("具体表现", blank=True)
    source = models.CharField("问题来源", max_length=200, blank=True)
    target = models.TextField("整改目标", blank=True)
    leader_text = models.CharField("责任领导", max_length=200, blank=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="责任领导账号",
    )
    lead_text = models.CharField("牵头单位", max_length=200, blank=True)
    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="牵头单位"
    )
    responsible_text = models.CharField("责任单位", max_length=500, blank=True)
    deadline = models.DateField("整改时限", null=True, blank=True)
    deadline_text = models.CharField("整改时限(原文)", max_length=200, blank=True)
    line = models.PositiveIntegerField("原文行", null=True, blank=True)
    extra = models.JSONField("其他列", default=dict, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        constraints = [
            models.UniqueConstraint(fields=["notice", "number"], name="issue_number_once"),
            models.CheckConstraint(condition=~Q(title=""), name="issue_title_given"),
        ]
        indexes = [models.Index(fields=["notice", "position"], name="issue_order")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def printed_path(self) -> str:
        """The numbers as the notice printed them, e.g. 1.1.2."""
        return ".".join(str(n) for n in self.path)
