"""FilterSets shared by the pages and the API: one meaning of every filter in an address.

A queryset filtered by light carries `light` (`with_light(today=…)`), one filtered by an issue's progress carries
`progress` (`with_progress()`): the edge that knows the day annotates, nothing here reads the clock.
Choices hold only what the person may see, so that a choice list tells a stranger nothing.
"""

import datetime as dt
from typing import Any

import django_filters as df
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, QueryDict

from accounts.access import subtree
from accounts.models import Unit, User
from accounts.person import PersonRequest
from notices.domain import worklist
from notices.domain.baseline import planned_days
from notices.domain.coverage import BLANK, counted
from notices.domain.links import carried_over
from notices.domain.search import containing
from notices.models import (
    Directive,
    Issue,
    IssueQuerySet,
    Letter,
    Notice,
    NoticeQuerySet,
    Progress,
    Publication,
    SavedView,
    Snapshot,
    Task,
    TaskQuerySet,
    TaskScope,
    TaskUnit,
    WeekReport,
)
from notices.terms import (
    CLOSED_STATES,
    WAITING_STATES,
    LetterKind,
    LetterState,
    Light,
    ListKind,
    MeasureKind,
    PrintedProgress,
    PublicationState,
    Sought,
    Stage,
    State,
    UnitRole,
)

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
OWN = (
    "id",
    "todo",
)  # of the address of a task list, beside the filters: ticked rows, the kind of waiting work
EXACT = {"source": "issue__source", "kind": "kind"}
STEPS = [*MeasureKind.choices, (BLANK, "未标类别")]
YES_NO = [("true", "是"), ("false", "否")]


def notices_of(request: PersonRequest | None) -> QuerySet[Notice]:
    if request is None:
        return Notice.objects.none()
    return Notice.objects.visible_to(request.user).newest_first().only("pk", "title")


def lead_units_of(request: PersonRequest | None) -> QuerySet[Unit]:
    """Units that lead, themselves or through units below them, a task the person sees."""
    if request is None:
        return Unit.objects.none()
    seen = Task.objects.visible_to(request.user)
    scope = TaskScope.objects.filter(unit=OuterRef("pk"), via="lead", task__in=seen.values("pk"))
    return Unit.objects.without_tree_fields().filter(Exists(scope)).by_position()


def part_units_of(request: PersonRequest | None) -> QuerySet[Unit]:
    """Units that have a part in a task the person sees."""
    if request is None:
        return Unit.objects.none()
    seen = Task.objects.visible_to(request.user)
    scope = TaskScope.objects.filter(unit=OuterRef("pk"), task__in=seen.values("pk"))
    return Unit.objects.without_tree_fields().filter(Exists(scope)).by_position()


def leaders_of(request: PersonRequest | None) -> QuerySet[User]:
    """Leaders named by account of a task the person sees."""
    if request is None:
        return User.objects.none()
    led = Task.objects.visible_to(request.user).filter(leader=OuterRef("pk"))
    return User.objects.filter(Exists(led)).order_by("name", "pk")


class NoticeFilter(df.FilterSet):
    q = df.CharFilter(method="search", label="关键词")
    stage = df.ChoiceFilter(choices=Stage.choices, label="阶段", empty_label="全部阶段")

    class Meta:
        model = Notice
        fields: list[str] = []

    def search(self, queryset: NoticeQuerySet, _name: str, value: str) -> NoticeQuerySet:
        words = value.strip()
        return queryset.filter(
            Q(title__icontains=words) | Q(inspecting_body__icontains=words) | Q(unit__name__icontains=words)
        )


