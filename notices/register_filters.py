"""FilterSets of the registers — visits, findings, outcomes, meetings — shared by pages, exports and the API.

Choices hold only what the person may see.
"""

from typing import Any

import django_filters as df
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.access import subtree
from accounts.models import Unit
from accounts.person import PersonRequest
from notices.filters import DATE, notices_of
from notices.models import (
    Finding,
    FindingQuerySet,
    Meeting,
    MeetingQuerySet,
    Nudge,
    OutcomeEntry,
    OutcomeQuerySet,
    Rebuke,
    RebukeQuerySet,
    Supervision,
    SupervisionFile,
    SupervisionQuerySet,
)
from notices.terms import (
    MEASURES,
    FindingState,
    MeetingKind,
    Metric,
    OutcomeSource,
    OutcomeState,
    RebukeKind,
    Severity,
    VisitMethod,
    VisitState,
)

SEARCH = forms.TextInput(attrs={"type": "search"})


def visited_units_of(request: PersonRequest | None) -> QuerySet[Unit]:
    """Units of visits the person sees."""
    if request is None:
        return Unit.objects.none()
    seen = Supervision.objects.visible_to(request.user)
    there = Supervision.units.through.objects.filter(unit=OuterRef("pk"), supervision__in=seen.values("pk"))
    return Unit.objects.without_tree_fields().filter(Exists(there)).by_position()


def found_units_of(request: PersonRequest | None) -> QuerySet[Unit]:
    """Units of findings the person sees."""
    if request is None:
        return Unit.objects.none()
    seen = Finding.objects.visible_to(request.user)
    return Unit.objects.without_tree_fields().filter(pk__in=seen.values("unit")).by_position()


def outcome_units_of(request: PersonRequest | None) -> QuerySet[Unit]:
    """Units of outcomes the person sees."""
    if request is None:
        return Unit.objects.none()
    seen = OutcomeEntry.objects.visible_to(request.user)
    return Unit.objects.without_tree_fields().filter(pk__in=seen.values("unit")).by_position()


class SupervisionFilter(df.FilterSet):
    """Needs `day` on the queryset (`with_day`)."""

    q = df.CharFilter(method="search", label="关键词", widget=SEARCH)
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    state = df.ChoiceFilter(choices=VisitState.choices, label="状态", empty_label="全部状态")
    method = df.ChoiceFilter(
        choices=VisitMethod.choices, method="by_method", label="督导方式", empty_label="全部方式"
    )
    unit = df.ModelChoiceFilter(
        queryset=visited_units_of, method="visited", label="受督导单位", empty_label="全部单位"
    )
    since = df.DateFilter(field_name="day", lookup_expr="gte", label="日期不早于", widget=DATE)
    until = df.DateFilter(field_name="day", lookup_expr="lte", label="日期不晚于", widget=DATE)

    class Meta:
        model = Supervision
        fields: list[str] = []

    def search(self, queryset: SupervisionQuerySet, _name: str, value: str) -> SupervisionQuerySet:
        words = value.strip()
        return queryset.filter(Q(title__icontains=words) | Q(team__icontains=words))

    def by_method(self, queryset: SupervisionQuerySet, _name: str, value: str) -> SupervisionQuerySet:
        return queryset.by_method(value)

    def visited(self, queryset: SupervisionQuerySet, _name: str, value: Unit) -> SupervisionQuerySet:
        """Visits to the unit or one below it."""
        there = Supervision.units.through.objects.filter(unit__in=subtree([value.pk]))
        return queryset.filter(Exists(there.filter(supervision=OuterRef("pk"))))


class FindingFilter(df.FilterSet):
    q = df.CharFilter(field_name="text", lookup_expr="icontains", label="关键词", widget=SEARCH)
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    supervision = df.NumberFilter(field_name="supervision_id", label="督导检查")
    task = df.NumberFilter(field_name="tasks", label="任务")
    unit = df.ModelChoiceFilter(queryset=found_units_of, method="about", label="单位", empty_label="全部单位")
    severity = df.ChoiceFilter(choices=Severity.choices, label="程度", empty_label="全部程度")
    state = df.ChoiceFilter(choices=FindingState.choices, label="状态", empty_label="全部状态")
    since = df.DateFilter(
        field_name="supervision__held_on", lookup_expr="gte", label="督导不早于", widget=DATE
    )
    until = df.DateFilter(
        field_name="supervision__held_on", lookup_expr="lte", label="督导不晚于", widget=DATE
    )

    class Meta:
        model = Finding
        fields: list[str] = []

    def about(self, queryset: FindingQuerySet, _name: str, value: Unit) -> FindingQuerySet:
        """Of the unit or one below it."""
        return queryset.filter(unit__in=subtree([value.pk]))


