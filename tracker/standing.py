"""How the installation stands: one line for each part, and for each line that is not well, what to do."""

import datetime as dt
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django
import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Max

from accounts.models import Event
from notices.domain import health as reminders
from notices.domain.pulse import LEAST, free_bytes
from notices.models import Heartbeat, Reminder, Sweep
from notices.terms import Channel, DeliveryState
from tracker import health
from tracker.keeping import backups
from tracker.version import VERSION

GOOD, WARNING, BAD = "good", "warning", "bad"
OLD_BACKUP = dt.timedelta(hours=36)
OLD_PROOF = dt.timedelta(days=14)
UNSEALED = dt.timedelta(minutes=10)
_GIB = 2**30


@dataclass(frozen=True)
class Line:
    """`advice`: what to do, when something is to be done."""

    name: str
    state: str
    found: str
    advice: str = ""


def lines(at: dt.datetime) -> list[Line]:
    """`at` in local time. A database that does not answer is a line, not a failure."""
    return [line for part in PARTS for line in _asked(part, at)]


def _asked(part: Callable[[dt.datetime], list[Line]], at: dt.datetime) -> list[Line]:
    try:
        return part(at)
    except DatabaseError as error:
        return [Line("数据库", BAD, f"读取失败：{str(error).splitlines()[0]}", "检查数据库服务和磁盘空间。")]