class IssueFilter(df.FilterSet):
    q = df.CharFilter(method="search", label="关键词")
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    aspect = df.NumberFilter(method="under_heading", label="方面")
    lead_unit = df.ModelChoiceFilter(
        queryset=lead_units_of, method="led_under", label="牵头单位", empty_label="全部单位"
    )
    progress = df.ChoiceFilter(choices=PrintedProgress.choices, label="整改进度", empty_label="全部进度")
    closed = df.BooleanFilter(method="closed_only", label="已销号", widget=forms.Select(choices=YES_NO))
    carried = df.BooleanFilter(
        method="carried_only", label="上轮未整改到位", widget=forms.Select(choices=YES_NO)
    )

    class Meta:
        model = Issue
        fields: list[str] = []

    def search(self, queryset: IssueQuerySet, _name: str, value: str) -> IssueQuerySet:
        return containing(queryset, Sought.ISSUE, value)

    def under_heading(self, queryset: IssueQuerySet, _name: str, value: int) -> IssueQuerySet:
        """By the number of the aspect; 0 for issues under none."""
        return queryset.filter(aspect__number=value) if value else queryset.filter(aspect=None)

    def closed_only(self, queryset: IssueQuerySet, _name: str, value: bool) -> IssueQuerySet:
        """All tasks closed, with either outcome."""
        closed = Q(progress__in=(PrintedProgress.COMPLETED, PrintedProgress.SUSTAINED))
        return queryset.filter(closed) if value else queryset.exclude(closed)

    def carried_only(self, queryset: IssueQuerySet, _name: str, value: bool) -> IssueQuerySet:
        """Issues the earlier round left unfinished, as far as the person sees both."""
        return carried_over(queryset, self.request.user) if value and self.request else queryset

    def led_under(self, queryset: IssueQuerySet, _name: str, value: Unit) -> IssueQuerySet:
        """Issues with a task led by the unit or one below it."""
        led = TaskScope.objects.filter(task__issue=OuterRef("pk"), unit=value, via="lead")
        return queryset.filter(Exists(led))


