from typing import Any

from django.core.management.base import CommandParser

from accounts.management.base import Answer, SentenceCommand, existing_file
from notices.errors import Refused
from tracker.keeping.building import build
from tracker.keeping.restoring import opened


class Command(SentenceCommand):
    help = (
        "把备份装入 DATABASE_URL 所指的空数据库并核对；由 restore、verify_backup、upgrade、move_database 调用"
    )
    refusals = (Refused,)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="备份文件")

    def run(self, options: dict[str, Any]) -> Answer:
        with opened(existing_file(options["file"])) as archive:
            found = build(archive)
        return Answer(found, [f"已装入 {found['rows']} 行。"])
