"""The first accounts of an installation: a system administrator, a security administrator or an auditor."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from accounts.management.base import Answer, SentenceCommand, now
from accounts.models import Unit
from accounts.people import Unfit, create_person, create_unit, set_posts
from accounts.roles import ADMINISTRATIVE, Role


class Command(SentenceCommand):
    help = "新建管理账号，打印一次性初始密码"
    refusals = (Unfit,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="登录名")
        parser.add_argument("--name", metavar="姓名", default="", help="缺省为角色名")
        parser.add_argument(
            "--unit", metavar="单位", default="", help="所在单位，缺省为最上级单位；没有任何单位时新建"
        )
        parser.add_argument(
            "--role",
            choices=[str(r.value) for r in ADMINISTRATIVE],
            default=str(Role.ADMIN.value),
            help="admin 系统管理员、security 安全管理员、auditor 审计员",
        )

    @transaction.atomic
    def run(self, options: dict[str, Any]) -> Answer:
        role, at = Role(options["role"]), now()
        unit = self._unit(options["unit"])
        made = create_person(options["username"], name=options["name"] or str(role.label), by=None, at=at)
        set_posts(made.user, [(unit, role)], by=None, at=at)
        data = {
            "username": made.user.username,
            "role": str(role.value),
            "unit": unit.name,
            "password": made.password,
        }
        lines = [
            f"已建立{role.label}“{made.user.name}”（{unit.name}）。",
            f"登录名：{made.user.username}",
            f"初始密码：{made.password}（只显示这一次，首次登录须修改）",
        ]
        return Answer(data, lines)

    def _unit(self, name: str) -> Unit:
        name = name.strip()
        unit = (
            Unit.objects.filter(name=name).first()
            if name
            else Unit.objects.filter(parent=None).by_position().first()
        )
        if unit is not None:
            return unit
        if Unit.objects.exists():
            raise CommandError(f"没有单位“{name}”，请填写系统中已有单位的全称。")
        if not name:
            raise CommandError("系统中还没有任何单位，请用 --unit 写明单位名称。")
        return create_unit(name, by=None, at=now())
