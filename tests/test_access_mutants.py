"""No check of permission can be lost unnoticed: each has a mutant, and each mutant is found."""

import inspect
import re
import sys
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps

from notices.domain import permissions
from tests.access_hunt import Find, Hunt, witness_of
from tests.access_mutants import MUTANTS, found
from tests.access_requests import Sender
from tests.access_witnesses import WITNESSES
from tests.access_world import build
from tests.processes import environment, run

TARGETS = [mutant.target for mutant in MUTANTS]


def test_every_predicate_has_a_mutant():
    own = [
        f"{permissions.__name__}:{name}"
        for name, each in inspect.getmembers(permissions, inspect.isfunction)
        if each.__module__ == permissions.__name__
    ]

    assert sorted(set(own) - set(TARGETS)) == []


def test_every_rule_of_sight_has_a_mutant():
    rules = set()
    for model in apps.get_app_config("notices").get_models():
        kind = type(model._default_manager.all())
        if hasattr(kind, "visible_to"):
            rules.add(f"{kind.__module__}:{kind.__qualname__}.visible_to")

    assert len(rules) >= 4
    assert sorted(rules - set(TARGETS)) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=TARGETS)
def test_a_mutant_takes_what_the_check_takes(mutant):
    asked = list(inspect.signature(found(mutant.target)).parameters)

    assert list(inspect.signature(mutant.off).parameters) == asked


def test_every_mutant_has_a_witness_or_tests_of_its_own():
    with_tests = {mutant.target for mutant in MUTANTS if mutant.tests}

    assert sorted(set(TARGETS) - set(WITNESSES) - with_tests) == []
    assert sorted(set(WITNESSES) - set(TARGETS)) == []


@pytest.fixture
def sender():
    """Sends into a world of its own; every request is taken back, and then the world."""
    return Sender(build())


@pytest.mark.django_db
def test_every_mutant_is_found(full_proof, figure, request, record_property, tmp_path):
    """By a request of the matrix, sent in this process; else by the tests named for it, in a process of their own."""
    if not full_proof:
        pytest.skip("PROOF=1 seeks what misses every mutant, some minutes long")

    sender = request.getfixturevalue("sender")
    of_tests = [mutant for mutant in MUTANTS if mutant.tests]
    of_matrix = [mutant for mutant in MUTANTS if not mutant.tests]
    finds = []
    for one in chain(Hunt(sender).all(of_matrix), (Find(mutant.target) for mutant in of_tests)):
        finds.append(told(one, tmp_path))
        sys.stdout.write(f"{one.target}: {finds[-1]['said'] or finds[-1]['test'] or 'survived'}\n")
        sys.stdout.flush()
        figure(f"switched off {one.target}", "found" if finds[-1]["found"] else "survived", must="found")
    order = {target: number for number, target in enumerate(TARGETS)}
    record_property("finds", sorted(finds, key=lambda each: order[each["target"]]))

    assert [one["target"] for one in finds if not one["found"]] == []


def told(one: Find, folder: Path) -> dict:
    test = "" if one.request else failing(one.target, folder)
    row = witness_of(one.request) if one.request else None
    return {
        "target": one.target,
        "found": bool(row or test),
        "request": row,
        "test": test,
        "said": one.said,
    }


def failing(target: str, folder: Path) -> str:
    """The first test that fails with this check off, of those named for it; "" when none does."""
    if not next(mutant for mutant in MUTANTS if mutant.target == target).tests:
        return ""
    done = run(
        "-m",
        "tests.access_mutants",
        target,
        env=environment(PROOF="", DATABASE_URL=f"sqlite:///{folder / 'mutant.sqlite3'}"),
        seconds=1200,
    )
    named = re.search(r"^FAILED tests/(\S+)", done.stdout, re.MULTILINE)
    return named[1] if done.returncode == 1 and named else ""
