"""An invented county in the middle of its rectification, to try everything out. Only into an empty database."""

import os
import unicodedata
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.timezone import localtime

from accounts import audit
from accounts.management.base import Answer, now
from accounts.models import Event, Membership, Unit, User
from accounts.people import Newcomer, Unfit
from notices.management.base import NoticeCommand
from notices.management.demo.story import Played, play, states
from notices.models import Notice

LOADED = "demo.load"  # the event that says a demo is here
COLUMNS = ("姓名", "职务", "单位", "角色", "登录名", "密码")


class Command(NoticeCommand):
    help = "载入演示数据（虚构的云岭县）；已有真实人员时拒绝"
    refusals = (*NoticeCommand.refusals, Unfit)

    def run(self, options: dict[str, Any]) -> Answer:
        accounts = settings.VAR / "demo-accounts.txt"
        if Event.objects.filter(action=LOADED).exists():
            return Answer(
                {"loaded": False, "accounts": str(accounts)}, [f"演示数据已经载入过，登录账号见 {accounts}。"]
            )
        if User.objects.exists() or Unit.objects.exists() or Notice.objects.exists():
            raise CommandError("系统中已有单位、人员或批次，不能载入演示数据；演示请使用空的数据库。")
        try:
            played, lines = self._load(accounts)
        except BaseException:
            accounts.unlink(missing_ok=True)  # these passwords open nothing
            raise
        data = {
            "loaded": True,
            "notice": played.notice.pk,
            "units": Unit.objects.count(),
            "people": len(played.people),
            "issues": played.notice.issues.count(),
            "tasks": states(played.notice),
            "accounts": str(accounts),
        }
        return Answer(data, [*lines, "", f"以上账号保存在 {accounts}，只供演示。"])

    def _load(self, accounts: Path) -> tuple[Played, list[str]]:
        at = localtime(now())
        lines: list[str] = []

        def finish(played: Played) -> None:
            notice = played.notice
            audit.record(audit.Act(LOADED, "notice", notice.pk, notice.pk), by=None, at=at)
            lines.extend(table_of(played.people))
            lines.extend(
                ["", f"访问令牌（教育局经办人，查询和填报，用法见 docs/guide/api.md）：{played.key}"]
            )
            write_private(accounts, "\n".join(lines) + "\n")

        return play(now=at, finish=finish), lines


def table_of(people: list[Newcomer]) -> list[str]:
    rows = [COLUMNS]
    for one in people:
        held: list[Membership] = list(one.user.memberships.select_related("unit").order_by("pk"))
        units = "、".join(dict.fromkeys(m.unit.label for m in held))
        roles = "、".join(dict.fromkeys(m.get_role_display() for m in held))
        user = one.user
        rows.append((user.name, user.position_title, units, roles, user.username, one.password))
    widths = [max(width(row[i]) for row in rows) for i in range(len(COLUMNS))]
    return [
        "  ".join(c + " " * (w - width(c)) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows
    ]


def width(text: str) -> int:
    """Columns a terminal needs: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def write_private(path: Path, text: str) -> None:
    """A file only its owner can read; one that is there is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as target:
        target.write(text)
