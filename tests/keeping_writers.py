"""Several people at work in processes of their own while a backup is made: `python -m tests.keeping_writers COUNT`.

Each files reports with a file on the same few tasks until it is told to stop (TERM), and prints a line for every one that was
acknowledged: when, the report, its file. One set-up, then one fork a writer.
"""

import hashlib
import json
import os
import signal
import sys
import time

import django
from django.db import connection
from django.utils import timezone

django.setup()

from notices.domain import reporting  # noqa: E402
from notices.domain.evidence import store_path  # noqa: E402
from notices.models import Task  # noqa: E402


def stored(words: bytes) -> reporting.StoredFile:
    """As an upload leaves it: on disk under its name before the report's transaction begins."""
    name = f"{os.urandom(16).hex()}.txt"
    with (store_path() / f"{name}.part").open("xb") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())
    os.replace(store_path() / f"{name}.part", store_path() / name)
    return reporting.StoredFile("现场.txt", name, "txt", len(words), hashlib.sha256(words).hexdigest())


def work(writer: int, pks: list[int]) -> None:
    for number in range(100_000):
        task = Task.objects.get(pk=pks[number % len(pks)])
        file = stored(f"{writer}-{number}".encode() * 50)
        row = reporting.report(task, text=f"进展 {writer}-{number}", files=[file], by=None, at=timezone.now())
        line = json.dumps({"at": time.time(), "progress": row.pk, "file": file.stored_as})
        os.write(sys.stdout.fileno(), f"{line}\n".encode())  # acknowledged


if __name__ == "__main__":
    tasks = list(Task.objects.filter(state="active").order_by("pk").values_list("pk", flat=True)[:3])
    connection.close()
    children = []
    for index in range(int(sys.argv[1])):
        child = os.fork()
        if child == 0:
            work(index, tasks)
        children.append(child)
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(pid, signal.SIGKILL) for pid in children])
    for pid in children:
        os.waitpid(pid, 0)
