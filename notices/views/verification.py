"""验收 queue: ten claims at a time, evidence beside each, one verdict a task, one post."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import chosen_notices
from notices.domain import previews, worklist
from notices.domain.once import AlreadyDone, new_token, only_once
from notices.domain.verification import Claim, Judged, claims, judge_many
from notices.forms.verification import VerdictForm
from notices.models import Evidence, Task, TaskQuerySet
from notices.views.keyset import Key, capped, in_words, page_of
from notices.views.rights import requires

AT_ONCE = 10
ORDER = (Key("pk", int),)


@dataclass(frozen=True)
class Row:
    claim: Claim
    form: VerdictForm
    strip: list[Evidence]
    said: str


def _waiting(request: PersonRequest) -> TaskQuerySet:
    seen = Task.objects.visible_to(request.user).filter(notice__in=[n.pk for n in chosen_notices(request)])
    return worklist.narrowed(seen, "verify", user=request.user, today=timezone.localdate())


def _prepared(tasks: TaskQuerySet) -> TaskQuerySet:
    tasks = tasks.with_light(today=timezone.localdate())
    return tasks.select_related("notice", "issue", "lead_unit", "parent").defer("notice__text")


@requires(Can.VERIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def verify_queue(request: PersonRequest) -> HttpResponse:
    waiting = _waiting(request)
    if request.method == "POST":
        return _judge(request, waiting)
    page = page_of(_prepared(waiting), ORDER, request.GET, size=AT_ONCE)
    forms = {task.pk: VerdictForm(task) for task in page.rows}
    context = {"page": page, "count": in_words(capped(waiting)), "token": new_token()}
    return _shown(request, page.rows, forms, {}, context)


def _judge(request: PersonRequest, waiting: TaskQuerySet) -> HttpResponse:
    """Do what was decided; what was refused comes back with its sentence and everything that was typed."""
    ids = [int(pk) for pk in request.POST.getlist("id")[:AT_ONCE] if pk.isdecimal() and len(pk) <= 18]
    tasks = list(_prepared(Task.objects.visible_to(request.user)).filter(pk__in=ids).order_by("pk"))
    forms = {task.pk: VerdictForm(task, request.POST) for task in tasks}
    verdicts = {pk: v for pk, form in forms.items() if form.is_valid() and (v := form.verdict)}
    at, today = timezone.now(), timezone.localdate()
    token = request.POST.get("token", "")

    def act() -> Judged:
        return judge_many(tasks, verdicts, by=request.user, at=at, today=today)

    try:
        judged = only_once(token, act, by=request.user, at=at)
    except AlreadyDone as why:
        messages.info(request, str(why))
        return redirect("notices:verify_queue")
    wrong = [pk for pk, form in forms.items() if form.errors]
    if not judged.refused and not wrong:
        messages.success(request, told(judged)) if verdicts else messages.info(
            request, "没有选择结论，未办理任何任务。"
        )
        return redirect("notices:verify_queue")
    done = {task.pk for task in tasks if task.number in (*judged.closed, *judged.returned)}
    left = _prepared(Task.objects.visible_to(request.user)).filter(pk__in=set(forms) - done)
    rows = sorted(left, key=lambda t: (t.pk not in judged.refused and t.pk not in wrong, t.pk))
    context = {
        "page": None,
        "count": in_words(capped(waiting)),
        "token": new_token(),
        "said": told(judged) if judged.closed or judged.returned else "",
        "failed": len(judged.refused) + len(wrong),
    }
    return _shown(request, rows, forms, judged.refused, context, status=422)


def told(judged: Judged) -> str:
    parts = [("验收销号", judged.closed), ("退回", judged.returned)]
    return "".join(
        f"已{what} {len(numbers)} 项：{'、'.join(numbers)}。" for what, numbers in parts if numbers
    )


def _shown(
    request: PersonRequest,
    tasks: list[Task],
    forms: dict[int, VerdictForm],
    refused: dict[int, str],
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> HttpResponse:
    rows = [
        Row(
            claim,
            forms[claim.task.pk],
            [f for f in claim.files if previews.has_pages(f)],
            refused.get(claim.task.pk, ""),
        )
        for claim in claims(tasks, user=request.user)
    ]
    return render(request, "notices/verify_queue.html", {"rows": rows, **context}, status=status)
