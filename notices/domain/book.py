"""What a run of the sweep goes by: the moment, the people and rules, and its tally."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from notices.domain.audience import Directory
from notices.domain.reminder_rules import Ladder
from notices.domain.workdays import Calendar
from notices.models import Notice, Outlet


@dataclass(frozen=True)
class Moment:
    """When a run happens. `now` is the caller's clock, for stamps and leases; `today` decides what is due.

    `pretend` stands for the present where quiet hours are judged, when somebody asks for another day.
    `until`: stop taking new work then; what is left waits for the next run.
    """

    today: dt.date
    now: Callable[[], dt.datetime]
    pretend: dt.datetime | None = None
    until: dt.datetime | None = None

    @property
    def at(self) -> dt.datetime:
        return self.pretend or self.now()

    def is_over(self) -> bool:
        return self.until is not None and self.now() >= self.until


@dataclass(frozen=True)
class Book:
    """What every row is judged by: people, the ladders of notices that remind now, working days, outlets that are on,
    the inspected unit of each notice."""

    people: Directory
    ladders: dict[int, Ladder]
    calendar: Calendar
    outlets: tuple[Outlet, ...]
    parties: dict[int, int]

    def outlets_of(self, notice: int) -> Iterable[Outlet]:
        return (outlet for outlet in self.outlets if outlet.notice_id in (None, notice))


@dataclass
class Tally:
    """What a run did, in rows; per person id the messages sent, the tasks mailed, the tasks whose mail is held; per
    outlet id the tasks posted."""

    due: int = 0
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    inbox: Counter[int] = field(default_factory=Counter)
    mailed: Counter[int] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    posted: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


def load_outlets() -> tuple[Outlet, ...]:
    return tuple(Outlet.objects.on().order_by("pk"))


def load_parties() -> dict[int, int]:
    """Notice id → the inspected unit."""
    return dict(Notice.objects.live().values_list("pk", "unit_id"))
