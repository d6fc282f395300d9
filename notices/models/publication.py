"""Publication (通报): the public notice of progress, drafted, proposed, released; its items and its frozen file."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.access import reach
from accounts.models import User
from accounts.roles import Can
from notices.models.frozen import Frozen, FrozenQuerySet
from notices.models.issue import Issue
from notices.models.notice import Notice
from notices.terms import OUT_STATES, PublicationState, WithholdReason, WithholdState


class PublicationQuerySet(models.QuerySet["Publication"]):
    def visible_to(self, user: User) -> "PublicationQuerySet":
        """Drafts to the office; what was released to everybody who sees the notice."""
        seen = Notice.objects.visible_to(user).order_by().values("pk")
        out = Q(state__in=OUT_STATES, notice__in=seen)
        return self.filter(Q(notice__unit__in=reach(user, Can.PLAN)) | out)

    def of_office(self, user: User) -> "PublicationQuerySet":
        """Those the person drafts and releases."""
        return self.filter(notice__unit__in=reach(user, Can.PLAN))

    def working(self) -> "PublicationQuerySet":
        return self.filter(state__in=(PublicationState.DRAFT, PublicationState.PROPOSED))

    def in_force(self) -> "PublicationQuerySet":
        return self.filter(state=PublicationState.RELEASED)

    def newest_first(self) -> "PublicationQuerySet":
        return self.order_by("-drafted_at", "-pk")


def _person(label: str, *, null: bool = True) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=null, blank=null, related_name="+", verbose_name=label
    )


class Publication(models.Model):
    """One edition; `number` counts those of a notice. Texts hold one paragraph a line, figures as tokens.

    `renumbers`: numbers close up over withheld items. `moves_stage`: the release makes the notice 已公开.
    """

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="publications", verbose_name="批次")
    number = models.PositiveSmallIntegerField("版次")
    state = models.CharField("状态", max_length=10, choices=PublicationState, default=PublicationState.DRAFT)
    title = models.CharField("标题", max_length=200)
    opening = models.TextField("开头", blank=True)
    front = models.TextField("第一部分", blank=True)
    intro = models.TextField("第二部分的标题", blank=True)
    next_steps = models.TextField("第三部分", blank=True)
    closing = models.TextField("结尾", blank=True)
    phone = models.CharField("联系电话", max_length=100, blank=True)
    address = models.CharField("邮政信箱", max_length=200, blank=True)
    postcode = models.CharField("邮编", max_length=20, blank=True)
    email = models.CharField("电子邮箱", max_length=100, blank=True)
    signed_by = models.CharField("署名", max_length=100, blank=True)
    signed_on = models.DateField("公布日期", null=True, blank=True)
    renumbers = models.BooleanField("不公开的条目之后重新编号", default=True)
    prints_progress = models.BooleanField("逐条印出整改进度", default=True)
    moves_stage = models.BooleanField("印发后批次转为“已公开”", default=True)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="successors", verbose_name="替换"
    )
    drafted_by = _person("起草人")
    drafted_name = models.CharField("起草人姓名", max_length=50)
    drafted_at = models.DateTimeField("起草时间")
    proposed_by = _person("报请人")
    proposed_name = models.CharField("报请人姓名", max_length=50, blank=True)
    proposed_at = models.DateTimeField("报请时间", null=True, blank=True)
    released_by = _person("印发人")
    released_name = models.CharField("印发人姓名", max_length=50, blank=True)
    released_at = models.DateTimeField("印发时间", null=True, blank=True)
    ended_name = models.CharField("撤回人姓名", max_length=50, blank=True)
    ended_at = models.DateTimeField("撤回或替换时间", null=True, blank=True)
    reason = models.CharField("退回或撤回原因", max_length=500, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通报"
        constraints = [
            models.UniqueConstraint(fields=["notice", "number"], name="publication_number_once"),
            models.CheckConstraint(condition=~Q(title=""), name="publication_title_given"),
            models.CheckConstraint(
                condition=Q(state__in=PublicationState.values), name="publication_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=OUT_STATES)
                | Q(released_at__isnull=False, released_by__isnull=False, proposed_by__isnull=False),
                name="publication_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=models.F("proposed_by")),
                name="publication_not_the_same",
            ),
        ]
        indexes = [models.Index(fields=["notice", "state"], name="publication_notice")]

    def __str__(self) -> str:
        return f"{self.title}（第 {self.number} 版）"


class PublicationItem(models.Model):
    """One row of the second part in printed order: a heading, or an issue with its text.

    `path` are the printed numbers, the aspect's first. `source` is the text as it was drawn from the ledger. A request
    to withhold names who asked; it counts once somebody else approved it.
    """

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="items", verbose_name="通报")
    issue = models.ForeignKey(
        Issue, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="问题"
    )
    position = models.PositiveIntegerField("顺序")
    path = models.JSONField("编号", default=list)
    title = models.CharField("标题", max_length=1000)
    body = models.TextField("整改情况", blank=True)
    source = models.TextField("台账文字", blank=True)
    withhold = models.CharField("不公开", max_length=8, choices=WithholdState, blank=True)
    reason = models.CharField("不公开原因", max_length=12, choices=WithholdReason, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)
    asked_by = _person("申请人")
    asked_name = models.CharField("申请人姓名", max_length=50, blank=True)
    asked_at = models.DateTimeField("申请时间", null=True, blank=True)
    approved_by = _person("批准人")
    approved_name = models.CharField("批准人姓名", max_length=50, blank=True)
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "通报条目"
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="pubitem_title_given"),
            models.CheckConstraint(
                condition=Q(withhold="", reason="", asked_by=None)
                | Q(
                    withhold__in=WithholdState.values,
                    reason__in=WithholdReason.values,
                    asked_by__isnull=False,
                ),
                name="pubitem_withheld_with_reason",
            ),
            models.CheckConstraint(
                condition=(Q(withhold=WithholdState.APPROVED) & Q(approved_by__isnull=False))
                | (~Q(withhold=WithholdState.APPROVED) & Q(approved_by=None)),
                name="pubitem_approver_named",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("asked_by")),
                name="pubitem_approver_is_other",
            ),
            models.UniqueConstraint(
                fields=["publication", "issue"], condition=Q(issue__isnull=False), name="pubitem_issue_once"
            ),
        ]
        indexes = [models.Index(fields=["publication", "position"], name="pubitem_order")]

    def __str__(self) -> str:
        return self.title[:40]


class PublicationFile(Frozen):
    """What was released: the words, the figures of that day and the Word file. The database refuses to change it.

    `sha256` is that of the file, `digest` over words, figures and file together.
    """

    publication = models.OneToOneField(Publication, models.PROTECT, related_name="file", verbose_name="通报")
    today = models.DateField("数据截至")
    words = models.JSONField("文字", default=dict)
    figures = models.JSONField("数据", default=dict)
    content = models.BinaryField("文件")
    sha256 = models.CharField("SHA-256", max_length=64)
    digest = models.CharField("校验值", max_length=64)
    at = models.DateTimeField("印发时间")

    objects: ClassVar[Any] = FrozenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "已印发的通报"

    def __str__(self) -> str:
        return self.sha256[:8]
