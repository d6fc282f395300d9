"""问题清单: issues by aspect with the progress of their tasks, one issue, the office's edit of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import has, nameable
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.context import url_of
from notices.domain import directives, fields
from notices.domain.excerpt import excerpt
from notices.domain.links import refusal
from notices.domain.planning import Conflict, edit_issue
from notices.errors import Missing, Refused
from notices.forms.issue import LABELS, IssueForm
from notices.models import Directive, Issue, Task
from notices.terms import ListKind
from notices.views.issue_lines import (
    ORDER,
    aspects_of,
    conflict_context,
    issue_lines,
    joined,
    listing,
    progress_tabs,
)
from notices.views.keyset import page_of
from notices.views.lines import lines, prepared
from notices.views.links import issue_links
from notices.views.saved_views import menu, opened_with
from notices.views.sheet import wrong_filters


@login_required
@require_safe
@vary_on_headers("HX-Request")
def issue_list(request: PersonRequest) -> HttpResponse:
    default = opened_with(request, ListKind.ISSUE)
    if default:
        return redirect(default)
    found = listing(request)
    page = page_of(joined(found.found.qs), ORDER, found.query)
    context = {
        "listing": found,
        "page": page,
        "lines": issue_lines(page.rows, user=request.user, today=timezone.localdate()),
        "tabs": progress_tabs(found.base, found.query),
        "aspects": aspects_of(found),
        "wrong": wrong_filters(found.found),
        "menu": menu(request, ListKind.ISSUE, found.query),
        "export_url": url_of("ledger_export"),
    }
    return render(request, f"notices/{'_issue_table' if request.htmx else 'issue_list'}.html", context)


def one_issue(request: PersonRequest, pk: int) -> Issue:
    issues = Issue.objects.visible_to(request.user).with_progress()
    return get_object_or_404(issues.select_related("notice__unit", "aspect", "lead_unit", "leader"), pk=pk)


@login_required
@require_safe
def issue_detail(request: PersonRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    issue = one_issue(request, pk)
    tasks = prepared(Task.objects.visible_to(request.user).filter(issue=issue), today=today).in_order()
    whole = has(request.user, Can.SEE_NOTICE, issue.notice.unit_id)
    context = {
        "issue": issue,
        "line": issue_lines([issue], user=request.user, today=today)[0],
        "tasks": lines(list(tasks), user=request.user, today=today),
        "excerpt": excerpt(issue) if whole else [],
        "links": issue_links(issue, request.user),
        "may_link": refusal(request.user, issue) is None,
        "cannot_edit": fields.issue_refusal(request.user, issue, {"title": "问题的内容"}),
        "may_direct": directives.giver(request.user, issue) is None,
        "directives": list(
            Directive.objects.open().filter(issue=issue).select_related("unit").order_by("-at", "-pk")
        ),
        "today": today,
    }
    return render(request, "notices/issue_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def issue_edit(request: PersonRequest, pk: int) -> HttpResponse:
    issue = one_issue(request, pk)
    why_not = fields.issue_refusal(request.user, issue, {"title": "问题的内容"})
    if why_not:
        messages.error(request, why_not)
        return redirect("notices:issue_detail", pk=pk)
    form = IssueForm(
        issue,
        request.POST if request.method == "POST" else None,
        locked=fields.issue_locked(request.user, issue, LABELS),
        within=nameable(request.user, issue.notice.unit_id),
        planned=issue.baseline_rows.exists(),
    )
    if form.is_valid():
        values, base = form.changes()
        why = form.cleaned_data.get("reason", "")
        try:
            changed = edit_issue(issue, values, base=base, by=request.user, at=timezone.now(), reason=why)
        except Conflict as conflict:
            context = conflict_context(one_issue(request, pk), form, conflict.clashes)
            return render(request, "notices/issue_conflict.html", context, status=409)
        except Missing as lacking:
            form.add_error("reason", str(lacking))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "修改已保存。" if changed else "内容没有变化，未作修改。")
            return redirect("notices:issue_detail", pk=pk)
    context = {"issue": issue, "form": form}
    return render(request, "notices/issue_edit.html", context, status=422 if form.is_bound else 200)
