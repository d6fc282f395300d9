"""The sweep over a million tasks of which a tenth is due: rows written once, then found written.

BENCH_TASKS makes the set smaller for a trial.
"""

import datetime as dt
import os
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

from django.db import connection, models, transaction

from accounts.models import Membership, Unit, User
from notices.domain import reminders
from notices.domain.audience import facts_of, told_by_rank
from notices.domain.book import Moment
from notices.domain.reminder_rules import OVERDUE, Who
from notices.domain.reminder_settings import Settings, configure
from notices.models import Aspect, Issue, Reminder, Task
from notices.sql import bulk
from notices.terms import Channel
from tests.bench import Row, Spent, turns
from tests.bench.ledger_data import AT, TODAY, make_notice

TASKS = int(os.environ.get("BENCH_TASKS", "1000000"))
MOMENT = Moment(TODAY, lambda: AT)
COLUMNS = ("rule", "task_id", "recipient_id", "channel", "occurrence_on", "deadline", "state", "not_before")
COLUMNS += ("tries", "note", "created_at", "subject")
RUNS = 2


def fill() -> None:
    """One task by hand, the others copied from it by the database: other numbers, units and deadlines."""
    notice = make_notice("巡检")
    units = list(Unit.objects.filter(parent=notice.unit).order_by("pk"))
    for n, unit in enumerate(units):
        user = User.objects.create(username=f"sweep{n}", name=f"经办{n}", password="!")
        Membership.objects.create(user=user, unit=unit, role="staff")
    aspect = Aspect.objects.create(notice=notice, number=1, title="第一方面")
    issue = Issue.objects.create(
        notice=notice, aspect=aspect, number="W01-001", path=[1, 1], position=1, title="问题"
    )
    far = TODAY + dt.timedelta(days=300)
    first = Task.objects.create(
        notice=notice, issue=issue, number="T0", position=0, text="措施", lead_unit=units[0], state="active", deadline=far
    )  # fmt: skip
    rules = {"overdue": {"tell": ["worker"]}, "waiting": {"after": 0}, "review": {"tell": []}}
    configure(notice, Settings(rungs=[[1, ["worker"]]], rules=rules), by=None, at=AT)
    own = {"id", "number", "lead_unit_id", "deadline"}
    fields = [f for f in Task._meta.concrete_fields if not isinstance(f, models.GeneratedField)]
    same = ", ".join(f.column for f in fields if f.column not in own)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO notices_task ({same}, number, lead_unit_id, deadline) "
            f"WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {TASKS - 1}) "
            f"SELECT {same}, 'T' || n, {units[0].pk} + n % {len(units)}, "
            f"CASE WHEN n % 10 = 1 THEN CAST('{TODAY - dt.timedelta(days=2)}' AS {_date()}) ELSE deadline END "
            f"FROM notices_task CROSS JOIN series WHERE id = {first.pk}"
        )
        cursor.execute("ANALYZE")


def _date() -> str:
    return "date" if connection.vendor == "postgresql" else "text"


def due() -> models.QuerySet:
    return Task.objects.filter(is_open=True, state__in=("pending", "active"), deadline__lt=TODAY).order_by(
        "pk"
    )


def ours() -> int:
    book = reminders.open_book(TODAY)
    return sum(reminders._write(batch, MOMENT) for batch in reminders.kept_batches(TODAY, AT, book))


def peer() -> int:
    """What a usual project does: objects, page by page, conflicts ignored."""
    book = reminders.open_book(TODAY)
    pks = list(due().values_list("pk", flat=True))
    for start in range(0, len(pks), 2000):
        page = facts_of(Task.objects.filter(pk__in=pks[start : start + 2000]).order_by("pk"))
        rows = [
            Reminder(
                rule=OVERDUE, task_id=task.pk, recipient_id=person, channel=Channel.INBOX, occurrence_on=TODAY,
                deadline=task.deadline, not_before=AT, created_at=AT,
            )
            for task in page
            for person in told_by_rank(task, (Who.WORKER,), book.people)
        ]  # fmt: skip
        Reminder.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(pks)


@transaction.atomic
def floor() -> int:
    """The ids selected, the rows inserted: nothing is asked of them."""
    person = User.objects.values_list("pk", flat=True)[0]
    rest = ("due", AT, 0, "", AT, 0)
    rows = [
        (OVERDUE, pk, person, "inbox", TODAY, day, *rest) for pk, day in due().values_list("pk", "deadline")
    ]
    return bulk.insert(Reminder, COLUMNS, rows)


def timed(functions: dict[str, Callable[[], int]]) -> dict[str, Spent]:
    """In turns, each beginning without a row and writing all of them."""

    def counted(work: Callable[[], int]) -> None:
        count = work()
        assert count == TASKS // 10, count

    def emptied() -> None:
        Reminder.objects.all()._raw_delete(Reminder.objects.db)

    return turns(
        {name: partial(counted, work) for name, work in functions.items()}, runs=RUNS, before=emptied
    )


def peak_mb(work: Callable[[], int]) -> float:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1_000_000
    finally:
        tracemalloc.stop()


def main() -> list[Row]:
    fill()
    times = timed({"peer": peer, "floor": floor, "ours": ours})
    begun = time.perf_counter()
    assert ours() == 0
    again = time.perf_counter() - begun
    Reminder.objects.all()._raw_delete(Reminder.objects.db)
    memory = peak_mb(partial(ours))
    label = f"sweep: {TASKS // 10:,} reminders of {TASKS:,} tasks"
    return [
        Row(label, times["ours"].wall, "bulk_create(ignore_conflicts)", times["peer"].wall, 5, "ids selected + inserted",
            times["floor"].wall, 2.0, cpu=times["ours"].cpu, peer_cpu=times["peer"].cpu, floor_cpu=times["floor"].cpu),
        Row("the same sweep again, nothing found", again, "bulk_create(ignore_conflicts)", times["peer"].wall),
        Row("its memory, MB (in the seconds' column)", memory, floor="5 MB", floor_seconds=5.0, must_floor=1.0),
    ]  # fmt: skip
