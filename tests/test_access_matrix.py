"""Every person × address × object × verb, sent and compared with the document; nothing leaks into any answer."""

from functools import cache

import pytest
from django.db import transaction

from tests.access_grid import KINDS, check, stratum, wanted
from tests.access_hunt import attempt, switched_off, witnessed
from tests.access_mutants import MUTANTS
from tests.access_requests import Sender, dump
from tests.access_witnesses import WITNESSES
from tests.access_world import build
from tests.rounds import FIRST_FAULT, dealt, mine

pytestmark = pytest.mark.django_db
SHOWN = 25


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for the module; every request is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sender(world):
    return Sender(world)


@pytest.fixture(scope="module")
def chosen(world, full_proof):
    """The requests about objects of a kind, reckoned once in each process."""
    return cache(lambda kind: list(wanted(world, kind, full=full_proof)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_the_declared_one(sender, chosen, figure, kind):
    """Pages without an object, then object by object."""
    faults = []
    before = sender.sent
    for request in chosen(kind):
        if not mine(*stratum(*request)):
            continue
        faults.append(check(sender, *request))
        assert not (FIRST_FAULT and faults[-1]), faults[-1]
    figure(f"access requests about {kind or 'no object'}", sender.sent - before)

    found = [fault for fault in faults if fault]
    assert found == [], "\n".join(found[:SHOWN])
    assert dump() == sender.before


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.target in WITNESSES], ids=lambda m: m.target)
def test_a_request_tells_whether_a_check_is_on(sender, mutant):
    """Right while the check is on, wrong as soon as it is off: so this suite fails without it."""
    for request in witnessed(sender.world, mutant.target):
        with switched_off(mutant):
            missed = attempt(sender, request)
        if missed:
            break
    else:
        pytest.fail("no request misses it any more: python -m tests.access_witnesses")

    assert check(sender, *request) == ""


@pytest.mark.pure
def test_enough_is_sent(chosen, full_proof, figure):
    """Counted anew, because the kinds are sent by several processes and shared out between the rounds."""
    sent = sum(dealt(*stratum(*request)) for kind in KINDS for request in chosen(kind))
    must = 10_000 if full_proof else 1_500
    figure("access requests in all", sent, must=f"≥ {must}")

    assert sent >= must
