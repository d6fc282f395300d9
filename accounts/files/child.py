"""Work on untrusted files happens in a process of its own, with limits on memory, time, file size and answer.

The child is a fresh interpreter (never a fork of a threaded server) without Django. It is told what to call as
`"module:function"`; the arguments are pickled to it, its answer comes back as framed pickles which are read
with a list of permitted classes, because a child that has been taken over may answer anything.
"""

import datetime as dt
import enum
import io
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from typing import IO, Any

from accounts.files.frames import ERROR, FRAME, ITEM, RESULT, USAGE
from accounts.files.limits import MIB, Profile
from accounts.files.refusal import Refusal

PLAIN = {"datetime": {"date", "datetime", "time", "timedelta"}}
GRACE = 2.0  # seconds between the last word of a child and its end
BOOT = "import sys; sys.path[:] = {path!r}; from accounts.files.worker import main; main()"

SENTENCES = {
    "child_memory": "读取该文件占用的内存超过上限，已停止。请删去大片空白格式、重复内容或过大的图片，另存后重新上传。",
    "child_cpu": "读取该文件花费的时间超过上限，已停止。请另存为新的文件（只保留需要的工作表）后重新上传。",
    "child_hang": "读取该文件迟迟没有结果，已停止。请另存为新的文件后重新上传；反复出现时请联系管理员。",
    "child_crash": "该文件内容异常，读取程序已中止。请用 Excel 或 WPS 打开并另存为新的文件后重新上传。",
    "child_garbage": "读取该文件时得到了无法识别的结果，文件未被接受。请另存为新的文件后重新上传。",
    "child_result": "该文件展开后的内容过大，无法接收。请拆分成几个文件后分别上传。",
    "child_broken": "该文件无法读取，内容可能已损坏。请用 Excel、WPS 或相应软件打开并另存后重新上传。",
}


@dataclass(frozen=True)
class Limits:
    """`memory` in bytes, `cpu` and `wall` in seconds; `result` bounds all bytes the child may answer."""

    cpu: int = 8
    wall: int = 30
    memory: int = 280_000_000
    file_size: int = 256 * MIB
    files: int = 64
    result: int = 256 * MIB


@dataclass(frozen=True)
class Outcome:
    """What a child returned (`value`), what it yielded before (`items`), and what it cost: wall seconds and
    peak resident memory in MB."""

    value: Any
    seconds: float
    memory_mb: float
    items: tuple[Any, ...] = ()


class ChildFailed(Refusal):
    """The child died, hung, ran out of something or answered nonsense: the file counts as refused."""

    def __init__(self, code: str, message: str = "", seconds: float = 0.0, memory_mb: float = 0.0) -> None:
        super().__init__(code, message or SENTENCES[code])
        self.seconds = seconds
        self.memory_mb = memory_mb


def limits_for(profile: Profile) -> Limits:
    return Limits(
        cpu=profile.cpu,
        wall=profile.wall,
        memory=profile.memory,
        file_size=profile.total,
        result=profile.total,
    )


def run_in_child(target: str, *args: object, limits: Limits | None = None, **kwargs: object) -> Outcome:
    """Call `target` ("module:function") in a child and return what it returned.

    Raises `ChildFailed`, or the plain `Refusal` that the function itself raised.
    """
    child = Child(target, args, kwargs, limits or Limits())
    try:
        answers = list(child.answers())
    finally:
        child.end()
    return Outcome(answers[-1], child.seconds, child.memory_mb, tuple(answers[:-1]))