def _ago(moment: dt.datetime, at: dt.datetime) -> str:
    minutes = max(0, int((at - moment).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} 分钟前"
    return f"{minutes // 60} 小时前" if minutes < 60 * 48 else f"{minutes // 1440} 天前"


def _database(_at: dt.datetime) -> list[Line]:
    engine = "PostgreSQL" if connection.vendor == "postgresql" else "SQLite"
    advice = "检查数据库服务、账号权限和磁盘空间；恢复前填报会失败，但不会存下一半。"
    problem = health.database_problem()
    pending = health.migrations_problem()
    return [
        Line("数据库", BAD if problem else GOOD, problem or f"{engine}，可读可写", advice if problem else ""),
        Line(
            "数据库版本",
            BAD if pending else GOOD,
            pending or "与程序一致",
            "停止服务，运行 python manage.py upgrade，再启动。" if pending else "",
        ),
    ]


def broker_answers() -> bool:
    """Asked once, for two seconds at most."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False


def _broker(_at: dt.datetime) -> list[Line]:
    if broker_answers():
        return [Line("消息代理", GOOD, "有应答")]
    advice = "启动 Redis：systemctl start redis，或 docker compose up --detach broker；并核对 REDIS_URL。页面不受影响，积压的作业会自动补办。"
    return [Line("消息代理", BAD, "没有应答", advice)]


def _worker(at: dt.datetime) -> list[Line]:
    last = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    advice = (
        "启动后台进程：systemctl restart tracker-worker，或 docker compose restart worker；原因见它的日志。"
    )
    if last is None:
        return [Line("后台进程", WARNING, "还没有收到过心跳", advice)]
    late = at - last > reminders.QUIET
    return [Line("后台进程", BAD if late else GOOD, f"最近心跳 {_ago(last, at)}", advice if late else "")]


def _beat(at: dt.datetime) -> list[Line]:
    last = Sweep.objects.aggregate(last=Max("started_at"))["last"]
    advice = "启动定时服务：systemctl restart tracker-beat，或 docker compose restart beat；也可先运行 python manage.py run_due。"
    if last is None:
        return [Line("定时服务", WARNING, "还没有巡检过", advice)]
    late = at - last > reminders.LATE
    return [Line("定时服务", BAD if late else GOOD, f"最近巡检 {_ago(last, at)}", advice if late else "")]


def _disks(_at: dt.datetime) -> list[Line]:
    found = []
    for name, path in (
        ("磁盘（数据）", Path(settings.VAR)),
        ("磁盘（佐证材料）", Path(settings.MEDIA_ROOT)),
        ("磁盘（备份）", backups.folder()),
    ):
        room = free_bytes(path)
        if room is None:
            found.append(Line(name, WARNING, "系统没有告知剩余空间", ""))
            continue
        state = BAD if room < LEAST else WARNING if room < 5 * _GIB else GOOD
        advice = "" if state == GOOD else f"清理或扩大 {path} 所在的磁盘；较早的备份可以拷走后删除。"
        found.append(Line(name, state, f"剩余 {room / _GIB:.1f} GB", advice))
    problem = health.media_problem()
    advice = f"检查 {settings.MEDIA_ROOT} 的属主、权限和磁盘空间；恢复前上传会被拒绝。" if problem else ""
    return [*found, Line("佐证材料目录", BAD if problem else GOOD, problem or "可写", advice)]


def _mail(_at: dt.datetime) -> list[Line]:
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return [Line("邮件", WARNING, "没有设置邮件服务器，邮件不会寄出", "设置 EMAIL_URL 后重启服务。")]
    failing = Reminder.objects.filter(
        channel=Channel.EMAIL, state__in=(DeliveryState.DUE, DeliveryState.FAILED), tries__gt=0
    )
    count = failing.count()
    if count:  # what the servers answered is told where only those read it who may: on the page of reminders
        advice = "原因见“提醒”页的“发送失败”；核对 EMAIL_URL 和邮件服务器，未放弃的会自动重试，放弃的在“提醒”页重试。"
        return [Line("邮件", BAD, f"{count} 条没有发出", advice)]
    return [Line("邮件", GOOD, "没有发送失败")]


def _backup(at: dt.datetime) -> list[Line]:
    known = backups.known(at.tzinfo or dt.UTC)
    advice = "运行 python manage.py backup；自动备份由后台进程在每天 BACKUP_HOUR 点之后进行。"
    if known.failed:
        first = Line("备份", BAD, f"最近一次没有成功：{known.failed.get('why', '')}", advice)
    elif known.last_at is None or known.last is None:
        first = Line("备份", WARNING, "还没有备份", advice)
    else:
        late = settings.BACKUPS and at - known.last_at > OLD_BACKUP
        told = f"{known.last_at:%Y-%m-%d %H:%M}，{known.size / 2**20:.1f} MB，共 {known.count} 个"
        first = Line("备份", BAD if late else GOOD, told, advice if late else "")
    return [first, _proof(known, at)]


def _proof(known: backups.Known, at: dt.datetime) -> Line:
    advice = "运行 python manage.py verify_backup。"
    if known.verified is None:
        return Line("备份核验", WARNING, "还没有核验过", advice)
    done = dt.datetime.fromisoformat(known.verified["at"]).astimezone(at.tzinfo)
    told = f"{done:%Y-%m-%d %H:%M} 核验 {known.verified.get('file', '')}"
    if not known.verified.get("ok"):
        why = "；".join(known.verified.get("problems", []))
        return Line("备份核验", BAD, f"{told}：{why}", "重新备份并核验；缺少的文件请从更早的备份中找回。")
    if at - done > OLD_PROOF:
        return Line("备份核验", WARNING, f"{told}，已过去较久", advice)
    return Line("备份核验", GOOD, f"{told}：可以恢复，{known.verified.get('rows', 0)} 行逐一相符")


def _unsealed(at: dt.datetime) -> str:
    oldest = Event.objects.filter(seq__isnull=True).order_by("pk").values_list("at", flat=True).first()
    late = oldest is not None and at - oldest > UNSEALED
    return f"有操作记录 {_ago(oldest, at)}写入后一直没有封存" if late and oldest else ""


def _audit(at: dt.datetime) -> list[Line]:
    problem = health.audit_problem() or _unsealed(at)
    last = Event.objects.aggregate(last=Max("seq"))["last"] or 0
    advice = "运行 python manage.py verify_audit 查明；没有封存多半是后台进程停了。" if problem else ""
    return [
        Line("操作记录链", BAD if problem else GOOD, problem or f"已封存 {last} 条，与库外留存相符", advice)
    ]


def _program(_at: dt.datetime) -> list[Line]:
    found = [
        Line("程序", GOOD, f"{VERSION}（Python {platform.python_version()}，Django {django.get_version()}）")
    ]
    if not settings.DEBUG and not settings.HTTPS:
        found.append(Line("传输", WARNING, "HTTPS=0，密码和台账明文传输", "装好证书后设置 HTTPS=1。"))
    if settings.DEBUG:
        found.append(
            Line("运行方式", WARNING, "试用方式（DJANGO_DEBUG=1）", "正式使用请设置 DJANGO_DEBUG=0。")
        )
    return found


PARTS: tuple[Callable[[dt.datetime], list[Line]], ...] = (
    _database,
    _broker,
    _worker,
    _beat,
    _disks,
    _mail,
    _backup,
    _audit,
    _program,
)
