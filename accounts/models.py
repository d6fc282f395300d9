"""Who: units in a tree, users, and memberships that give a user a role in a unit."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import AbstractUser
from django.db import models
from tree_queries.fields import TreeNodeForeignKey
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from accounts.roles import Role


class UnitQuerySet(TreeQuerySet):
    def active(self) -> "UnitQuerySet":
        return self.filter(is_active=True)

    def by_position(self) -> "UnitQuerySet":
        return self.order_by("position", "pk")


class Unit(TreeNode):
    """A party or government body. `aliases` are further names people write, one string each."""

    parent = TreeNodeForeignKey(
        "self", models.PROTECT, verbose_name="上级单位", null=True, blank=True, related_name="children"
    )
    name = models.CharField("单位名称", max_length=100, unique=True)
    short_name = models.CharField("简称", max_length=30, blank=True)
    aliases = models.JSONField("别名", default=list, blank=True)
    position = models.PositiveIntegerField("排序", default=0)
    is_active = models.BooleanField("在用", default=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入单位", null=True, blank=True, related_name="merged"
    )
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="unit_name_given"),
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="unit_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name where there is one, else the name."""
        return self.short_name or self.name

    def names(self) -> Iterable[str]:
        """Every name this unit is known by."""
        return [n for n in (self.name, self.short_name, *self.aliases) if n]

    def name_at(self, at: dt.datetime) -> str:
        """What it was called then; reads `former_names`, which the caller has fetched along."""
        later = [row for row in self.former_names.all() if row.until > at]
        return min(later, key=lambda row: row.until).name if later else self.name


class FormerName(models.Model):
    """What a unit was called until then: history is shown under the name of its time."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="former_names", verbose_name="单位")
    name = models.CharField("原名称", max_length=100)
    until = models.DateTimeField("使用至")

    class Meta:
        verbose_name = verbose_name_plural = "曾用名"
        indexes = [models.Index(fields=["unit", "until"], name="formername_unit")]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in. `name` is the full name as Chinese documents print it.

    `enabled_at`: when the account was last given back; `warned_at`: when the person was told that it is long unused.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=50)
    position_title = models.CharField("职务", max_length=50, blank=True)
    phone = models.CharField("手机", max_length=30, blank=True)
    must_change_password = models.BooleanField("须改初始密码", default=False)
    password_at = models.DateTimeField("密码设置时间", null=True, blank=True)
    enabled_at = models.DateTimeField("启用时间", null=True, blank=True)
    warned_at = models.DateTimeField("停用预警时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=0, editable=False)

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one user in one unit; a right over a unit reaches its sub-units."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name="用户")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships", verbose_name="单位")
    role = models.CharField("角色", max_length=12, choices=Role)

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.UniqueConstraint(fields=["user", "unit", "role"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.unit.label} · {self.get_role_display()}"


class Proposal(models.Model):
    """A role proposed by a system administrator; in force only once a security administrator has granted it.

    `alone`: there was no security administrator, so it came into force at once (only in profile STANDARD).
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待审批"
        GRANTED = "granted", "已批准"
        REFUSED = "refused", "未批准"
        WITHDRAWN = "withdrawn", "已撤回"

    user = models.ForeignKey(User, models.CASCADE, related_name="proposals", verbose_name="用户")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    role = models.CharField("角色", max_length=12, choices=Role)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    alone = models.BooleanField("无须审批", default=False)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="提出人")
    by_name = models.CharField("提出人姓名", max_length=50)
    at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审批人")
    decided_name = models.CharField("审批人姓名", max_length=50, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    note = models.CharField("意见", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "任职审批"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "role"],
                condition=models.Q(state="waiting"),
                name="proposal_once",
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="proposal_role_known"),
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_at=None)
                | (~models.Q(state="waiting") & models.Q(decided_at__isnull=False)),
                name="proposal_decided_at",
            ),
        ]
        indexes = [models.Index(fields=["state", "at"], name="proposal_state")]

    def __str__(self) -> str:
        return f"{self.user} · {self.unit.label} · {self.get_role_display()}"


