"""The inside of a child process: take the limits, call one function, answer in frames, end."""

import gc
import os
import pickle
import resource
import sys
from collections.abc import Callable, Generator
from importlib import import_module
from typing import IO, Any

from accounts.files.frames import ERROR, FRAME, ITEM, RESULT, USAGE

PROGRAM = 12 * 1024 * 1024  # resident pages of the program itself, which count as memory but not as data
SLACK = 96 * 1024 * 1024  # its address space


def main() -> None:
    """Entry of the child. Standard input holds the order; the answer goes to what was standard output."""
    facts, target, args, kwargs = pickle.load(sys.stdin.buffer)
    answer = os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(null, stream)
    set_limits(facts)
    gc.disable()
    try:
        _run(answer, _load(target), args, kwargs)
    except MemoryError:
        gc.collect()
        _send(answer, ERROR, ("child_memory", ""))
    except BaseException as error:  # noqa: BLE001 - a panic of a native library is no Exception
        _send(answer, USAGE, _peak())
        _send(answer, ERROR, _explain(error))
    os._exit(0)


def set_limits(limits: dict[str, int]) -> None:
    """`limits` as in `child.Limits`. What a parent has bounded tighter stays so."""
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits["cpu"],
        resource.RLIMIT_DATA: limits["memory"] - PROGRAM,
        resource.RLIMIT_AS: limits["memory"] + SLACK,
        resource.RLIMIT_FSIZE: limits["file_size"],
        resource.RLIMIT_NOFILE: limits["files"],
    }
    for kind, bound in bounds.items():
        _, hard = resource.getrlimit(kind)
        soft = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        # One second between the signal that names the cause and the one that cannot be caught.
        above = (
            soft + 1 if kind == resource.RLIMIT_CPU and hard in (resource.RLIM_INFINITY, soft + 1) else soft
        )
        resource.setrlimit(kind, (soft, above))


def _load(target: str) -> Callable[..., Any]:
    module, _, name = target.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def _run(
    answer: IO[bytes], function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    result = function(*args, **kwargs)
    if isinstance(result, Generator):
        for item in result:
            _send(answer, ITEM, item)
        result = None
    _send(answer, USAGE, _peak())
    _send(answer, RESULT, result)


def _explain(error: BaseException) -> tuple[str, str]:
    """An exception that carries a code and a sentence passes through; anything else is a broken file."""
    code = getattr(error, "code", None)
    return (code, str(error)) if isinstance(code, str) else ("child_broken", "")


def _send(answer: IO[bytes], kind: bytes, value: object) -> None:
    body = pickle.dumps(value, protocol=5)
    for part in (FRAME.pack(kind, len(body)), body):
        view = memoryview(part)
        while view:
            view = view[answer.write(view) :]


def _peak() -> float:
    """Peak resident memory of this process in MB. (The kernel's ru_maxrss would count the parent before exec.)"""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * 1024 / 1_000_000, 1)