class VisitFileFilter(df.FilterSet):
    notice = df.NumberFilter(field_name="supervision__notice_id", label="批次")
    supervision = df.NumberFilter(field_name="supervision_id", label="督导检查")
    finding = df.NumberFilter(field_name="finding_id", label="督导发现")

    class Meta:
        model = SupervisionFile
        fields: list[str] = []


class OutcomeFilter(df.FilterSet):
    q = df.CharFilter(method="search", label="关键词", widget=SEARCH)
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    metric = df.ChoiceFilter(choices=Metric.choices, label="指标", empty_label="全部指标")
    measure = df.ChoiceFilter(
        choices=[(m, m) for m in MEASURES], label="计量单位", empty_label="全部计量单位"
    )
    unit = df.ModelChoiceFilter(
        queryset=outcome_units_of, method="of_unit", label="责任单位", empty_label="全部单位"
    )
    state = df.ChoiceFilter(choices=OutcomeState.choices, label="状态", empty_label="全部状态")
    source = df.ChoiceFilter(choices=OutcomeSource.choices, label="来源", empty_label="全部来源")
    task = df.NumberFilter(field_name="task_id", label="任务")
    since = df.DateFilter(field_name="day", lookup_expr="gte", label="日期不早于", widget=DATE)
    until = df.DateFilter(field_name="day", lookup_expr="lte", label="日期不晚于", widget=DATE)

    class Meta:
        model = OutcomeEntry
        fields: list[str] = []

    def search(self, queryset: OutcomeQuerySet, _name: str, value: str) -> OutcomeQuerySet:
        words = value.strip()
        named = Q(documents__icontains=words) | Q(remark__icontains=words) | Q(sentence__icontains=words)
        return queryset.filter(named | Q(task__number__icontains=words))

    def of_unit(self, queryset: OutcomeQuerySet, _name: str, value: Unit) -> OutcomeQuerySet:
        """Of the unit or one below it."""
        return queryset.filter(unit__in=subtree([value.pk]))


class MeetingFilter(df.FilterSet):
    q = df.CharFilter(method="search", label="关键词", widget=SEARCH)
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    kind = df.ChoiceFilter(choices=MeetingKind.choices, label="种类", empty_label="全部种类")
    since = df.DateFilter(field_name="held_on", lookup_expr="gte", label="日期不早于", widget=DATE)
    until = df.DateFilter(field_name="held_on", lookup_expr="lte", label="日期不晚于", widget=DATE)

    class Meta:
        model = Meeting
        fields: list[str] = []

    def search(self, queryset: MeetingQuerySet, _name: str, value: str) -> MeetingQuerySet:
        words = value.strip()
        found: Any = Q(subject__icontains=words) | Q(chair__icontains=words) | Q(decisions__icontains=words)
        return queryset.filter(found)


def rebuked_units_of(request: PersonRequest | None) -> QuerySet[Unit]:
    """Units of 约谈 and 通报批评 the person sees."""
    if request is None:
        return Unit.objects.none()
    seen = Rebuke.objects.visible_to(request.user)
    return Unit.objects.without_tree_fields().filter(pk__in=seen.order_by().values("unit")).by_position()


class RebukeFilter(df.FilterSet):
    q = df.CharFilter(method="search", label="关键词", widget=SEARCH)
    notice = df.ModelChoiceFilter(queryset=notices_of, label="批次", empty_label="全部批次")
    kind = df.ChoiceFilter(choices=RebukeKind.choices, label="种类", empty_label="全部种类")
    unit = df.ModelChoiceFilter(
        queryset=rebuked_units_of, method="about", label="单位", empty_label="全部单位"
    )
    since = df.DateFilter(field_name="held_on", lookup_expr="gte", label="日期不早于", widget=DATE)
    until = df.DateFilter(field_name="held_on", lookup_expr="lte", label="日期不晚于", widget=DATE)
    voided = df.BooleanFilter(field_name="voided_at", lookup_expr="isnull", exclude=True, label="已作废")

    class Meta:
        model = Rebuke
        fields: list[str] = []

    def search(self, queryset: RebukeQuerySet, _name: str, value: str) -> RebukeQuerySet:
        words = value.strip()
        found: Any = Q(person__icontains=words) | Q(reason__icontains=words) | Q(outcome__icontains=words)
        return queryset.filter(found | Q(held_by__icontains=words))

    def about(self, queryset: RebukeQuerySet, _name: str, value: Unit) -> RebukeQuerySet:
        """Of the unit or one below it."""
        return queryset.filter(unit__in=subtree([value.pk]))


class NudgeFilter(df.FilterSet):
    notice = df.ModelChoiceFilter(
        field_name="task__notice", queryset=notices_of, label="批次", empty_label="全部批次"
    )
    task = df.NumberFilter(field_name="task_id", label="任务")
    answered = df.BooleanFilter(field_name="answered_at", lookup_expr="isnull", exclude=True, label="已回应")

    class Meta:
        model = Nudge
        fields: list[str] = []
