"""Task: one corrective action (整改任务), and the units that carry it."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts.access import reach, units_with
from accounts.models import Unit, User
from accounts.roles import Can
from notices.lights import RULES, light_sql
from notices.models.issue import Issue
from notices.models.notice import Notice
from notices.terms import CLOSED_STATES, OPEN_STATES, MeasureKind, Outcome, State, UnitRole

REVIEW_DAYS = 90  # between two reviews of a sustained task whose interval nobody set


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User) -> "TaskQuerySet":
        """Tasks of notices the user sees whole; else tasks of the user's units (any role in them) that are
        assigned, and tasks the user answers for as leader. Decided by the scope rows, without duplicates."""
        own = sorted({*units_with(user, Can.SEE_OWN), *units_with(user, Can.OVERSEE)})
        seen = Q(notice__in=Task.whole_notices(user)) | (Q(leader=user) & ~Q(state=State.DRAFT))
        if own:
            scope = Task._meta.apps.get_model("notices", "TaskScope")
            seen |= Q(Exists(scope.objects.filter(task=OuterRef("pk"), unit__in=own, via="part")))
        return self.filter(seen)

    def under(self, unit_ids: list[int]) -> "TaskQuerySet":
        """Tasks in which one of these units, or a unit below one, has a part."""
        scope = Task._meta.apps.get_model("notices", "TaskScope")
        return self.filter(Exists(scope.objects.filter(task=OuterRef("pk"), unit__in=unit_ids, via="part")))

    def with_light(self, *, today: dt.date) -> "TaskQuerySet":
        """`light`: by the preset of each task's notice."""
        cases = [When(notice__preset=p, then=light_sql(today=today, rule=r)) for p, r in RULES.items()]
        return self.annotate(light=Case(*cases, default=Value("none"), output_field=models.CharField()))

    def open(self) -> "TaskQuerySet":
        return self.filter(is_open=True)

    def closed(self) -> "TaskQuerySet":
        return self.filter(state__in=CLOSED_STATES)

    def overdue(self, *, today: dt.date) -> "TaskQuerySet":
        """Work not handed in by the deadline, or handed in after it and still waiting."""
        working = Q(state__in=(State.DRAFT, State.PENDING, State.ACTIVE), deadline__lt=today)
        waiting = Q(state__in=(State.SUBMITTED, State.VERIFYING), deadline__lt=models.F("finished_on"))
        return self.filter(working | waiting)

    def with_checked_on(self) -> "TaskQuerySet":
        """`checked_on`: the day of the last review since the closing, else of the closing."""
        review = Task._meta.apps.get_model("notices", "Review")
        last = review.objects.filter(task=OuterRef("pk"), on__gte=OuterRef("closed_on")).order_by("-on")
        return self.annotate(checked_on=Coalesce(Subquery(last.values("on")[:1]), "closed_on"))

    def review_due(self, *, today: dt.date) -> "TaskQuerySet":
        """Sustained tasks whose next review day has come: the day of closing or of the last review, whichever is
        later, and the interval. Carries `checked_on`. One more query, for the intervals in use."""
        sustained = self.filter(state=State.SUSTAINED).with_checked_on()
        come = Q(pk=None)
        for days in set(self.filter(state=State.SUSTAINED).order_by().values_list("review_days", flat=True)):
            since = today - dt.timedelta(days=days or REVIEW_DAYS)
            come |= Q(review_days=days, checked_on__lte=since)
        return sustained.filter(come)

    def top_level(self) -> "TaskQuerySet":
        return self.filter(parent=None)

    def in_order(self) -> "TaskQuerySet":
        return self.order_by("notice_id", "issue__position", "position", "pk")


