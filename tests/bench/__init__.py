"""`make bench`: what a benchmark file gives, and how it measures.

A file bench_<thing>.py has `main() -> list[Row]`; it runs once on SQLite and once on PostgreSQL, on an
empty migrated database, unless it says `DATABASE = False`. Times are only ever compared within one run:
an operation beside its peer (what a usual Django project would use) and its floor (the least that any
program has to do).
"""

import gc
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table. `peer` and `floor` are what was compared with, their times in seconds.

    The same in CPU seconds (children included), where all the work is in our processes: on a busy machine these are
    steadier. `must_peer` is how many times faster than the peer it must be at least, `must_floor` how many times
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
        return self.peer_seconds / self.seconds if self.peer_seconds is not None else None

    @property
    def times_floor(self) -> float | None:
        return self.seconds / self.floor_seconds if self.floor_seconds else None

    @property
    def by_cpu(self) -> str:
        """The two ratios by CPU time, in words; "" when that was not measured."""
        if not self.cpu:
            return ""
        peer = f"{self.peer_cpu / self.cpu:.1f} × faster than the peer" if self.peer_cpu else ""
        floor = f"{self.cpu / self.floor_cpu:.2f} × the floor" if self.floor_cpu else ""
        return f"by CPU time {', '.join(filter(None, (peer, floor)))}"

    @property
    def ok(self) -> bool:
        slow = self.must_peer is not None and (self.faster is None or self.faster < self.must_peer)
        heavy = self.must_floor is not None and (
            self.times_floor is None or self.times_floor > self.must_floor
        )
        return not slow and not heavy


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall, and of CPU by this process and its ended children."""

    wall: float
    cpu: float


def cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def turns(functions: dict[str, Callable[[], object]], *, runs: int = 5) -> dict[str, Spent]:
    """The medians of each function; they take turns, so that a slow moment of the machine hits all."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in functions}
    for _ in range(runs):
        for name, function in functions.items():
            gc.collect()
            wall, cpu = time.perf_counter(), cpu_seconds()
            function()
            found[name].append((time.perf_counter() - wall, cpu_seconds() - cpu))
    return {
        name: Spent(statistics.median(w for w, _ in spent), statistics.median(c for _, c in spent))
        for name, spent in found.items()
    }


def interleaved(functions: dict[str, Callable[[], object]], *, runs: int = 5) -> dict[str, float]:
    """As `turns`, seconds on the wall only."""
    return {name: spent.wall for name, spent in turns(functions, runs=runs).items()}
