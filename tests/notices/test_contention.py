"""People in several processes at the same few tasks: what was acknowledged is there, each act once, nobody is locked out."""

import json
import subprocess
import sys
from collections import Counter

import pytest
from django.db import connection

from accounts.models import Event
from accounts.roles import Role
from notices.models import Progress, Task, Transition
from tests.factories import make_progress, make_task, make_unit, make_user, make_world
from tests.processes import ROOT, database_url, environment

PROCESSES = 4


def run_all(people, acts, tasks, folder):
    """Everybody starts at the same time; what each printed."""
    env = environment(DATABASE_URL=database_url(), VAR_DIR=folder, DJANGO_SETTINGS_MODULE="tracker.settings")
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.contention",
                name,
                str(acts),
                str(seed),
                *(str(t.pk) for t in tasks),
            ],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for seed, name in enumerate(people)
    ]
    told = []
    try:
        for process in started:
            out, err = process.communicate(timeout=420)
            assert process.returncode == 0, err.decode()
            told.append(json.loads(out))
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.wait()
    return told


@pytest.mark.django_db(transaction=True)
def test_contended_acts_add_up(full_proof, figure, tmp_path):
    world = make_world()
    hall = make_unit("云岭县档案馆", parent=world.county)
    people = [f"clerk{i}" for i in range(PROCESSES)]
    for name in people:
        make_user(name, (Role.STAFF, hall), (Role.HEAD, hall))
    tasks = [make_task(world.issue, lead=hall) for _ in range(3)]
    for task in tasks:
        make_progress(task)
    acts = (1000 if full_proof else 200) // PROCESSES

    told = run_all(people, acts, tasks, tmp_path)

    assert [line for one in told for line in one["wrong"]] == []
    done = sum((Counter(one["done"]) for one in told), Counter())
    refused = sum((Counter(one["refused"]) for one in told), Counter())
    assert sum(done.values()) == acts * PROCESSES
    assert sum(Task.objects.values_list("version", flat=True)) == done["edit"] + done["step"]
    assert Transition.objects.count() == done["step"]
    assert Progress.objects.count() == done["report"] + done["cell"] + len(tasks)
    events = Counter(
        "step" if a not in ("task.edit", "task.report") else a
        for a in Event.objects.values_list("action", flat=True)
    )
    assert events == {
        "task.edit": done["edit"],
        "task.report": done["report"] + done["cell"],
        "step": done["step"],
    }
    engine = connection.vendor
    figure(
        f"contended acts acknowledged and found ({engine}, {PROCESSES} processes)",
        sum(done.values()),
        must=str(acts * PROCESSES),
    )
    figure(f"contended acts refused with a sentence and repeated ({engine})", sum(refused.values()))
    figure(f"contended acts: slowest, seconds ({engine})", round(max(one["slowest"] for one in told), 2))
