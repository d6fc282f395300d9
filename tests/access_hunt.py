"""Which request misses a check of permission that is switched off.

The witness of the last hunt is tried first. Where there is none, or it misses nothing any more, the requests of the matrix
are sent with all checks on, and it is noted which checks each of them reaches; then the check is switched off and what
reaches it is sent again until one is answered wrongly. A request that never reaches a check cannot miss it, so a check
without a witness is one that no request of the whole matrix misses.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from types import FunctionType
from typing import Any

from django.db import transaction

from tests.access import ROUTES, spread
from tests.access_grid import EVERYBODY, KINDS, check, describe, things_of, wanted
from tests.access_mutants import Mutant, found
from tests.access_requests import Sender
from tests.access_witnesses import WITNESSES
from tests.access_world import RULES, World

BATCH = 250
REFUSALS = {401, 403, 404, 409, 422}
Request = tuple  # (name, verb, person, thing, args), as tests/access_grid.py makes them


@dataclass
class Find:
    """`request` None: nothing that was sent missed the check."""

    target: str
    request: Request | None = None
    said: str = ""


@dataclass
class Hunt:
    sender: Sender
    reached: dict[str, list[Request]] = field(default_factory=dict)

    def all(self, mutants: list[Mutant]) -> Iterator[Find]:
        """One Find a mutant, as soon as it is found."""
        left = []
        for mutant in mutants:
            if one := self.again(mutant):
                yield one
            else:
                left.append(mutant)
        for requests in _batches(self.sender.world, left):
            if not left:
                return
            self.walk(requests, left)
            for mutant in tuple(left):
                if one := self.seek(mutant):
                    left.remove(mutant)
                    yield one
        yield from (Find(mutant.target) for mutant in left)

    def again(self, mutant: Mutant) -> Find | None:
        """The witness of the last time."""
        if mutant.target not in WITNESSES:
            return None
        self.reached = {mutant.target: list(witnessed(self.sender.world, mutant.target))}
        one = self.seek(mutant)
        return one if one and not check(self.sender, *one.request) else None

    def walk(self, requests: Iterable[Request], mutants: list[Mutant]) -> None:
        """Send requests with every check on; note who reaches which check. Raises at the first wrong answer."""
        called: set[str] = set()
        self.reached = {mutant.target: [] for mutant in mutants}
        with ExitStack() as spies:
            for mutant in mutants:
                spies.enter_context(_spied(mutant.target, called))
            for request in requests:
                called.clear()
                fault = check(self.sender, *request)
                assert not fault, fault
                for target in called:
                    self.reached[target].append(request)

    def seek(self, mutant: Mutant) -> Find | None:
        """Send what reaches the check while it is off, refusals first, until one is answered wrongly."""
        for request in sorted(self.reached[mutant.target], key=_refused):
            with switched_off(mutant):
                said = attempt(self.sender, request)
            if said:
                return Find(mutant.target, request, said)
        return None


def _batches(world: World, mutants: list[Mutant]) -> Iterator[list[Request]]:
    """Every kind of request of the matrix, about objects first that the checks are named after."""
    names = " ".join(mutant.target.lower() for mutant in mutants)
    for kind in sorted(KINDS, key=lambda kind: not (kind and kind.replace("_", "") in names)):
        requests = wanted(world, kind, full=False)
        while batch := list(islice(requests, BATCH)):
            yield batch


def attempt(sender: Sender, request: Request) -> str:
    """What is wrong with the answer. An error of the server is wrong as well; one that only says that what stands in for
    the check does not fit its place is not."""
    try:
        with transaction.atomic():
            return check(sender, *request)
    except (NameError, TypeError, KeyError, AttributeError):
        return ""
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _refused(request: Request) -> bool:
    """Sorts what must be refused before what is open."""
    return REFUSALS.isdisjoint(RULES.answer(*request).status)


# ── Switching off, looking on ────────────────────────────────────────────────
@contextmanager
def switched_off(mutant: Mutant) -> Iterator[None]:
    function = found(mutant.target)
    on = function.__code__
    function.__code__ = mutant.off.__code__
    try:
        yield
    finally:
        function.__code__ = on


def _through(*args, **kwargs):
    onwards = "the real one stands here"
    return onwards(*args, **kwargs)  # type: ignore[operator]


@contextmanager
def _spied(target: str, called: set[str]) -> Iterator[None]:
    """Adds `target` to `called` whenever the function runs, whoever imported it by whatever name."""
    function = found(target)
    real = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    real.__kwdefaults__ = function.__kwdefaults__

    def noted(*args, **kwargs):
        called.add(target)
        return real(*args, **kwargs)

    constants = tuple(noted if c == "the real one stands here" else c for c in _through.__code__.co_consts)
    on = function.__code__
    function.__code__ = _through.__code__.replace(co_consts=constants)
    try:
        yield
    finally:
        function.__code__ = on


# ── Witnesses ────────────────────────────────────────────────────────────────
def witness_of(request: Request) -> dict[str, Any]:
    """As the file keeps it: keys of rows differ from run to run, so objects are named by what they are."""
    name, verb, person, thing, args = request
    row: dict[str, Any] = {"send": f"{verb} {name}", "by": person.code, "about": describe(thing)}
    return row | {"args": {key: str(value) for key, value in args.items()}}


def witnessed(world: World, target: str) -> Iterator[Request]:
    """The requests the witness of this check may be, in order of the world."""
    row = WITNESSES[target]
    verb, name = row["send"].split(" ")
    person = next(each for each in EVERYBODY if each.code == row["by"])
    for thing in things_of(world, name):
        for args in spread(ROUTES[name]):
            request = (name, verb, person, thing, args)
            if witness_of(request) == row:
                yield request
