"""One of several people at work in a process of its own: `python -m tests.contention NAME ACTS SEED TASK…`.

Edits the words of the tasks, fills cells, takes steps and files reports on the same few tasks as everybody else, and
prints what was acknowledged, what was refused with a sentence and tried again, and what went wrong, as JSON.
"""

import json
import random
import sys
import time
from collections import Counter

import django
from django.utils import timezone

django.setup()

from accounts.models import User  # noqa: E402
from notices.domain import inline, reporting, workflow  # noqa: E402
from notices.domain.editing import Edit, edit  # noqa: E402
from notices.domain.requirements import Ask  # noqa: E402
from notices.errors import Refused  # noqa: E402
from notices.models import Task  # noqa: E402

FIELDS = ("remark", "contact_phone", "contact_text")
ROUND = {"active": "submit", "submitted": "return"}
PATIENCE = 60  # times an act is repeated before it counts as lost


def fresh(pk: int) -> Task:
    return Task.objects.select_related("notice", "applicant").prefetch_related("task_units").get(pk=pk)


def do_edit(task: Task, by: User, word: str, dice: random.Random) -> None:
    """Against what was read before: a field somebody else has changed meanwhile is a refusal, and read again."""
    name = dice.choice(FIELDS)
    base = {name: getattr(task, name)}
    edit(task, Edit({name: word}, base), by=by, at=timezone.now())


def do_cell(task: Task, by: User, word: str, dice: random.Random) -> None:
    seen = task.latest_at.isoformat() if task.latest_at else ""
    inline.file_cell(task, dice.choice(("latest", "next")), word, seen=seen, by=by, at=timezone.now())


def do_report(task: Task, by: User, word: str, dice: random.Random) -> None:
    reporting.report(task, text=word, by=by, at=timezone.now())


def do_step(task: Task, by: User, word: str, dice: random.Random) -> None:
    """Hand in what is being worked on, give back what was handed in."""
    given = {"outcome": "completed", "no_evidence": "正在收集", "reason": word}
    ask = Ask(by=by, at=timezone.now(), today=timezone.localdate(), **given)
    workflow.perform(task, ROUND[task.state], ask)


ACTS = {"edit": do_edit, "cell": do_cell, "step": do_step, "report": do_report}


def work(name: str, count: int, seed: int, pks: list[int]) -> dict[str, object]:
    dice = random.Random(seed)
    by = User.objects.get(username=name)
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = 0.0
    for number in range(count):
        kind, last = dice.choice(tuple(ACTS)), ""
        for _ in range(PATIENCE):  # a refusal is a sentence to a person, who looks again and repeats
            task = fresh(dice.choice(pks))
            began = time.monotonic()
            try:
                ACTS[kind](task, by, f"{seed}-{number}-{kind}", dice)
            except Refused as why:
                refused[type(why).__name__] += 1
                last = str(why)
                continue
            except Exception as error:  # noqa: BLE001 - that there is none is what is shown
                wrong.append(f"{type(error).__name__}: {error}")
                break
            finally:
                slowest = max(slowest, time.monotonic() - began)
            done[kind] += 1
            break
        else:
            wrong.append(f"{kind} refused {PATIENCE} times, at last: {last}")
    return {"done": done, "refused": refused, "wrong": wrong, "slowest": slowest}


if __name__ == "__main__":
    who, acts, start, *tasks = sys.argv[1:]
    print(json.dumps(work(who, int(acts), int(start), [int(pk) for pk in tasks]), ensure_ascii=False))  # noqa: T201
