"""What everybody who runs the place should know now: left as a small file by the worker each minute, read by every page.

A file, because the database or the broker may be what fails, and because it costs a page no query. A worker that stands
still shows by the age of its file.
"""

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

STILL = dt.timedelta(minutes=5)  # without a sign of the worker
LEAST = 200 * 1024 * 1024  # bytes: with less the disk counts as full


def _folder() -> Path:
    return Path(settings.VAR) / "run"


def leave(sentences: Iterable[str], *, at: dt.datetime) -> None:
    """The worker is alive at this moment, and this is wrong. A disk that takes nothing shows by the age of the last one."""
    with suppress(OSError):
        _folder().mkdir(parents=True, exist_ok=True)
        part = _folder() / "pulse.part"
        part.write_text(
            json.dumps({"at": at.isoformat(), "wrong": list(sentences)}, ensure_ascii=False), "utf-8"
        )
        os.replace(part, _folder() / "pulse.json")
        (_folder() / "silent").unlink(missing_ok=True)  # the broker brought this very job


def broker_silent(*, at: dt.datetime) -> None:
    """A doorbell could not be rung."""
    with suppress(OSError):
        _folder().mkdir(parents=True, exist_ok=True)
        (_folder() / "silent").write_text(at.isoformat(), "ascii")


def free_bytes(path: Path) -> int | None:
    """Room on the disk of the nearest folder that is there; None when the system does not tell."""
    with suppress(OSError):
        while not path.exists():
            path = path.parent
        return shutil.disk_usage(path).free
    return None


def troubles(*, at: dt.datetime) -> list[str]:
    """Sentences for the head of the page; none where no worker has ever run. No query."""
    found: list[str] = []
    room = free_bytes(Path(settings.MEDIA_ROOT))
    if room is not None and room < LEAST:
        found.append(f"服务器磁盘只剩 {room // 2**20} MB，暂时不要上传大文件；已保存的内容不受影响。")
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads((_folder() / "pulse.json").read_text("utf-8"))
        since = at - dt.datetime.fromisoformat(told["at"])
        if since > STILL:
            minutes = int(since.total_seconds() // 60)
            found.append(
                f"后台服务已停 {minutes} 分钟：填报、审核照常，提醒和台账作业会推迟，恢复后自动补办，不会丢失。"
            )
        elif (_folder() / "silent").exists():
            found.append("消息代理没有应答：填报、审核照常，提醒和台账作业最多推迟几分钟，不会丢失。")
        found += [str(line) for line in told["wrong"]] if since <= STILL else []
    return found
