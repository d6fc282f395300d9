"""Supervision (督导检查): a visit of a team to units, what it found, and what the units reply to each finding."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, Count, Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.models.attached import Attached
from notices.models.notice import Notice
from notices.models.task import Task
from notices.terms import FindingState, Severity, VisitMethod, VisitState


class SupervisionQuerySet(models.QuerySet["Supervision"]):
    def visible_to(self, user: User) -> "SupervisionQuerySet":
        """Visits of notices the user sees whole; once carried out, those to the user's own or overseen units."""
        there = Supervision.units.through.objects.filter(unit__in=reach(user, Can.SEE_OWN))
        visited = Q(Exists(there.filter(supervision=OuterRef("pk")))) & Q(state=VisitState.DONE)
        return self.filter(Q(notice__in=Task.whole_notices(user)) | visited)

    def planned(self) -> "SupervisionQuerySet":
        return self.filter(state=VisitState.PLANNED)

    def done(self) -> "SupervisionQuerySet":
        """Only these are counted."""
        return self.filter(state=VisitState.DONE)

    def by_method(self, method: str) -> "SupervisionQuerySet":
        return self.filter(methods__contains=method)

    def with_day(self) -> "SupervisionQuerySet":
        """`day`: when it took place, or is to take place."""
        return self.annotate(day=Coalesce("held_on", "planned_on"))

    def with_counts(self) -> "SupervisionQuerySet":
        """`n_findings` without voided ones, `n_open` of them not accepted yet."""
        live = ~Q(findings__state=FindingState.VOIDED)
        ended = Q(findings__state=FindingState.ACCEPTED)
        return self.annotate(
            n_findings=Count("findings", filter=live, distinct=True),
            n_open=Count("findings", filter=live & ~ended, distinct=True),
        )


class Supervision(models.Model):
    """One visit. `methods` are codes of VisitMethod with commas between, none part of another. `team` are the names
    as they are printed, `members` those of them with an account. `meetings`: how many were held during the visit."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="supervisions", verbose_name="批次")
    title = models.CharField("名称", max_length=200)
    state = models.CharField("状态", max_length=12, choices=VisitState, default=VisitState.PLANNED)
    planned_on = models.DateField("计划日期")
    held_on = models.DateField("督导日期", null=True, blank=True)
    methods = models.CharField("督导方式", max_length=60)
    team = models.CharField("督导组成员", max_length=500)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", blank=True, verbose_name="督导组成员账号"
    )
    units = models.ManyToManyField(Unit, related_name="supervisions", verbose_name="受督导单位")
    purpose = models.TextField("督导内容", blank=True)
    summary = models.TextField("督导情况", blank=True)
    meetings = models.PositiveSmallIntegerField("督导会议(场)", default=0)
    called_off_why = models.CharField("取消原因", max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    by_name = models.CharField("登记人姓名", max_length=50)
    at = models.DateTimeField("登记时间")
    ended_name = models.CharField("办理人姓名", max_length=50, blank=True)
    ended_at = models.DateTimeField("办理时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = SupervisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督导检查"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=VisitState.values), name="visit_state_known"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(team=""), name="visit_title_and_team"),
            models.CheckConstraint(condition=~Q(methods=""), name="visit_method_given"),
            models.CheckConstraint(
                condition=Q(state=VisitState.DONE, held_on__isnull=False)
                | (~Q(state=VisitState.DONE) & Q(held_on=None)),
                name="visit_held_when_done",
            ),
            models.CheckConstraint(
                condition=Q(state=VisitState.CALLED_OFF, called_off_why__gt="")
                | (~Q(state=VisitState.CALLED_OFF) & Q(called_off_why="")),
                name="visit_called_off_with_why",
            ),
        ]
        indexes = [models.Index(fields=["notice", "state", "held_on"], name="visit_notice")]

    def __str__(self) -> str:
        return self.title

    @property
    def method_labels(self) -> list[str]:
        return [str(VisitMethod(code).label) for code in self.methods.split(",")]


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: User) -> "FindingQuerySet":
        """Findings of notices the user sees whole; once handed over, those about the user's own or overseen units."""
        handed = Q(unit__in=reach(user, Can.SEE_OWN)) & ~Q(handed_at=None)
        return self.filter(Q(notice__in=Task.whole_notices(user)) | handed)

    def live(self) -> "FindingQuerySet":
        return self.exclude(state=FindingState.VOIDED)

    def open(self) -> "FindingQuerySet":
        """Handed over and not accepted."""
        return self.filter(state__in=(FindingState.HANDED, FindingState.REPLIED))

    def awaiting_reply(self, today: dt.date) -> "FindingQuerySet":
        """With a unit that owes a reply, first or new; `late` says that its day has passed. What reminds asks this."""
        late = Q(reply_by__lt=today)
        return self.filter(state=FindingState.HANDED).annotate(
            late=models.ExpressionWrapper(late, output_field=BooleanField())
        )

    def overdue(self, *, today: dt.date) -> "FindingQuerySet":
        return self.filter(state=FindingState.HANDED, reply_by__lt=today)

    def awaiting_verdict(self) -> "FindingQuerySet":
        """Replied to; the team accepts or returns."""
        return self.filter(state=FindingState.REPLIED)


