"""Functions for child processes in tests: what an unlucky reader may do."""

import os
import signal
import time
from dataclasses import dataclass
from fractions import Fraction

from accounts.files.frames import FRAME
from accounts.files.refusal import Refusal


@dataclass(frozen=True)
class Point:
    x: int
    y: object


class Opaque:
    """No dataclass: may not come back."""


def add(a, b):
    return a + b


def give(value):
    return value


def count(n):
    yield from range(n)


def point(x):
    return Point(x, [x])


def opaque():
    return Opaque()


def fraction():
    return Fraction(1, 2)


def evil_reduce():
    return Evil()


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/evil-marker",)


def refuse():
    raise Refusal("chosen", "这是一句话。")


def fail():
    raise KeyError("x")


def eat_memory():
    return len(b"x" * 2_000_000_000)


def spin():
    while True:
        pass


def sleep():
    time.sleep(60)


def die(number):
    os.kill(os.getpid(), number)


def leave():
    os._exit(0)


def abort():
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.abort()


def write_garbage():
    for fd in range(3, 20):
        try:
            os.write(fd, b"\xff" * 64)
        except OSError:
            continue
    os._exit(0)


def write_half():
    for fd in range(3, 20):
        try:
            os.write(fd, FRAME.pack(b"R", 1_000) + b"short")
        except OSError:
            continue
    os._exit(0)


def write_file(path, size):
    with open(path, "wb") as target:
        target.write(b"x" * size)


def many_files():
    return [os.open(os.devnull, os.O_RDONLY) for _ in range(500)]


def big():
    return b"x" * 3_000_000


def leave_grandchild(path):
    if os.fork() == 0:
        time.sleep(2)
        with open(path, "w") as target:
            target.write("still alive")
        os._exit(0)
    return "parent done"


def modules():
    import sys  # noqa: PLC0415

    return sorted(name for name in sys.modules if name.partition(".")[0] in ("django", "notices", "tracker"))


def chatter():
    print("noise on standard output")  # noqa: T201
    return 1
