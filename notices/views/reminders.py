"""提醒规则 of a notice with its preview; 提醒运行情况; the texts of mails and posts."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.mail import get_connection
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import has, holds
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain import health as state
from notices.domain import preview, reminder_words, wording
from notices.domain import reminder_settings as rules
from notices.domain.audience import Person
from notices.errors import Refused
from notices.forms.reminders import RulesForm, WordingForm
from notices.models import Notice, ReminderSetting, Wording
from notices.terms import WordingKind
from notices.views.rights import requires


def _notice(request: PersonRequest, pk: int) -> Notice:
    """The notice, for its office; a stranger learns nothing."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user).select_related("unit"), pk=pk)
    if not has(request.user, Can.PLAN, notice.unit_id):
        raise Http404
    return notice


# ── Rules of a notice ────────────────────────────────────────────────────────
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reminder_rules(request: PersonRequest, pk: int) -> HttpResponse:
    """The rules in force; sent with `preview`, what the rules in the form would send; else they are saved."""
    notice = _notice(request, pk)
    setting = ReminderSetting.objects.filter(notice=notice).first()
    now = setting or rules.Settings()
    ladder = rules.wanted_ladder(notice.preset, now)
    form = RulesForm(
        request.POST or None,
        shown=rules.Settings(now.is_on, *_parts(rules.describe(ladder))),
        version=setting.version if setting else 0,
    )
    page: dict[str, Any] = {"notice": notice, "form": form, "own": setting is not None}
    if request.method != "POST":
        page["days"] = preview.preview(notice, ladder, today=timezone.localdate())
        return render(request, "notices/reminder_rules.html", page)
    if not form.is_valid():
        return render(request, "notices/reminder_rules.html", page, status=422)
    wanted = form.settings()
    try:
        if "preview" in request.POST:
            ladder = rules.wanted_ladder(notice.preset, wanted)
            page |= {"days": preview.preview(notice, ladder, today=timezone.localdate()), "tried": True}
            return render(request, "notices/reminder_rules.html", page)
        version = form.cleaned_data["version"]
        rules.configure(notice, wanted, version=version, by=request.user, at=timezone.now())
    except Refused as why:
        form.add_error(None, str(why))
        return render(request, "notices/reminder_rules.html", page, status=422)
    messages.success(
        request, "提醒规则已保存。" if wanted.is_on else "提醒规则已保存，本批次的提醒现已关闭。"
    )
    return redirect("notices:reminder_rules", pk=pk)


def _parts(found: rules.Settings) -> tuple[Any, ...]:
    return found.working_days, found.rungs, found.rules


@login_required
@require_POST
def reminder_reset(request: PersonRequest, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    try:
        dropped = rules.reset(notice, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, "已恢复为预设规则。" if dropped else "本批次用的就是预设规则。")
    return redirect("notices:reminder_rules", pk=pk)


# ── How it runs ──────────────────────────────────────────────────────────────
@requires(Can.PLAN, Can.ACCOUNTS)
@require_safe
def reminder_health(request: PersonRequest) -> HttpResponse:
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    page = {
        "health": state.health(request.user, at=now, midnight=midnight),
        "quiet": now - state.QUIET,
        "plans": holds(request.user, Can.PLAN),
        "manages": holds(request.user, Can.ACCOUNTS),
    }
    return render(request, "notices/reminder_health.html", page)


@requires(Can.PLAN, Can.ACCOUNTS)
@require_POST
def reminder_retry(request: PersonRequest) -> HttpResponse:
    try:
        count = state.retry(request.user, request.POST.get("key", ""), at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
    else:
        messages.success(request, f"已重新排队 {count} 条，下一次巡检时发送。")
    return redirect("notices:reminder_health")


@requires(Can.PLAN, Can.ACCOUNTS)
@require_POST
def reminder_test(request: PersonRequest) -> HttpResponse:
    """One mail to oneself, now."""
    now = timezone.now()
    try:
        error = state.send_test_mail(request.user, get_connection(), at=now, local=timezone.localtime(now))
    except Refused as why:
        error = str(why)
    if error:
        messages.error(request, f"测试邮件没有发出：{error}")
    else:
        messages.success(request, f"测试邮件已交给邮件服务器，请到 {request.user.email} 查收。")
    return redirect("notices:reminder_health")


# ── Texts ────────────────────────────────────────────────────────────────────
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_wording(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    return _wording(request, _notice(request, pk), WordingKind(kind))


@requires(Can.ACCOUNTS)
@require_http_methods(["GET", "HEAD", "POST"])
def system_wording(request: PersonRequest, kind: str) -> HttpResponse:
    return _wording(request, None, WordingKind(kind))


def _wording(request: PersonRequest, notice: Notice | None, kind: WordingKind) -> HttpResponse:
    """Save, `preview` or `reset` one text."""
    row = Wording.objects.filter(notice=notice, kind=kind).first()
    shown = wording.load().of(kind, {notice.pk} if notice else {0})
    version = row.version if row else 0
    initial = {**shown._asdict(), "version": version}
    form = WordingForm(request.POST or None, mail=kind == WordingKind.MAIL, initial=initial)
    page: dict[str, Any] = {"notice": notice, "kind": kind, "form": form, "own": row is not None}
    page["slots"] = wording.SLOTS
    if request.method != "POST":
        return render(request, "notices/wording.html", page | {"sample": _sample(kind, shown)})
    now = timezone.now()
    try:
        if "reset" in request.POST:
            wording.reset(notice, kind, by=request.user, at=now)
            messages.success(request, "已恢复默认文案。")
            return redirect(request.path)
        if not form.is_valid():
            return render(request, "notices/wording.html", page, status=422)
        subject, body = form.cleaned_data.get("subject", ""), form.cleaned_data["body"]
        if "preview" in request.POST:
            page["sample"] = _sample(kind, wording.check(kind, subject, body))
            return render(request, "notices/wording.html", page)
        version = form.cleaned_data["version"]
        wording.edit(notice, kind, subject, body, version=version, by=request.user, at=now)
    except Refused as why:
        form.add_error(None, str(why))
        return render(request, "notices/wording.html", page, status=422)
    messages.success(request, "提醒文案已保存，从下一次发送起使用。")
    return redirect(request.path)


def _sample(kind: WordingKind, text: wording.Text) -> wording.Text:
    """The text filled with two invented tasks."""
    today = timezone.localdate()
    items = [
        reminder_words.Item(group, 0, number, "修订学习制度，明确责任股室", "示例批次", 0, "教育局", str(day), words)
        for group, number, day, words in (
            ("已超期", "W01-001-01", today - dt.timedelta(days=2), "已超期 2 天"),
            ("将到期", "W01-002-01", today + dt.timedelta(days=3), "距完成时限还有 3 天"),
        )
    ]  # fmt: skip
    if kind == WordingKind.POST:
        return wording.Text("", reminder_words.post(items, today=today, text=text))
    letter = reminder_words.digest(Person(0, "安某某", "an@example.cn"), items, today=today, text=text)
    return wording.Text(str(letter.subject), str(letter.body))
