"""Two questions of a supervisor: does the process live, and may it be sent people."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.models import Event
from notices.domain import health as reminders
from notices.domain.pulse import LEAST, free_bytes
from notices.models import Heartbeat, Sweep


def database_problem() -> str:
    """Writes a row and takes it back, so a read-only or full disk is noticed too."""
    try:
        with transaction.atomic():
            Session.objects.create(
                session_key=f"health-{uuid.uuid4().hex}"[:40], session_data="", expire_date=timezone.now()
            )
            transaction.set_rollback(True)
    except DatabaseError:
        return "数据库不可写"
    return ""


def migrations_problem() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "无法读取数据库版本"
    return f"有 {len(pending)} 个数据库迁移未执行，请运行 python manage.py upgrade" if pending else ""


def media_problem() -> str:
    try:
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        default_storage.delete(default_storage.save(f"health-{uuid.uuid4().hex}", ContentFile(b"ok")))
    except OSError:
        return "佐证材料目录不可写"
    return ""


def disk_problem() -> str:
    """Of the data or the evidence, whichever is fuller."""
    rooms = [room for path in (settings.VAR, settings.MEDIA_ROOT) if (room := free_bytes(path)) is not None]
    return f"磁盘只剩 {min(rooms) // 2**20} MB" if rooms and min(rooms) < LEAST else ""


def sweep_problem() -> str:
    last = Sweep.objects.aggregate(last=Max("started_at"))["last"]
    late = last is None or timezone.now() - last > reminders.LATE
    return "超过 15 分钟没有巡检，定时服务或后台进程可能停了" if late else ""


def worker_problem() -> str:
    last = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    late = last is None or timezone.now() - last > reminders.QUIET
    return "5 分钟内没有后台进程的心跳" if late else ""


def audit_problem() -> str:
    """The end of the chain is not the one kept outside the database."""
    outside = audit.read_head(settings.AUDIT_HEAD)
    if outside is None or Event.objects.filter(seq=outside.seq, digest=outside.digest).exists():
        return ""
    return "操作记录链与库外留存的末端不符"


# Without these a page or an upload fails: 503.
CHECKS: dict[str, Callable[[], str]] = {
    "database": database_problem,
    "migrations": migrations_problem,
    "media": media_problem,
    "disk": disk_problem,
}
# These wait and are made good; the pages work, so people are not sent away: 200, "degraded".
BEHIND: dict[str, Callable[[], str]] = {
    "sweep": sweep_problem,
    "worker": worker_problem,
    "audit": audit_problem,
}


def asked(check: Callable[[], str]) -> str:
    try:
        return check()
    except DatabaseError:
        return "无法读取数据库"


@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """503 when people cannot work, with what each check found; else 200: "ok", or "degraded" when work is put off."""
    checks = {name: asked(check) for name, check in CHECKS.items()}
    behind = {name: asked(check) for name, check in BEHIND.items()}
    broken = any(checks.values())
    answer = {
        "status": "failed" if broken else "degraded" if any(behind.values()) else "ok",
        "checks": {name: problem or "ok" for name, problem in (checks | behind).items()},
    }
    return JsonResponse(answer, status=503 if broken else 200, json_dumps_params={"ensure_ascii": False})
