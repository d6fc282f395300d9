"""复查: recorded on the page of a sustained task; what is due stands in 待办 and in the task list (todo=review)."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.person import PersonRequest
from notices.domain import reviews
from notices.domain.materials import kinds_for
from notices.domain.reporting import StoredFile
from notices.domain.reviews import Finding
from notices.forms.review import ReviewForm
from notices.views.acts import acted
from notices.views.story import one_task
from notices.views.task_page import done, page


@login_required
@require_POST
@vary_on_headers("HX-Request")
def task_review(request: PersonRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    task = one_task(request.user, pk, today=today)
    form = ReviewForm(request.POST, request.FILES, prefix="review", kinds=kinds_for(task))

    def record(at: dt.datetime, stored: list[StoredFile]) -> None:
        given = form.cleaned_data
        task.version = task.version if given["version"] is None else given["version"]
        finding = Finding(given["text"], given["verdict"], given["deadline"])
        reviews.record(task, finding, files=stored, by=request.user, at=at, today=today)

    if acted(request, form, record):
        return done(request, pk, "复查已记录。", but=form.refused)
    return page(request, one_task(request.user, pk, today=today), status=422, review_form=form)
