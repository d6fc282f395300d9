"""方案报批: submit the plan of a notice, approve it or give it back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.person import PersonRequest
from notices.domain import plan_review
from notices.domain.once import AlreadyDone, only_once
from notices.errors import Refused
from notices.forms.planning import DecideForm, SubmitForm
from notices.models import PlanReview
from notices.views.planning import one_plan


def acted(request: PersonRequest, pk: int, token: str, act: Callable[[], Any], said: str) -> HttpResponse:
    """Do the act once and go back to the plan with a sentence."""
    try:
        only_once(token, act, by=request.user, at=timezone.now())
    except AlreadyDone:
        pass
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, said)
    return redirect("notices:planning", pk=pk)


@login_required
@require_POST
def plan_submit(request: PersonRequest, pk: int) -> HttpResponse:
    notice = one_plan(request, pk)
    form = SubmitForm(request.POST)
    if not form.is_valid():
        messages.error(request, "报批说明请控制在 1000 字以内。")
        return redirect("notices:planning", pk=pk)
    given = form.cleaned_data

    def submit() -> None:
        plan_review.submit(notice, note=given["note"], by=request.user, at=timezone.now())

    return acted(request, pk, given["token"], submit, "整改方案已报批，等待批准。")


@login_required
@require_POST
def plan_decide(request: PersonRequest, pk: int) -> HttpResponse:
    """Approve, or return with a reason. The submission decided on is the one the person looked at."""
    notice = one_plan(request, pk)
    form = DecideForm(request.POST)
    review = (
        PlanReview.objects.filter(notice=notice, pk=form.data.get("review") or 0).first()
        if form.is_valid()
        else None
    )
    if review is None:
        messages.error(request, "没有这次报批，或填写有误，请刷新后重试。")
        return redirect("notices:planning", pk=pk)
    given, at = form.cleaned_data, timezone.now()

    def decide() -> None:
        if given["act"] == "approve":
            plan_review.approve(review, by=request.user, at=at)
        else:
            plan_review.give_back(review, reason=given["reason"], by=request.user, at=at)

    said = "整改方案已批准并固化为基线。" if given["act"] == "approve" else "整改方案已退回。"
    return acted(request, pk, given["token"], decide, said)