class SecondFactor(models.Model):
    """The authenticator of one person (RFC 6238). `last_step`: the step of the last code taken, no code is taken twice.
    `failures` in a row, the last of them at `failed_at`: after too many nothing is taken for some minutes."""

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor", verbose_name="用户")
    secret = models.CharField("密钥", max_length=200)
    confirmed_at = models.DateTimeField("启用时间")
    last_step = models.BigIntegerField("最近使用的时间步", default=0)
    failures = models.PositiveSmallIntegerField("连续失败次数", default=0)
    failed_at = models.DateTimeField("最近失败时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "动态口令"

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """One code for the day the phone is lost: only its hash is kept, and it opens once."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="codes", verbose_name="动态口令")
    digest = models.CharField("散列", max_length=64)
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "备用码"

    def __str__(self) -> str:
        return self.digest[:8]


class StandInQuerySet(models.QuerySet["StandIn"]):
    def on(self, day: dt.date) -> "StandInQuerySet":
        """In force on that day; both people still have their accounts."""
        both = {"person__is_active": True, "deputy__is_active": True}
        return self.filter(first_on__lte=day, last_on__gte=day, ended_at=None, **both)


class StandIn(models.Model):
    """代班: from `first_on` to `last_on`, both included, the deputy holds the person's rights in the unit.
    `ended_at`: when it was ended early."""

    person = models.ForeignKey(User, models.PROTECT, related_name="stood_in_by", verbose_name="本人")
    deputy = models.ForeignKey(User, models.PROTECT, related_name="stands_in_for", verbose_name="代班人")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    first_on = models.DateField("开始日期")
    last_on = models.DateField("结束日期")
    why = models.CharField("事由", max_length=100, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="设置人")
    made_at = models.DateTimeField("设置时间")
    ended_at = models.DateTimeField("提前结束时间", null=True, blank=True)

    objects = StandInQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代班"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_on__lte=models.F("last_on")), name="standin_days_in_order"
            ),
            models.CheckConstraint(
                condition=~models.Q(person=models.F("deputy")), name="standin_somebody_else"
            ),
        ]
        indexes = [models.Index(fields=["deputy", "last_on"], name="standin_deputy")]

    def __str__(self) -> str:
        return f"{self.deputy} 代 {self.person}"


class SignIn(models.Model):
    """One sign-in that is still open: where from, when, last seen. The person sees these and may end them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name="用户")
    session_key = models.CharField("会话", max_length=40, unique=True)
    at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近使用")
    address = models.CharField("来源", max_length=60, blank=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录"
        indexes = [models.Index(fields=["user", "seen_at"], name="signin_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%F %T}"


class Scope(models.TextChoices):
    """What a token may be used for; the rights of its person stay the limit of each."""

    READ = "read", "查询"
    REPORT = "report", "填报"
    MANAGE = "manage", "管理"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self, *, today: dt.date) -> "ApiTokenQuerySet":
        return self.filter(ended_at=None, last_on__gte=today)

    def newest_first(self) -> "ApiTokenQuerySet":
        return self.order_by("-made_at", "-pk")


class ApiToken(models.Model):
    """A program's access in a person's name, up to and including `last_on`. Only the SHA-256 of the key is kept: it is
    256 random bits, so nothing slower is needed. `prefix` is the beginning of the key, to tell tokens apart by.

    `notice_id`: the one notice it is limited to; None for all its person sees.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name="用户")
    name = models.CharField("名称", max_length=50)
    prefix = models.CharField("开头", max_length=12)
    digest = models.CharField("散列", max_length=64, unique=True)
    scopes = models.JSONField("用途", default=list)
    notice_id = models.BigIntegerField("批次", null=True)
    made_at = models.DateTimeField("建立时间")
    last_on = models.DateField("有效期至")
    used_at = models.DateTimeField("最近使用", null=True)
    used_from = models.CharField("最近来源", max_length=60, blank=True)
    ended_at = models.DateTimeField("停用时间", null=True)
    ended_name = models.CharField("停用人", max_length=50, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "访问令牌"
        constraints = [
            models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(digest=""), name="apitoken_named")
        ]
        indexes = [models.Index(fields=["user", "last_on"], name="apitoken_user")]

    def __str__(self) -> str:
        return f"{self.name}（{self.prefix}…）"


class RateCount(models.Model):
    """How often something was tried in one span of time, counted for all workers together."""

    key = models.CharField("对象", max_length=100)
    starts_at = models.DateTimeField("起点")
    n = models.PositiveIntegerField("次数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "频次"
        constraints = [models.UniqueConstraint(fields=["key", "starts_at"], name="ratecount_once")]
        indexes = [models.Index(fields=["starts_at"], name="ratecount_at")]

    def __str__(self) -> str:
        return f"{self.key} {self.n}"


class KeptAnswer(models.Model):
    """The answer to a request that was sent under an idempotency key; the same request again gets it again.

    `digest`: of method, address and body. `status` 0 only while the first request is being worked on, in its
    transaction.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="用户")
    key = models.CharField("幂等键", max_length=80)
    digest = models.CharField("请求散列", max_length=64)
    status = models.PositiveSmallIntegerField("状态码", default=0)
    body = models.JSONField("答复", null=True)
    tag = models.CharField("版本", max_length=100, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "已答复的请求"
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="keptanswer_once")]
        indexes = [models.Index(fields=["at"], name="keptanswer_at")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"


class Event(models.Model):
    """One act, append-only: who, when, from where, what, on what, with what result.

    Written by accounts/audit.py in the transaction of the act; the sealer gives `seq` and the hash chain
    afterwards, so that concurrent writers never wait for each other. Names are kept as text so that
    the row stays readable when people and units change.
    """

    at = models.DateTimeField("时间")
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="操作人")
    actor_name = models.CharField("姓名", max_length=50)
    unit_name = models.CharField("单位", max_length=100, blank=True)
    address = models.CharField("来源", max_length=60, blank=True)
    action = models.CharField("动作", max_length=40)
    subject_type = models.CharField("对象类型", max_length=30, blank=True)
    subject_id = models.BigIntegerField("对象", null=True)
    notice_id = models.BigIntegerField("批次", null=True)
    ok = models.BooleanField("成功", default=True)
    data = models.JSONField("前后值", default=dict)
    seq = models.BigIntegerField("链序号", null=True, unique=True)
    digest = models.CharField("散列", max_length=64, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "操作记录"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["at"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.actor_name} {self.action}"
