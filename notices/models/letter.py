"""Letter (函件): 提醒函, 督办单, 告诫书, 问责建议; its counter, the frozen Word file, replies and Word templates."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import Unit, User
from accounts.roles import Can
from notices.models.notice import Notice
from notices.models.task import Task
from notices.terms import LetterKind, LetterState, PaperKind


class LetterQuerySet(models.QuerySet["Letter"]):
    def visible_to(self, user: User) -> "LetterQuerySet":
        """Letters of notices the user sees whole; once issued, those to units the user heads or oversees."""
        units = reach(user, Can.APPROVE) | reach(user, Can.OVERSEE)
        sent = Q(unit__in=units, state__in=(LetterState.ISSUED, LetterState.WITHDRAWN))
        return self.filter(Q(notice__in=Task.whole_notices(user)) | sent)

    def drafts(self) -> "LetterQuerySet":
        return self.filter(state=LetterState.DRAFT)

    def in_force(self) -> "LetterQuerySet":
        return self.filter(state=LetterState.ISSUED)

    def waiting(self) -> "LetterQuerySet":
        """In force, asking for a reply and without one."""
        return self.in_force().filter(replied_at=None, reply_by__isnull=False)

    def overdue(self, *, today: dt.date) -> "LetterQuerySet":
        return self.waiting().filter(reply_by__lt=today)


class Letter(models.Model):
    """To one unit about one or several tasks. `party` repeats the notice's unit: numbers run per party, kind and year.

    Number and file are given at the issue and never change. `drafted_by` wrote the words in force.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="letters", verbose_name="批次")
    party = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="发文机关")
    kind = models.CharField("种类", max_length=16, choices=LetterKind)
    state = models.CharField("状态", max_length=10, choices=LetterState, default=LetterState.DRAFT)
    year = models.PositiveSmallIntegerField("年份", null=True)
    number = models.PositiveIntegerField("序号", null=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="letters", verbose_name="主送单位")
    tasks = models.ManyToManyField(Task, related_name="letters", verbose_name="涉及任务")
    title = models.CharField("标题", max_length=200)
    text = models.TextField("正文")
    signature = models.CharField("署名", max_length=100)
    reply_by = models.DateField("回复时限", null=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="拟稿人"
    )
    drafted_name = models.CharField("拟稿人姓名", max_length=50)
    drafted_at = models.DateTimeField("拟稿时间")
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="签发人"
    )
    issued_name = models.CharField("签发人姓名", max_length=50, blank=True)
    issued_at = models.DateTimeField("签发时间", null=True)
    received_name = models.CharField("签收人", max_length=50, blank=True)
    received_at = models.DateTimeField("签收时间", null=True)
    replied_at = models.DateTimeField("回复时间", null=True)
    withdrawn_name = models.CharField("撤回人", max_length=50, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_why = models.CharField("撤回原因", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "函件"
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "year", "number"], name="letter_number_once"),
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values, state__in=LetterState.values),
                name="letter_kind_state_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=(LetterState.DRAFT, LetterState.DROPPED), number=None, year=None, issued_at=None
                )
                | Q(
                    state__in=(LetterState.ISSUED, LetterState.WITHDRAWN),
                    number__isnull=False,
                    year__isnull=False,
                    issued_at__isnull=False,
                ),
                name="letter_number_when_issued",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_why="")
                | Q(withdrawn_at__isnull=False, withdrawn_why__gt="", state=LetterState.WITHDRAWN),
                name="letter_withdrawn_with_why",
            ),
        ]
        indexes = [
            models.Index(fields=["notice", "state", "reply_by"], name="letter_notice"),
            models.Index(fields=["unit", "state", "reply_by"], name="letter_unit"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """提醒函〔2026〕第1号; without the number while it is a draft."""
        label = LetterKind(self.kind).label
        return f"{label}〔{self.year}〕第{self.number}号" if self.number else label


class LetterFile(models.Model):
    """The Word file as it was issued, kept in the database: the same bytes as long as the letter is there."""

    letter = models.OneToOneField(Letter, models.CASCADE, related_name="file", verbose_name="函件")
    content = models.BinaryField("文件")
    sha256 = models.CharField("SHA-256", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "函件文件"

    def __str__(self) -> str:
        return self.sha256[:8]


class LetterCounter(models.Model):
    """The last number given; locked by whoever takes the next."""

    party = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="发文机关")
    kind = models.CharField("种类", max_length=16, choices=LetterKind)
    year = models.PositiveSmallIntegerField("年份")
    last = models.PositiveIntegerField("最后序号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "函件编号"
        constraints = [models.UniqueConstraint(fields=["party", "kind", "year"], name="letter_counter_once")]

    def __str__(self) -> str:
        return f"{self.party_id} {self.kind} {self.year}: {self.last}"


class LetterReply(models.Model):
    letter = models.ForeignKey(Letter, models.CASCADE, related_name="replies", verbose_name="函件")
    text = models.TextField("回复内容")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="回复人")
    by_name = models.CharField("回复人姓名", max_length=50)
    unit_name = models.CharField("回复人单位", max_length=100, blank=True)
    on_behalf = models.BooleanField("代填", default=False)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "函件回复"
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="lreply_text_given")]

    def __str__(self) -> str:
        return self.text[:30]


class PaperTemplate(models.Model):
    """A party's own Word template for one kind of document; the newest that is not removed is in force."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    kind = models.CharField("文书种类", max_length=16, choices=PaperKind)
    name = models.CharField("文件名", max_length=200)
    content = models.BinaryField("文件")
    sha256 = models.CharField("SHA-256", max_length=64)
    by_name = models.CharField("上传人姓名", max_length=50)
    at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "文书模板"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "kind"], condition=Q(removed_at=None), name="template_in_force_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