class Task(models.Model):
    """`lead_unit` repeats the lead row of TaskUnit for lists; domain/planning.py writes both.

    `finished_on` is the day of the submit in force (or the ledger's 实际完成时间), `closed_on` the day of verification.
    `evidence_kinds` names the materials this task must have, joined by 、; empty: as the notice says; 无: none.
    `latest_*` repeat the newest Progress row for lists. `is_open` is computed by the database from `state`.
    """

    # No index of their own (db_index=False) for keys with which a longer index begins, and one without the empty ones for
    # keys that hardly any task has: every index of every row costs its writer.
    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="tasks", db_index=False, verbose_name="批次"
    )
    issue = models.ForeignKey(
        Issue, models.CASCADE, related_name="tasks", db_index=False, verbose_name="问题"
    )
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="parts",
        db_index=False,
        verbose_name="上级任务",
    )
    number = models.CharField("任务编号", max_length=30)
    position = models.PositiveIntegerField("顺序")
    heading = models.CharField("措施标题", max_length=300, blank=True)
    text = models.TextField("整改措施")
    kind = models.CharField("措施类别", max_length=10, choices=MeasureKind, blank=True)
    leader_text = models.CharField("责任领导", max_length=200, blank=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="led_tasks",
        db_index=False,
        verbose_name="责任领导账号",
    )
    contact_text = models.CharField("责任人", max_length=200, blank=True)
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="责任人账号",
    )
    contact_phone = models.CharField("联系电话", max_length=50, blank=True)
    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="led_tasks", verbose_name="牵头单位"
    )
    deadline = models.DateField("完成时限", null=True, blank=True)
    deadline_text = models.CharField("完成时限(原文)", max_length=200, blank=True)
    keep_up = models.BooleanField("长期坚持", default=False)
    review_days = models.PositiveSmallIntegerField("复查周期(天)", null=True, blank=True)
    state = models.CharField("状态", max_length=12, choices=State, default=State.DRAFT)
    is_open = models.GeneratedField(
        expression=Case(When(state__in=OPEN_STATES, then=Value(True)), default=Value(False)),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name="在办",
    )
    claim = models.CharField("申请结论", max_length=12, choices=Outcome, blank=True)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="申请人",
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="审核人",
    )
    finished_on = models.DateField("实际完成时间", null=True, blank=True)
    closed_on = models.DateField("销号日期", null=True, blank=True)
    relapse_count = models.PositiveSmallIntegerField("反弹次数", default=0)
    extension_count = models.PositiveSmallIntegerField("延期次数", default=0)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="并入任务",
    )
    latest_text = models.TextField("整改进展", blank=True)
    latest_next = models.TextField("下一步打算", blank=True)
    latest_blocked = models.TextField("未完成原因", blank=True)
    latest_at = models.DateTimeField("更新时间", null=True, blank=True)
    evidence_count = models.PositiveIntegerField("佐证材料", default=0)
    evidence_kinds = models.CharField("应交材料", max_length=200, blank=True)
    nudge_count = models.PositiveSmallIntegerField("催办次数", default=0)
    remark = models.TextField("备注", blank=True)
    line = models.PositiveIntegerField("原文行", null=True, blank=True)
    extra = models.JSONField("其他列", default=dict, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        constraints = [
            models.UniqueConstraint(fields=["notice", "number"], name="task_number_once"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="task_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=(State.DRAFT, State.CANCELLED))
                | Q(lead_unit__isnull=False)
                | Q(state__in=CLOSED_STATES),
                name="task_lead_when_assigned",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=CLOSED_STATES, closed_on__isnull=False))
                | (~Q(state__in=CLOSED_STATES) & Q(closed_on__isnull=True)),
                name="task_closed_on_when_closed",
            ),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="task_not_own_parent"),
            models.CheckConstraint(condition=~Q(text=""), name="task_text_given"),
        ]
        indexes = [
            models.Index(fields=["notice", "is_open", "deadline", "id"], name="task_notice_due"),
            models.Index(fields=["issue", "position"], name="task_issue"),
            models.Index(fields=["leader", "is_open"], name="task_leader"),
            models.Index(fields=["is_open", "deadline", "id"], name="task_due"),
            # The sweep asks for sustained tasks every five minutes; SQLite matches no bound value with a condition.
            models.Index(
                fields=["state", "review_days"], condition=Q(closed_on__isnull=False), name="task_review"
            ),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="task_parent"),
            models.Index(fields=["contact"], condition=Q(contact__isnull=False), name="task_contact"),
            models.Index(fields=["applicant"], condition=Q(applicant__isnull=False), name="task_applicant"),
            models.Index(fields=["approver"], condition=Q(approver__isnull=False), name="task_approver"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="task_merged"),
        ]

    def __str__(self) -> str:
        return self.number

    @staticmethod
    def whole_notices(user: User) -> models.QuerySet[Notice]:
        """Notices the user sees whole: those of the units under the user's office or supervision team."""
        return Notice.objects.filter(unit__in=reach(user, Can.SEE_NOTICE))


class TaskUnit(models.Model):
    """A unit's part in a task. A name that matches no unit is kept as text; at most one lead is in force."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="task_units", verbose_name="任务")
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="task_units",
        db_index=False,
        verbose_name="单位",
    )
    unit_text = models.CharField("单位(原文)", max_length=100)
    role = models.CharField("角色", max_length=12, choices=UnitRole)
    position = models.PositiveSmallIntegerField("顺序", default=0)
    note = models.CharField("说明", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任务单位"
        constraints = [
            models.CheckConstraint(condition=Q(role__in=UnitRole.values), name="taskunit_role_known"),
            models.UniqueConstraint(
                fields=["task"], condition=Q(role=UnitRole.LEAD), name="taskunit_one_lead"
            ),
            models.UniqueConstraint(
                fields=["task", "unit", "role"], condition=Q(unit__isnull=False), name="taskunit_once"
            ),
        ]
        indexes = [models.Index(fields=["unit", "role"], name="taskunit_unit")]

    def __str__(self) -> str:
        return f"{self.unit_text}({self.get_role_display()})"
