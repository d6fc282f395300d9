"""Search over 100,000 tasks, as an office sees them: the first page of what contains the words, beside the plain
comparison of every text and beside the bare read of the index.

BENCH_SEARCH makes the set smaller for a trial.
"""

import os
import random
import time

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Membership, Unit, User
from notices.domain import rollup, search
from notices.models import Aspect, Issue, Progress, Task, TaskUnit
from notices.sql import bulk
from notices.sql import search as index
from notices.terms import Sought
from tests.bench import Row, Spent, turns
from tests.bench.ledger_data import AT, make_notice

TASKS = int(os.environ.get("BENCH_SEARCH", "100000"))
PAGE, RUNS = 50, 9
HANZI = "学习制度公开台账资金项目工程村级河道巡查监督整理采购合同档案培训通报约谈清退审计核查预算绩效民生环保安全消防教育医疗养老住房道路水利农业林地"
RARE = {
    "涵洞": 2000,
    "老旧管网": 500,
    "闸门": 20_000,
}  # a task in so many holds the word; the second stands in titles of issues
WORDS = {
    "a word of 50 tasks": "涵洞",
    "a word of 200 tasks and 50 issues": "老旧管网",
    "a word of 5 tasks": "闸门",
    "two words side by side": "闸门涵洞",
    "a word that nothing holds": "沙盘",
    "a word of every task": "整改",
}


def fill() -> User:
    """An office, 25,000 issues, 100,000 tasks with their three units, and a report for every second task."""
    notice = make_notice("检索")
    office = User.objects.create(username="search", name="整改办", password="!")
    Membership.objects.create(user=office, unit=notice.unit, role="office")
    units = list(Unit.objects.filter(parent=notice.unit).order_by("pk").values_list("pk", "name"))
    aspect = Aspect.objects.create(notice=notice, number=1, title="第一方面")
    chance = random.Random(7)

    def words(count: int) -> str:
        return "".join(chance.choices(HANZI, k=count))

    with transaction.atomic():
        issues = bulk.reserve_ids(Issue, TASKS // 4)
        blank = {f.attname: f.get_default() for f in Issue._meta.concrete_fields}
        rows = [
            blank | {"id": pk, "notice_id": notice.pk, "aspect_id": aspect.pk, "number": f"W01-{n:05d}", "position": n,
                     "title": f"关于{words(12)}{'老旧管网' if n % RARE['老旧管网'] == 0 else ''}的问题", "detail": words(40)}
            for n, pk in enumerate(issues)
        ]  # fmt: skip
        bulk.insert(Issue, list(blank), [list(row.values()) for row in rows])
        tasks = bulk.reserve_ids(Task, TASKS)
        blank = {f.attname: f.get_default() for f in Task._meta.concrete_fields if not f.generated}
        rows = [
            blank | {"id": pk, "notice_id": notice.pk, "issue_id": issues[n // 4], "number": f"W01-{n // 4:05d}-{n % 4}",
                     "position": n, "text": f"{words(30)}{_rare(n)}，整改措施{words(30)}", "leader_text": "副县长 林一",
                     "state": "active", "lead_unit_id": units[n % 40][0], "latest_text": words(20) if n % 2 else ""}
            for n, pk in enumerate(tasks)
        ]  # fmt: skip
        bulk.insert(Task, list(blank), [list(row.values()) for row in rows])
        parts = [
            (pk, *units[(n + i) % 40], role, i, "")
            for n, pk in enumerate(tasks)
            for i, role in enumerate(("lead", "responsible", "supporting"))
        ]
        bulk.insert(TaskUnit, ("task_id", "unit_id", "unit_text", "role", "position", "note"), parts)
        names = ("task_id", "unit_id", "text", "next_step", "blocked", "by_id", "by_name", "on_behalf", "at")
        reports = [(pk, None, words(20), "", "", None, "周甲", False, AT) for pk in tasks[1::2]]
        bulk.insert(Progress, names, reports)
        rollup.add_new(tasks)
    return office


def _rare(n: int) -> str:
    return "".join(word for word in ("闸门", "涵洞") if n % RARE[word] == 7)


def ours(user: User, words: str) -> list[int]:
    rows = search.containing(search.seen(Sought.TASK, user), Sought.TASK, words)
    return [task.pk for task in rows.order_by("-pk")[:PAGE]]


def peer(user: User, words: str) -> list[int]:
    rows = search.seen(Sought.TASK, user).filter(search.said(Sought.TASK, words))
    return [task.pk for task in rows.order_by("-pk")[:PAGE]]


def floor(user: User, words: str) -> list[int]:
    """The postings of the words' pairs, and the first page of those rows as far as this person may see them: nothing is
    compared. Tasks found by their issue's title are fetched by the issue's key."""
    found = index.candidates(words, [2, 5], most=search.MOST) or {2: set(), 5: set()}
    rows = search.seen(Sought.TASK, user)
    if found[5]:
        rows = rows.filter(Q(pk__in=found[2]) | Q(issue__in=found[5]) if found[2] else Q(issue__in=found[5]))
    else:
        rows = rows.filter(pk__in=sorted(found[2], reverse=True)[:PAGE])
    return [task.pk for task in rows.order_by("-pk")[:PAGE]]


def main() -> list[Row]:
    user = fill()
    begun = time.perf_counter()
    marks = search.catch_up()
    built = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rows = [measured(user, label, words) for label, words in WORDS.items()]
    return [*rows, Row(f"the index made of {marks:,} marks, in the background", built)]


def measured(user: User, label: str, words: str) -> Row:
    assert ours(user, words) == peer(user, words), words
    found = turns(
        {name: lambda work=work: work(user, words) for name, work in (("ours", ours), ("floor", floor))},
        runs=RUNS,
    )
    found |= turns({"peer": lambda: peer(user, words)}, runs=3)
    common = words == "整改"
    must = (None, None) if common else (20, 3.0)
    return line(f"search {TASKS:,} tasks: {label}, first page", found, *must)


def line(label: str, found: dict[str, Spent], must_peer: float | None, must_floor: float | None) -> Row:
    return Row(
        label, found["ours"].wall, "icontains", found["peer"].wall, must_peer,
        "postings + rows by key, as seen", found["floor"].wall, must_floor,
        cpu=found["ours"].cpu, peer_cpu=found["peer"].cpu, floor_cpu=found["floor"].cpu,
    )  # fmt: skip