class TaskFilter(df.FilterSet):
    """Needs `light` on the queryset when the light is asked for."""

    q = df.CharFilter(
        method="search",
        label="关键词",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "编号、问题、措施、进展、单位、领导"}),
    )
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    issue = df.NumberFilter(field_name="issue_id", label="问题")
    aspect = df.NumberFilter(method="under_heading", label="方面")
    source = df.CharFilter(method="exactly", label="问题来源")
    lead_unit = df.ModelChoiceFilter(
        queryset=lead_units_of, method="led_under", label="牵头单位", empty_label="全部单位"
    )
    unit = df.ModelChoiceFilter(
        queryset=part_units_of, method="carried_under", label="承担单位", empty_label="全部单位"
    )
    leader = df.CharFilter(field_name="leader_text", lookup_expr="icontains", label="责任领导")
    leader_account = df.ModelChoiceFilter(
        field_name="leader", queryset=leaders_of, label="责任领导", empty_label="全部领导"
    )
    leader_is = df.CharFilter(method="led_in_words", label="责任领导")
    state = df.ChoiceFilter(choices=State.choices, label="整改状态", empty_label="全部状态")
    open = df.BooleanFilter(field_name="is_open", label="在办", widget=forms.Select(choices=YES_NO))
    light = df.ChoiceFilter(choices=Light.choices, label="灯色", empty_label="全部")
    kind = df.ChoiceFilter(choices=STEPS, method="exactly", label="措施类别", empty_label="全部类别")
    due_after = df.DateFilter(field_name="deadline", lookup_expr="gte", label="时限不早于", widget=DATE)
    due_before = df.DateFilter(field_name="deadline", lookup_expr="lte", label="时限不晚于", widget=DATE)
    closed_after = df.DateFilter(field_name="closed_on", lookup_expr="gte", label="销号不早于", widget=DATE)
    closed_before = df.DateFilter(field_name="closed_on", lookup_expr="lte", label="销号不晚于", widget=DATE)
    closed = df.BooleanFilter(method="closed_only", label="已销号", widget=forms.Select(choices=YES_NO))
    waiting = df.BooleanFilter(method="waiting_only", label="待审核验收", widget=forms.Select(choices=YES_NO))
    planned_by = df.DateFilter(method="planned_until", label="方案时限不晚于", widget=DATE)
    due_by = df.DateFilter(method="due_until", label="应完成（截至）", widget=DATE)
    punctual = df.BooleanFilter(method="in_time", label="按期完成", widget=forms.Select(choices=YES_NO))
    led_by = df.NumberFilter(method="led_itself", label="本级牵头")
    counted = df.BooleanFilter(
        method="counted_only", label="计入总览统计", widget=forms.Select(choices=YES_NO)
    )
    relapsed = df.BooleanFilter(method="relapsed_only", label="曾经反弹", widget=forms.Select(choices=YES_NO))
    updated_before = df.DateFilter(method="not_updated_since", label="此日起未更新", widget=DATE)

    class Meta:
        model = Task
        fields: list[str] = []

    def search(self, queryset: TaskQuerySet, _name: str, value: str) -> TaskQuerySet:
        return containing(queryset, Sought.TASK, value)

    def led_under(self, queryset: TaskQuerySet, _name: str, value: Unit) -> TaskQuerySet:
        """Tasks led by the unit or one below it, as the board counts them."""
        return queryset.filter(Exists(TaskScope.objects.filter(task=OuterRef("pk"), unit=value, via="lead")))

    def carried_under(self, queryset: TaskQuerySet, _name: str, value: Unit) -> TaskQuerySet:
        return queryset.under([value.pk])

    def under_heading(self, queryset: TaskQuerySet, _name: str, value: int) -> TaskQuerySet:
        """By the number of the issue's aspect; 0 for issues under none."""
        return queryset.filter(issue__aspect__number=value) if value else queryset.filter(issue__aspect=None)

    def exactly(self, queryset: TaskQuerySet, name: str, value: str) -> TaskQuerySet:
        return queryset.filter(**{EXACT[name]: "" if value == BLANK else value})

    def led_in_words(self, queryset: TaskQuerySet, _name: str, value: str) -> TaskQuerySet:
        """By a leader who has no account, word for word."""
        return queryset.filter(leader=None, leader_text="" if value == BLANK else value)

    def led_itself(self, queryset: TaskQuerySet, _name: str, value: int) -> TaskQuerySet:
        """Without the units below; 0 for tasks nobody leads."""
        return queryset.filter(lead_unit=value or None)

    def planned_until(self, queryset: TaskQuerySet, _name: str, value: dt.date) -> TaskQuerySet:
        """By the day of the approved plan, where it has one."""
        return planned_days(queryset).filter(Q(planned_on__lte=value))

    def due_until(self, queryset: TaskQuerySet, _name: str, value: dt.date) -> TaskQuerySet:
        """What 按期率 counts: the deadline has come by that day, or the task is closed and it is known when it was
        finished."""
        closed = Q(state__in=CLOSED_STATES)
        finished = closed & Q(deadline__isnull=False, finished_on__isnull=False)
        return queryset.filter(finished | (~closed & Q(deadline__lte=value)))

    def in_time(self, queryset: TaskQuerySet, _name: str, value: bool) -> TaskQuerySet:
        """Finished, or handed in, by the deadline."""
        both = Q(
            finished_on__isnull=False, deadline__isnull=False
        )  # or what is unknown would be in neither half
        kept = both & Q(state__in=(*CLOSED_STATES, *WAITING_STATES), finished_on__lte=F("deadline"))
        return queryset.filter(kept if value else ~kept)

    def closed_only(self, queryset: TaskQuerySet, _name: str, value: bool) -> TaskQuerySet:
        return (
            queryset.filter(state__in=CLOSED_STATES) if value else queryset.exclude(state__in=CLOSED_STATES)
        )

    def waiting_only(self, queryset: TaskQuerySet, _name: str, value: bool) -> TaskQuerySet:
        return (
            queryset.filter(state__in=WAITING_STATES) if value else queryset.exclude(state__in=WAITING_STATES)
        )

    def counted_only(self, queryset: TaskQuerySet, _name: str, value: bool) -> TaskQuerySet:
        """The tasks behind the person's figures: every number of the board links with this."""
        return counted(queryset, self.request.user) if value and self.request else queryset

    def relapsed_only(self, queryset: TaskQuerySet, _name: str, value: bool) -> TaskQuerySet:
        return queryset.filter(relapse_count__gt=0) if value else queryset.filter(relapse_count=0)

    def not_updated_since(self, queryset: TaskQuerySet, _name: str, value: Any) -> TaskQuerySet:
        """Tasks whose newest report lies before the day, or that have none."""
        return queryset.filter(Q(latest_at=None) | Q(latest_at__date__lt=value))


class DutyFilter(df.FilterSet):
    """Parts of units in tasks."""

    q = df.CharFilter(method="search", label="关键词")
    notice = df.ModelChoiceFilter(
        field_name="task__notice", queryset=notices_of, label="批次", empty_label="全部批次"
    )
    unit = df.ModelChoiceFilter(
        queryset=part_units_of, method="held_under", label="单位", empty_label="全部单位"
    )
    role = df.ChoiceFilter(
        choices=[c for c in UnitRole.choices if c[0] != UnitRole.FORMER],
        label="角色",
        empty_label="全部角色",
    )
    state = df.ChoiceFilter(
        field_name="task__state", choices=State.choices, label="整改状态", empty_label="全部状态"
    )

    class Meta:
        model = TaskUnit
        fields: list[str] = []

    def search(self, queryset: QuerySet[TaskUnit], _name: str, value: str) -> QuerySet[TaskUnit]:
        words = value.strip()
        return queryset.filter(
            Q(unit_text__icontains=words)
            | Q(task__number__icontains=words)
            | Q(task__text__icontains=words)
            | Q(task__leader_text__icontains=words)
            | Q(role=UnitRole.LEAD, task__contact_text__icontains=words)
        )

    def held_under(self, queryset: QuerySet[TaskUnit], _name: str, value: Unit) -> QuerySet[TaskUnit]:
        """Parts of the unit and of those below it."""
        return queryset.filter(unit__in=subtree([value.pk]))


