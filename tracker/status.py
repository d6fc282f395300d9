"""系统状态, for the administrator; and the numbers for a monitoring system."""

import datetime as dt
import hmac
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Event
from accounts.person import PersonRequest
from accounts.roles import Can
from notices.domain.pulse import free_bytes
from notices.models import Heartbeat, LedgerJob, Reminder, Sweep, Task
from notices.views.rights import requires
from tracker import standing, tally
from tracker.keeping import backups
from tracker.version import VERSION

LOOPBACK = ("127.0.0.1", "::1")
Sample = tuple[str, dict[str, str], float]


@requires(Can.ACCOUNTS)
@require_safe
def status(request: PersonRequest) -> HttpResponse:
    now = timezone.localtime()
    lines = standing.lines(now)
    page = {"lines": lines, "now": now, "wrong": sum(line.state == standing.BAD for line in lines)}
    return render(
        request, "tracker/status.html", page | {"warned": sum(line.state == "warning" for line in lines)}
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. For this machine itself, and for whoever has METRICS_TOKEN; to others it is not there."""
    if not _may_read(request):
        raise Http404
    text = "".join(_text(timezone.now()))
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    here = request.META.get("REMOTE_ADDR") in LOOPBACK
    return here and "X-Forwarded-For" not in request.headers


def _text(at: dt.datetime) -> Iterator[str]:
    told = set()
    for name, labels, value in _samples(at):
        if name not in told:
            told.add(name)
            kind = "counter" if name.endswith(("_total", "_sum")) else "gauge"
            yield f"# TYPE {name} {kind}\n"
        words = ",".join(f'{key}="{word}"' for key, word in labels.items())
        yield f"{name}{{{words}}} {value:.15g}\n" if words else f"{name} {value:.15g}\n"


def _samples(at: dt.datetime) -> Iterator[Sample]:
    yield "tracker_info", {"version": VERSION, "database": connection.vendor}, 1
    answers, seconds = tally.totals()
    for kind, count in answers.items():
        yield "tracker_requests_total", {"status": kind}, count
    yield "tracker_request_seconds_sum", {}, seconds
    for state, count in Task.objects.order_by("state").values_list("state").annotate(Count("pk")):
        yield "tracker_tasks", {"state": state}, count
    waiting = Reminder.objects.order_by("channel", "state").values_list("channel", "state")
    for channel, state, count in waiting.annotate(Count("pk")):
        yield "tracker_reminders", {"channel": channel, "state": state}, count
    for state, count in LedgerJob.objects.order_by("state").values_list("state").annotate(Count("pk")):
        yield "tracker_ledger_jobs", {"state": state}, count
    yield "tracker_audit_sealed", {}, Event.objects.aggregate(last=Max("seq"))["last"] or 0
    yield "tracker_audit_unsealed", {}, Event.objects.filter(seq__isnull=True).count()
    yield from _ages(at)
    for place, path in (
        ("data", Path(settings.VAR)),
        ("media", Path(settings.MEDIA_ROOT)),
        ("backup", backups.folder()),
    ):
        if (room := free_bytes(path)) is not None:
            yield "tracker_disk_free_bytes", {"place": place}, room


def _ages(at: dt.datetime) -> Iterator[Sample]:
    """Seconds since something last happened; left out where it never did."""
    known = backups.known(timezone.get_current_timezone())
    proved = dt.datetime.fromisoformat(known.verified["at"]) if known.verified else None
    for name, moment in (
        ("tracker_sweep_age_seconds", Sweep.objects.aggregate(last=Max("started_at"))["last"]),
        ("tracker_worker_age_seconds", Heartbeat.objects.aggregate(last=Max("at"))["last"]),
        ("tracker_backup_age_seconds", known.last_at),
        ("tracker_backup_proof_age_seconds", proved),
    ):
        if moment is not None:
            yield name, {}, round((at - moment).total_seconds())
    if known.verified:
        yield "tracker_backup_proof_ok", {}, float(bool(known.verified.get("ok")))
