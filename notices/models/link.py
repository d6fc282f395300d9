"""IssueLink: two issues a person has found to belong together: the same kind (举一反三), or carried over (上轮未整改到位)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from notices.models.issue import Issue
from notices.terms import LinkKind


class IssueLinkQuerySet(models.QuerySet["IssueLink"]):
    def visible_to(self, user: User) -> "IssueLinkQuerySet":
        """Links in force of which the person sees both issues."""
        seen = Issue.objects.visible_to(user).values("pk")
        return self.in_force().filter(earlier__in=seen, later__in=seen)

    def in_force(self) -> "IssueLinkQuerySet":
        return self.filter(removed_at=None)

    def of(self, issue: Issue) -> "IssueLinkQuerySet":
        return self.filter(Q(earlier=issue) | Q(later=issue))


class IssueLink(models.Model):
    """`earlier` is the issue of the older notice (the smaller id within one); a pair is linked once at a time.

    `words` are what the two titles shared when the link was confirmed.
    """

    earlier = models.ForeignKey(Issue, models.CASCADE, related_name="links_to", verbose_name="在前的问题")
    later = models.ForeignKey(Issue, models.CASCADE, related_name="links_from", verbose_name="在后的问题")
    kind = models.CharField("关系", max_length=10, choices=LinkKind)
    note = models.CharField("说明", max_length=300, blank=True)
    words = models.JSONField("共同用词", default=list, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="关联人")
    by_name = models.CharField("关联人姓名", max_length=50)
    at = models.DateTimeField("关联时间")
    removed_at = models.DateTimeField("解除时间", null=True, blank=True)
    removed_by_name = models.CharField("解除人姓名", max_length=50, blank=True)
    removed_why = models.CharField("解除理由", max_length=300, blank=True)

    objects = IssueLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题关联"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LinkKind.values), name="issuelink_kind_known"),
            models.CheckConstraint(condition=~Q(earlier=models.F("later")), name="issuelink_not_itself"),
            models.UniqueConstraint(
                fields=["earlier", "later"], condition=Q(removed_at=None), name="issuelink_once"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_why="")
                | (Q(removed_at__isnull=False) & ~Q(removed_why="")),
                name="issuelink_removed_with_why",
            ),
        ]
        indexes = [models.Index(fields=["later", "kind"], name="issuelink_later")]

    def __str__(self) -> str:
        return f"{self.earlier_id} – {self.later_id}"
