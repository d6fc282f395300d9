"""The real scheduler with a quicker hand: the sweep every two seconds, so that a drill need not wait five minutes."""

from typing import Any

from celery import schedules
from celery.beat import PersistentScheduler

EVERY = 2.0  # seconds


class Quick(PersistentScheduler):
    max_interval = 1

    def setup_schedule(self) -> None:
        super().setup_schedule()
        table: dict[str, Any] = self.schedule
        for name in [name for name in table if name != "sweep"]:
            table.pop(name)
        table["sweep"].schedule = schedules.schedule(EVERY)
