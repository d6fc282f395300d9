"""Two questions of a supervisor: does the process live, and may it be sent people."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


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
    return f"有 {len(pending)} 个数据库迁移未执行，请运行 python manage.py migrate" if pending else ""


def media_problem() -> str:
    try:
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        default_storage.delete(default_storage.save(f"health-{uuid.uuid4().hex}", ContentFile(b"ok")))
    except OSError:
        return "佐证材料目录不可写"
    return ""


CHECKS: dict[str, Callable[[], str]] = {
    "database": database_problem,
    "migrations": migrations_problem,
    "media": media_problem,
}


@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when every check is silent, else 503 with what each one found."""
    checks = {name: check() for name, check in CHECKS.items()}
    broken = any(checks.values())
    answer = {
        "status": "failed" if broken else "ok",
        "checks": {name: problem or "ok" for name, problem in checks.items()},
    }
    return JsonResponse(answer, status=503 if broken else 200, json_dumps_params={"ensure_ascii": False})