class Finding(models.Model):
    """督导发现: one thing wrong with one visited unit. `notice` repeats that of the visit. `made` is the task that was
    made from it, also one of `tasks`. `reply_by` is set at each handing over."""

    supervision = models.ForeignKey(
        Supervision, models.CASCADE, related_name="findings", verbose_name="督导检查"
    )
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="findings", verbose_name="批次")
    position = models.PositiveSmallIntegerField("序号")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="findings", verbose_name="单位")
    text = models.TextField("发现的问题")
    severity = models.CharField("程度", max_length=8, choices=Severity, default=Severity.MINOR)
    state = models.CharField("状态", max_length=10, choices=FindingState, default=FindingState.RECORDED)
    tasks = models.ManyToManyField(Task, related_name="findings", blank=True, verbose_name="关联任务")
    made = models.ForeignKey(
        Task, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="转成的任务"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="登记人")
    by_name = models.CharField("登记人姓名", max_length=50)
    at = models.DateTimeField("登记时间")
    handed_name = models.CharField("交办人姓名", max_length=50, blank=True)
    handed_at = models.DateTimeField("交办时间", null=True, blank=True)
    reply_by = models.DateField("回复时限", null=True, blank=True)
    replied_at = models.DateTimeField("回复时间", null=True, blank=True)
    ended_name = models.CharField("办结人姓名", max_length=50, blank=True)
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)
    voided_why = models.CharField("作废原因", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督导发现"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=FindingState.values, severity__in=Severity.values), name="finding_known"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="finding_text_given"),
            models.CheckConstraint(
                condition=Q(state__in=(FindingState.RECORDED, FindingState.VOIDED))
                | Q(handed_at__isnull=False, reply_by__isnull=False),
                name="finding_handed_with_day",
            ),
            models.CheckConstraint(
                condition=Q(state=FindingState.VOIDED, voided_why__gt="")
                | (~Q(state=FindingState.VOIDED) & Q(voided_why="")),
                name="finding_voided_with_why",
            ),
            models.UniqueConstraint(fields=["supervision", "position"], name="finding_position_once"),
        ]
        indexes = [
            models.Index(fields=["notice", "state", "reply_by"], name="finding_notice"),
            models.Index(fields=["unit", "state", "reply_by"], name="finding_unit"),
        ]

    def __str__(self) -> str:
        return self.text[:30]


class FindingReply(models.Model):
    """What a unit says it has done. `accepted` None: the team has not judged it; `note` are the team's words."""

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="replies", verbose_name="督导发现")
    text = models.TextField("整改情况")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="回复人")
    by_name = models.CharField("回复人姓名", max_length=50)
    unit_name = models.CharField("回复人单位", max_length=100, blank=True)
    on_behalf = models.BooleanField("代填", default=False)
    at = models.DateTimeField("时间")
    accepted = models.BooleanField("是否认可", null=True)
    note = models.CharField("审核意见", max_length=1000, blank=True)
    judged_name = models.CharField("审核人姓名", max_length=50, blank=True)
    judged_at = models.DateTimeField("审核时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "督导发现回复"
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="freply_text_given"),
            models.CheckConstraint(
                condition=Q(accepted=None, judged_at=None)
                | Q(accepted__isnull=False, judged_at__isnull=False),
                name="freply_judged_when",
            ),
        ]
        indexes = [models.Index(fields=["finding", "at"], name="freply_finding")]

    def __str__(self) -> str:
        return self.text[:30]


class SupervisionFileQuerySet(models.QuerySet["SupervisionFile"]):
    def visible_to(self, user: User) -> "SupervisionFileQuerySet":
        """Files of findings and replies, for whoever sees the finding; those of the visit itself, for whoever sees the
        notice whole or oversees every visited unit."""
        units = Supervision.units.through.objects.filter(supervision=OuterRef("supervision"))
        overseen = ~Exists(units.exclude(unit__in=reach(user, Can.OVERSEE)))
        whole = Q(supervision__notice__in=Task.whole_notices(user)) | overseen
        visits = Q(finding=None, supervision__in=Supervision.objects.visible_to(user).values("pk")) & whole
        return self.filter(visits | Q(finding__in=Finding.objects.visible_to(user).values("pk")))


class SupervisionFile(Attached):
    """A picture or paper of the visit, of one finding (`finding`), or of a unit's reply to it (`reply`)."""

    supervision = models.ForeignKey(
        Supervision, models.CASCADE, related_name="files", verbose_name="督导检查"
    )
    finding = models.ForeignKey(
        Finding, models.CASCADE, null=True, related_name="files", verbose_name="督导发现"
    )
    reply = models.ForeignKey(
        FindingReply, models.CASCADE, null=True, related_name="files", verbose_name="回复"
    )

    objects = SupervisionFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "督导材料"
        constraints = [
            models.CheckConstraint(
                condition=Q(reply=None) | Q(finding__isnull=False), name="visitfile_reply_of_finding"
            )
        ]
