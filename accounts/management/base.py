"""What every command shares: exit codes, one sentence on stderr, --json, and who acts.

Exit: 0 done · 1 refused or bad input · 2 wrong usage. With --json stdout is one JSON object and nothing else.
A command writes `run(options) -> Answer`; refusals it raises become the sentence.
"""

import datetime as dt
import json
import os
import pwd
import re
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from accounts.models import User

# argparse's own words → ours; the first that fits is used.
_USAGE = (
    (re.compile(r"the following arguments are required: (.*)"), r"缺少参数：\1。"),
    (re.compile(r"unrecognized arguments: (.*)"), r"不认识的参数：\1。"),
    (re.compile(r"argument (.*?): expected .*"), r"参数 \1 后面缺少取值。"),
    (re.compile(r"argument (.*?): not allowed with argument (.*)"), r"参数 \1 不能与 \2 同时使用。"),
    (
        re.compile(r"argument (.*?): invalid .*?: (.*?)(?: \(choose from (.*)\))?"),
        r"参数 \1 的取值 \2 不对。",
    ),
)


@dataclass(frozen=True)
class Answer:
    """What a command found or did: the JSON object, and the lines for a person.

    With `problem` the object is still printed, the sentence goes to stderr and the exit code is 1.
    """

    data: dict[str, Any]
    lines: list[str] = field(default_factory=list)
    problem: str = ""


class SentenceCommand(BaseCommand):
    """`takes_by`: the command has --by LOGIN. `refusals`: exceptions whose text is a sentence for the user."""

    takes_by = False
    refusals: tuple[type[Exception], ...] = ()
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", dest="as_json", help="输出一个 JSON 对象")
        if self.takes_by:
            parser.add_argument("--by", metavar="登录名", help="以该人员的权限办理，缺省为系统账号")
        if getattr(self, "_called_from_command_line", False):
            setattr(parser, "error", partial(_usage_error, parser))  # noqa: B010
        return parser

    def run(self, options: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self.run(options)
        except self.refusals as why:
            self._refuse(str(why))
        except CommandError as why:
            self._refuse(str(why))
        except PermissionError as why:
            self._refuse(
                f"没有权限读写“{why.filename}”。命令以账号 {_account()} 的身份运行，"
                "请检查文件和文件夹的权限，或者换一个位置。"
            )
        except (OperationalError, ProgrammingError) as why:
            if options.get("traceback"):
                raise
            self._refuse(
                f"数据库不可用或尚未建表，请先运行 python manage.py migrate。({why})".replace("\n", " ")
            )
        if options.get("as_json"):
            self.stdout.write(json.dumps(answer.data, ensure_ascii=False))
        elif options.get("verbosity", 1) > 0:
            for line in answer.lines:
                self.stdout.write(line)
        if answer.problem:
            self._refuse(answer.problem)

    def _refuse(self, sentence: str) -> NoReturn:
        """The sentence alone on stderr and exit 1; to a Python caller, CommandError."""
        if not getattr(self, "_called_from_command_line", False):
            raise CommandError(sentence)
        self.stderr.write(sentence)
        sys.exit(1)


def _account() -> str:
    """Of the machine, not of the environment, which tells who it was before."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def acting(login: str | None) -> User | None:
    """The active user with this login; None for the system account when no login is given."""
    if not login:
        return None
    found = User.objects.filter(username=login, is_active=True).first()
    if found is None:
        raise CommandError(f"没有登录名为“{login}”的在用账号，请核对 --by。")
    return found


def existing_file(path: str) -> Path:
    """The path when a readable file lies there; else the sentence that says what is wrong."""
    found = Path(path)
    if found.is_dir():
        raise CommandError(f"“{path}”是文件夹，请指定文件。")
    if not found.is_file():
        raise CommandError(f"找不到文件“{path}”，请核对路径。")
    return found


def now() -> dt.datetime:
    return timezone.now()


def today() -> dt.date:
    """The civil day in China."""
    return timezone.localdate()


def _usage_error(parser: CommandParser, message: str) -> NoReturn:
    for pattern, words in _USAGE:
        match = pattern.fullmatch(message)
        if match:
            message = match.expand(words)
            break
    usage = parser.format_usage().removeprefix("usage: ").strip()
    parser.exit(2, f"{message}\n用法：{usage}\n")
