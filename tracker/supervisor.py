"""Starts programs in order, shows what they say, and ends all of them together."""

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PARENT_DEATH = 1  # PR_SET_PDEATHSIG of prctl(2)
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """`ready` is asked until it is true before the next program starts; `patience` bounds it, in seconds."""

    name: str
    command: list[str]
    env: dict[str, str]
    ready: Callable[[], bool] = lambda: True
    patience: float = 30


@dataclass
class Supervisor:
    """Every program leads a group of its own, so that a key press reaches it only through here.

    INT, TERM and HUP all become TERM: to a worker HUP means "start again", which is not what closing
    the terminal means. Whoever has not gone after `grace` seconds is killed with its whole group.
    """

    folder: Path
    grace: float = 10
    say: Callable[[str], None] = lambda text: None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: int = 0
    asked_at: float = 0
    hurry: bool = False
    parent: int = field(default_factory=os.getppid)
    _outputs: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _unfinished: dict[str, bytes] = field(default_factory=dict)

    def run(self, programs: list[Program], *, started: Callable[[], None] = lambda: None) -> int:
        """0 when told to stop, 1 when a program failed. `started` is called once all are ready."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_pid("serve", os.getpid())
        try:
            if all(self._start(program) for program in programs) and not self.stopping:
                started()
                self._watch()
            return 0 if self.stopping else 1
        finally:
            self._stop_all()

    def _start(self, program: Program) -> bool:
        """Whether the next one may start: ready in time, and nobody asked to stop meanwhile."""
        process = subprocess.Popen(
            program.command,
            env=program.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if LIBC is not None else None,
        )
        self.running[program.name] = process
        self._write_pid(program.name, process.pid)
        assert process.stdout
        os.set_blocking(process.stdout.fileno(), False)
        self._outputs.register(process.stdout, selectors.EVENT_READ, program.name)
        end = time.monotonic() + program.patience
        while not self.stopping:
            self._relay(0.05)
            if self._failed():
                return False
            if program.ready():
                return True
            if time.monotonic() > end:
                self.say(f"{program.name} 在 {program.patience:.0f} 秒内没有就绪，正在停止全部进程。")
                return False
        return False

    def _watch(self) -> None:
        under_make = "MAKELEVEL" in os.environ
        while not self.stopping and not self._failed():
            self._relay(0.5)
            if under_make and (os.getppid() != self.parent or _is_stopping(self.parent)):
                self._on_signal(signal.SIGHUP, None)

    def _failed(self) -> bool:
        for name, process in self.running.items():
            if process.poll() is not None and not self.stopping:
                self._relay(0)
                self.say(f"{name} 意外退出（退出码 {process.returncode}），正在停止全部进程。")
                return True
        return False

    def _relay(self, seconds: float) -> None:
        """Passes on what the programs wrote, each line with the name of its writer."""
        for key, _ in self._outputs.select(seconds):
            stream: IO[bytes] = key.fileobj  # type: ignore[assignment]
            written = stream.read(65536)
            if not written:
                self._outputs.unregister(stream)
            *lines, rest = (self._unfinished.pop(key.data, b"") + (written or b"\n")).split(b"\n")
            self._unfinished[key.data] = rest
            for line in filter(None, lines):
                self.say(f"{key.data:<6} │ {line.decode('utf-8', 'replace')}")

    def _stop_all(self) -> None:
        if self.stopping:
            self.say("正在停止…")
        self._send(signal.SIGTERM)
        end = time.monotonic() + self.grace
        while self._alive() and time.monotonic() < end and not self.hurry:
            self._relay(0.1)
        self._send(signal.SIGKILL)
        for name, process in self.running.items():
            process.wait()
            _kill_group(process.pid, signal.SIGKILL)  # children of a program that died by itself
            (self.folder / f"{name}.pid").unlink(missing_ok=True)
        (self.folder / "serve.pid").unlink(missing_ok=True)

    def _alive(self) -> list[subprocess.Popen[bytes]]:
        return [process for process in self.running.values() if process.poll() is None]

    def _send(self, number: signal.Signals) -> None:
        for process in self._alive():
            if number == signal.SIGKILL:
                _kill_group(process.pid, number)
            else:
                process.send_signal(number)

    def _write_pid(self, name: str, pid: int) -> None:
        (self.folder / f"{name}.pid").write_text(f"{pid}\n", "ascii")

    def _on_signal(self, number: int, _frame: object) -> None:
        """Asked again later, it does not wait; at once, it is the same request come by two ways (make passes it on)."""
        if self.stopping:
            self.hurry = time.monotonic() - self.asked_at > 1
            return
        self.stopping, self.asked_at = number, time.monotonic()


def _is_stopping(make: int) -> bool:
    """A make that is told INT or HUP waits for its command and passes nothing on: it relies on the terminal
    to have told all. While it waits, the signal it got is blocked."""
    with suppress(OSError):
        lines = Path(f"/proc/{make}/status").read_text("ascii", "replace").splitlines()
        blocked = next((int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:")), 0)
        return any(blocked >> (number - 1) & 1 for number in STOP_SIGNALS)
    return False


def _kill_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _die_with_parent() -> None:
    """In the new process, before its program: if this one is killed outright, the kernel ends the program."""
    assert LIBC is not None
    LIBC.prctl(PARENT_DEATH, signal.SIGTERM)
