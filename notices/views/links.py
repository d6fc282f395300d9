"""举一反三: issues like this one, the links people have confirmed, and taking one back."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.person import PersonRequest
from notices.domain import links
from notices.domain.links import Suggestion
from notices.errors import Refused
from notices.forms.link import LinkForm, UnlinkForm
from notices.models import Issue, IssueLink
from notices.terms import LinkKind
from notices.text.similar import words_of
from notices.views.origin import back_to

MOST_FOUND = 10  # issues a search for a title shows


@dataclass(frozen=True)
class Linked:
    """A confirmed link as the page of one of its issues prints it."""

    pk: int
    kind: str
    issue: Issue
    earlier: bool
    words: str
    note: str
    said: str


def issue_links(issue: Issue, user: User) -> list[Linked]:
    """The links of this issue of which the person sees both ends, oldest first."""
    rows = IssueLink.objects.visible_to(user).of(issue).order_by("at", "pk")
    return [
        Linked(
            pk=row.pk,
            kind=str(LinkKind(row.kind).label),
            issue=row.earlier if row.later_id == issue.pk else row.later,
            earlier=row.later_id == issue.pk,
            words="、".join(row.words),
            note=row.note,
            said=f"{row.by_name}，{timezone.localdate(row.at)}",
        )
        for row in rows.select_related("earlier__notice", "later__notice")
    ]


def one_issue(request: PersonRequest, pk: int) -> Issue:
    issues = Issue.objects.visible_to(request.user).select_related("notice").defer("notice__text")
    return get_object_or_404(issues, pk=pk)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def issue_similar(request: PersonRequest, pk: int) -> HttpResponse:
    """Suggestions, or with `q` the issues whose title holds these words."""
    issue = one_issue(request, pk)
    words = request.GET.get("q", "").strip()
    found = searched(issue, words, request.user) if words else links.suggestions(issue, request.user)
    context = {
        "issue": issue,
        "found": found,
        "words": words,
        "kinds": LinkKind.choices,
        "may_link": links.refusal(request.user, issue) is None,
    }
    template = "_issue_similar" if request.htmx else "issue_similar"
    return render(request, f"notices/{template}.html", context)


def searched(issue: Issue, words: str, user: User) -> list[Suggestion]:
    seen = Issue.objects.visible_to(user).filter(title__icontains=words).exclude(pk=issue.pk)
    rows = seen.select_related("notice").defer("notice__text").order_by("-notice_id", "position", "pk")
    return [Suggestion(row, 0, words_of(issue.title, row.title)) for row in rows[:MOST_FOUND]]


@login_required
@require_POST
def issue_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Confirm; `other` is an issue the person sees, any other is answered as if it were not there."""
    issue = one_issue(request, pk)
    back = back_to(request, reverse("notices:issue_detail", args=[pk]))
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect(back)
    given = form.cleaned_data
    if why := links.refusal(request.user, issue):  # before the other one is looked for
        messages.error(request, why)
        return redirect(back)
    other = one_issue(request, given["other"])
    try:
        links.confirm(
            issue, other, kind=given["kind"], note=given["note"], by=request.user, at=timezone.now()
        )
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"已关联：{other.number} {other.title[:40]}")
    return redirect(back)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def link_remove(request: PersonRequest, pk: int) -> HttpResponse:
    rows = IssueLink.objects.visible_to(request.user).select_related("earlier__notice", "later__notice")
    link = get_object_or_404(rows, pk=pk)
    if all(links.refusal(request.user, issue) for issue in (link.later, link.earlier)):
        raise Http404
    form = UnlinkForm(request.POST or None)
    if form.is_valid():
        try:
            links.remove(link, why=form.cleaned_data["why"], by=request.user, at=timezone.now())
        except Refused as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, "关联已解除。")
            return redirect("notices:issue_detail", pk=link.later_id)
    context = {"link": link, "kind": LinkKind(link.kind).label, "form": form}
    return render(request, "notices/link_remove.html", context, status=422 if form.is_bound else 200)