class Child:
    """One started child. `answers()` yields what its function yields, then what it returns."""

    def __init__(
        self, target: str, args: tuple[object, ...], kwargs: dict[str, object], limits: Limits
    ) -> None:
        self.limits = limits
        self.root = target.partition(".")[0]
        self.seconds = 0.0
        self.memory_mb = 0.0
        self.status: int | None = None
        self._cpu = 0.0
        self._started = time.monotonic()
        path = [os.path.abspath(entry) for entry in sys.path if os.path.isdir(entry or os.curdir)]
        with tempfile.TemporaryFile() as order:
            pickle.dump((limits.__dict__, target, args, kwargs), order)
            order.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", BOOT.format(path=path)],
                stdin=order,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
                env={"LANG": "C.UTF-8", "TMPDIR": tempfile.gettempdir(), "PATH": os.defpath},
            )

    def answers(self) -> Generator[Any, None, None]:
        """The yielded values one by one, the returned value last. Raises what `run_in_child` raises."""
        pipe = self._process.stdout
        assert pipe is not None
        try:
            for kind, body in self._frames(pipe):
                value = self._loads(body)
                if kind == USAGE:
                    self.memory_mb = float(value)
                    continue
                if kind == ERROR:
                    self._raise(value)
                yield value
                if kind == RESULT:
                    return
        except ChildFailed:
            raise
        except (
            pickle.UnpicklingError,
            EOFError,
            AttributeError,
            ImportError,
            TypeError,
            ValueError,
        ) as error:
            raise self._failed("child_garbage") from error
        raise self._failed(self._cause())

    def end(self) -> None:
        """Kill whatever is left of the child and note its cost. Safe to call twice."""
        if self.status is not None:
            return
        self._kill()
        try:
            _, self.status, usage = os.wait4(self._process.pid, 0)
            # A child that died could not tell its peak; the kernel's figure may count the parent before exec.
            most = min(usage.ru_maxrss * 1024, self.limits.memory)
            self.memory_mb = self.memory_mb or round(most / 1_000_000, 1)
            self._cpu = usage.ru_utime + usage.ru_stime
        except ChildProcessError:
            self.status = 0
        self.seconds = round(time.monotonic() - self._started, 3)
        self._process.returncode = self.status
        if self._process.stdout:
            self._process.stdout.close()

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    def _frames(self, pipe: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
        seen = 0
        while head := self._take(pipe, FRAME.size):
            kind, size = FRAME.unpack(head)
            seen += size
            if kind not in (ITEM, RESULT, ERROR, USAGE):
                raise self._failed("child_garbage")
            if seen > self.limits.result:
                raise self._failed("child_result")
            body = self._take(pipe, size)
            if len(body) < size:
                return
            yield kind, body

    def _take(self, pipe: IO[bytes], size: int) -> bytes:
        """Exactly `size` bytes, or nothing when the child has closed its end before."""
        parts = []
        deadline = self._started + self.limits.wall
        while size:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise self._failed("child_hang")
            part = os.read(pipe.fileno(), min(size, MIB))
            if not part:
                return b""
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _loads(self, body: bytes) -> Any:
        return Answer(io.BytesIO(body), self.root).load()

    def _raise(self, value: Any) -> None:
        code, message = value
        if not (isinstance(code, str) and isinstance(message, str)):
            raise self._failed("child_garbage")
        if code in SENTENCES:
            raise self._failed(code)
        self.end()
        raise Refusal(code, message)

    def _failed(self, code: str) -> ChildFailed:
        self.end()
        return ChildFailed(code, "", self.seconds, self.memory_mb)

    def _cause(self) -> str:
        """Why a child said nothing more: looked up in how it ended."""
        self._settle()
        self.end()
        ended_by = os.WTERMSIG(self.status) if self.status and os.WIFSIGNALED(self.status) else 0
        if ended_by == signal.SIGXCPU or self._cpu >= 0.95 * self.limits.cpu:
            return "child_cpu"
        return "child_memory" if ended_by == signal.SIGABRT else "child_crash"

    def _settle(self) -> None:
        """Give a child that closed its end a moment to end by itself, so that the cause can be told."""
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            state = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if state is not None:
                return
            time.sleep(0.005)


class Answer(pickle.Unpickler):
    """Unpickles plain values, dates, and dataclasses or enumerations of our own packages; nothing else."""

    def __init__(self, source: IO[bytes], root: str) -> None:
        super().__init__(source)
        self._roots = (root, "accounts")

    def find_class(self, module: str, name: str) -> Any:
        if name in PLAIN.get(module, ()):
            return getattr(dt, name)
        if module.partition(".")[0] in self._roots and "." not in name:
            found = getattr(import_module(module), name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, enum.Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not permitted")
