"""`make bench`: what a benchmark file gives, and how it measures.

A file bench_<thing>.py has `main() -> list[Row]`; it runs once on SQLite and once on PostgreSQL, on an
empty migrated database, unless it says `DATABASE = False`. Times are only ever compared within one run:
an operation beside its peer (what a usual Django project would use) and its floor (the least that any
program has to do).
"""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table. `peer` and `floor` are what was compared with, their times in seconds.

    `must_peer` is how many times faster than the peer it must be at least, `must_floor` how many times
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

    @property
    def faster(self) -> float | None:
        return self.peer_seconds / self.seconds if self.peer_seconds is not None else None

    @property
    def times_floor(self) -> float | None:
        return self.seconds / self.floor_seconds if self.floor_seconds else None

    @property
    def ok(self) -> bool:
        slow = self.must_peer is not None and (self.faster is None or self.faster < self.must_peer)
        heavy = self.must_floor is not None and (
            self.times_floor is None or self.times_floor > self.must_floor
        )
        return not slow and not heavy


def interleaved(functions: dict[str, Callable[[], object]], *, runs: int = 5) -> dict[str, float]:
    """The median seconds of each function; they take turns, so that a slow moment of the machine hits all."""
    found: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(runs):
        for name, function in functions.items():
            gc.collect()
            start = time.perf_counter()
            function()
            found[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in found.items()}
