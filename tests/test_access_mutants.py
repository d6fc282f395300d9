"""No check of permission can be lost unnoticed: each has a mutant, and each mutant is found."""

import inspect
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.apps import apps

from notices.domain import permissions
from tests.access_mutants import MUTANTS, found
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


def test_every_mutant_is_found(full_proof, figure, tmp_path):
    """Each in a process and a database of its own; two at a time."""
    if not full_proof:
        pytest.skip("PROOF=1 runs every mutant, some minutes long")

    def outcome(number: int) -> str:
        env = environment(DATABASE_URL=f"sqlite:///{tmp_path / f'{number}.sqlite3'}", PROOF="")
        done = run("-m", "tests.access_mutants", TARGETS[number], env=env, seconds=1200)
        return {0: "survived", 1: "found"}.get(done.returncode, done.stdout[-500:] + done.stderr[-500:])

    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(zip(TARGETS, pool.map(outcome, range(len(TARGETS))), strict=True))
    for target, end in outcomes.items():
        figure(f"switched off {target}", end, must="found")

    assert {target: end for target, end in outcomes.items() if end != "found"} == {}