class ProgressFilter(df.FilterSet):
    q = df.CharFilter(method="search", label="关键词")
    notice = df.ModelChoiceFilter(
        field_name="task__notice", queryset=notices_of, label="批次", empty_label="全部批次"
    )
    task = df.NumberFilter(field_name="task_id", label="任务")
    unit = df.ModelChoiceFilter(queryset=part_units_of, label="填报单位", empty_label="全部单位")
    at_after = df.DateFilter(field_name="at", lookup_expr="date__gte", label="填报不早于", widget=DATE)
    at_before = df.DateFilter(field_name="at", lookup_expr="date__lte", label="填报不晚于", widget=DATE)

    class Meta:
        model = Progress
        fields: list[str] = []

    def search(self, queryset: QuerySet[Progress], _name: str, value: str) -> QuerySet[Progress]:
        return containing(queryset, Sought.PROGRESS, value)


def tasks_of_address(user: User, filters: QueryDict, *, today: dt.date) -> TaskQuerySet | None:
    """The tasks the address of a list leaves of those the person sees; None without filters: all of them."""
    if not filters:
        return None
    request = HttpRequest()
    request.user = user
    tasks = Task.objects.visible_to(user).with_light(today=today)
    tasks = worklist.narrowed(tasks, filters.get("todo", ""), user=user, today=today)
    found: TaskQuerySet = TaskFilter(filters, tasks, request=request).qs
    ticked = [int(pk) for pk in filters.getlist("id") if pk.isdecimal() and len(pk) < 19]
    return found.filter(pk__in=ticked) if ticked else found


def rows_of_view(view: SavedView, user: User, *, today: dt.date) -> QuerySet:
    """What a saved view holds for this person, who need not be its owner."""
    if view.kind == ListKind.TASK:
        found = tasks_of_address(user, QueryDict(view.query), today=today)
        return Task.objects.visible_to(user) if found is None else found
    request = HttpRequest()
    request.user = user
    issues = Issue.objects.visible_to(user).with_progress()
    return IssueFilter(QueryDict(view.query), issues, request=request).qs


class DirectiveFilter(df.FilterSet):
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    task = df.NumberFilter(field_name="task_id", label="任务")
    ended = df.BooleanFilter(field_name="ended_at", lookup_expr="isnull", exclude=True, label="已办结")
    replied = df.BooleanFilter(field_name="replied_at", lookup_expr="isnull", exclude=True, label="已回复")

    class Meta:
        model = Directive
        fields: list[str] = []


class LetterFilter(df.FilterSet):
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    kind = df.ChoiceFilter(choices=LetterKind.choices, label="种类", empty_label="全部种类")
    state = df.ChoiceFilter(choices=LetterState.choices, label="状态", empty_label="全部状态")
    replied = df.BooleanFilter(field_name="replied_at", lookup_expr="isnull", exclude=True, label="已回复")

    class Meta:
        model = Letter
        fields: list[str] = []


class WeekReportFilter(df.FilterSet):
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    unit = df.NumberFilter(field_name="unit_id", label="单位")
    starts_on = df.DateFilter(label="周一", widget=DATE)
    late = df.BooleanFilter(label="迟报")

    class Meta:
        model = WeekReport
        fields: list[str] = []


class PublicationFilter(df.FilterSet):
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    state = df.ChoiceFilter(choices=PublicationState.choices, label="状态", empty_label="全部状态")
    released_after = df.DateFilter(
        field_name="released_at", lookup_expr="date__gte", label="印发不早于", widget=DATE
    )
    released_before = df.DateFilter(
        field_name="released_at", lookup_expr="date__lte", label="印发不晚于", widget=DATE
    )

    class Meta:
        model = Publication
        fields: list[str] = []


class SnapshotFilter(df.FilterSet):
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    starts_on = df.DateFilter(label="周一", widget=DATE)

    class Meta:
        model = Snapshot
        fields: list[str] = []
