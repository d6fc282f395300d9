from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from accounts import audit, audit_archive
from accounts.audit_archive import Archive, Broken
from accounts.management.base import Answer
from accounts.models import Event
from notices.management.base import NoticeCommand


class Command(NoticeCommand):
    help = "核对操作记录的散列链，指出第一条被改动、删除或调换的记录"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--archive",
            nargs="+",
            default=[],
            metavar="文件",
            help="一并核对的归档文件，或放归档文件的文件夹",
        )

    def run(self, options: dict[str, Any]) -> Answer:
        archives = [_checked(path) for path in _files(options["archive"])]
        sealed = Event.objects.filter(seq__isnull=False).count()
        data: dict[str, Any] = {
            "sealed": sealed,
            "unsealed": Event.objects.filter(seq__isnull=True).count(),
            "broken": None,
            "reason": "",
        }
        if archives:
            data["archived"] = [
                {"file": a.path.name, "first": a.first, "last": a.head.seq, "sha256": a.sha256}
                for a in archives
            ]
        broken = _first_broken(archives)
        if broken is not None:
            number, reason = broken
            return Answer(
                {**data, "broken": number, "reason": reason}, problem=f"操作记录链已断开：{reason}。"
            )
        waiting = f"，另有 {data['unsealed']} 条待封存" if data["unsealed"] else ""
        told = [
            f"归档 {a.path.name} 完好：第 {a.first} 至 {a.head.seq} 号记录，与库中的链相接。"
            for a in archives
        ]
        return Answer(data, [*told, f"操作记录链完好，共 {sealed} 条已封存{waiting}。"])


def _files(paths: list[str]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise CommandError(f"找不到归档“{path}”，请核对路径。")
        inside = sorted(path.glob("audit-*.jsonl.gz")) if path.is_dir() else [path]
        if not inside:
            raise CommandError(f"文件夹“{path}”里没有操作记录的归档文件。")
        found += inside
    return found


def _checked(path: Path) -> Archive:
    try:
        return audit_archive.check(path)
    except Broken as why:
        raise CommandError(f"归档 {path.name} 核对不上：{why}。") from why


def _first_broken(archives: list[Archive]) -> tuple[int, str] | None:
    head = audit.read_head(settings.AUDIT_HEAD)
    if not archives:
        return audit.first_broken(head)
    try:
        return audit.first_broken(head, after=audit_archive.starts_after(archives))
    except Broken as why:
        return 1, str(why)
