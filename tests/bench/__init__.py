"""`make bench`: what a benchmark file gives, and how it measures.

A file bench_<thing>.py has `main() -> list[Row]`; it runs once on SQLite and once on PostgreSQL, on an
empty migrated database, unless it says `DATABASE = False`. Times are only ever compared within one run:
an operation beside its peer (what a usual Django project would use) and its floor (the least that any
program has to do).
"""

import gc
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection


@dataclass(frozen=True)
class Row:
    """One line of the table. `peer` and `floor` are what was compared with, their times in seconds.

    The same in CPU seconds (children and the database's process included): on a busy machine these are steadier, so
    where they are known they decide. `must_peer` is how many times faster than the peer it must be at least, `must_floor` how many times
    the floor it may take at most; None where nothing is asked.
    """

    operation: str
    seconds: float
    peer: str = ""
    peer_seconds: float | None = None
    must_peer: float | None = None
    floor: str = ""
    floor_seconds: float | None = None
    must_floor: float | None = None
    note: str = ""
    cpu: float | None = None
    peer_cpu: float | None = None
    floor_cpu: float | None = None

    @property
    def faster(self) -> float | None:
        if self.cpu and self.peer_cpu:
            return self.peer_cpu / self.cpu
        return self.peer_seconds / self.seconds if self.peer_seconds is not None else None

    @property
    def times_floor(self) -> float | None:
        if self.cpu and self.floor_cpu:
            return self.cpu / self.floor_cpu
        return self.seconds / self.floor_seconds if self.floor_seconds else None

    @property
    def on_the_wall(self) -> str:
        """The two ratios on the wall, in words, where CPU time decides; else ""."""
        if not self.cpu:
            return ""
        peer = f"{self.peer_seconds / self.seconds:.1f} × faster" if self.peer_seconds else ""
        floor = f"{self.seconds / self.floor_seconds:.2f} × the floor" if self.floor_seconds else ""
        return f"on the wall {', '.join(filter(None, (peer, floor)))}"

    @property
    def ok(self) -> bool:
        slow = self.must_peer is not None and (self.faster is None or self.faster < self.must_peer)
        heavy = self.must_floor is not None and (
            self.times_floor is None or self.times_floor > self.must_floor
        )
        return not slow and not heavy


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall, and of CPU by this process, its ended children and the database; None when the database's
    cannot be seen from here."""

    wall: float
    cpu: float | None


def cpu_seconds() -> float | None:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    server = server_seconds()
    return None if server is None else time.process_time() + children.ru_utime + children.ru_stime + server


def server_seconds() -> float | None:
    """CPU time of the process that serves our connection; 0 where the database runs inside ours."""
    if connection.vendor != "postgresql" or connection.connection is None:
        return 0.0
    entry = Path(f"/proc/{connection.connection.info.backend_pid}")
    try:
        if (entry / "comm").read_text("ascii").strip() != "postgres":
            return None
        return int((entry / "schedstat").read_text("ascii").split()[0]) / 1_000_000_000
    except OSError:
        return None


def turns(
    functions: dict[str, Callable[[], object]], *, runs: int = 5, before: Callable[[], object] = gc.collect
) -> dict[str, Spent]:
    """The best of each function, which another process disturbed least; they take turns, so that a slow moment of the
    machine hits all. `before` each run something that is not measured."""
    found: dict[str, list[tuple[float, float | None]]] = {name: [] for name in functions}
    for _ in range(runs):
        for name, function in functions.items():
            gc.collect()
            before()
            wall, cpu = time.perf_counter(), cpu_seconds()
            function()
            now = cpu_seconds()
            found[name].append(
                (time.perf_counter() - wall, None if cpu is None or now is None else now - cpu)
            )
    return {name: best(spent) for name, spent in found.items()}


def best(spent: list[tuple[float, float | None]]) -> Spent:
    cpus = [cpu for _, cpu in spent if cpu is not None]
    return Spent(min(wall for wall, _ in spent), min(cpus) if len(cpus) == len(spent) else None)


def interleaved(functions: dict[str, Callable[[], object]], *, runs: int = 5) -> dict[str, float]:
    """As `turns`, seconds on the wall only."""
    return {name: spent.wall for name, spent in turns(functions, runs=runs).items()}
