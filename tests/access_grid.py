"""The requests of the matrix: which are sent, in which order, and what is wrong with an answer."""

import zlib

from tests.access import ANONYMOUS, DOCUMENT, ROUTES, SAFE, VERBS, declared, spread
from tests.access_requests import EVENTS, Sender, body_of, headers_of, url_of
from tests.access_world import PEOPLE, RULES, World

EVERYBODY = [*PEOPLE.values(), ANONYMOUS]
# Files are examined in a process of their own.
SLOW = (
    "notices:task_attach",
    "notices:ledger_mapping",
    "notices:ledger_replan",
    "notices:ledger_annotated",
    "notices:ledger_filled",
)
KINDS = ("", *sorted(DOCUMENT["sight"]))


def share(name: str, verb: str, thing) -> int:
    """In the full run, one request of how many is sent."""
    if verb not in declared(ROUTES[name]):
        return 40
    if name in SLOW:
        return 6
    if verb == "HEAD":
        return 10
    return {"task": 24, "evidence": 3, "progress": 3}.get(thing.kind, 2) if thing else 1


def stratum(name: str, verb: str, person, thing, args) -> tuple:
    """In the ordinary run, one request of each kind is sent: address, verb, expected answer, state of the task and,
    where rank or person may decide, the roles held and the part played in what went before."""
    if verb not in declared(ROUTES[name]):
        return (name, person is ANONYMOUS)
    expected = RULES.answer(name, verb, person, thing, args)
    if verb == "HEAD" or name in SLOW:
        return (name, verb, expected)
    rule = ROUTES[name][verb]
    states = DOCUMENT["deed"][rule["deed"].format(**args)].get("states") if isinstance(rule, dict) else None
    decides = expected.status != (404,) and (not states or thing.state in states)
    decides = decides and not (thing and name.startswith("api:"))  # the pages follow the same rules
    if not states:
        return (name, verb, expected, roles_of(person) if decides else None, thing and thing.stage)
    roles = roles_of(person) if decides else None
    part = thing and decides and person.code in (thing.applicant, thing.approver, thing.stand_in)
    return (name, *args.values(), verb, expected, thing.state, thing.stage == "archived", roles, part)


def roles_of(person) -> tuple[str, ...]:
    return tuple(sorted({role for role, _ in person.held}))


def wanted(world: World, kind: str, *, full: bool):
    """The requests to send about objects of this kind, the same ones each time, in no order of people."""
    every = [
        (name, verb, person, thing, args)
        for name, thing, args in addresses(world, kind)
        for person in EVERYBODY
        for verb in VERBS
    ]
    first = min((thing.pk for *_, thing, _ in every if thing), default=0)
    every.sort(key=lambda request: mixed(request, first))
    seen = set()
    for request in every:
        name, verb, _, thing, _ = request
        key = mixed(request, first) % share(name, verb, thing) if full else stratum(*request)
        if (key == 0) if full else key not in seen:
            seen.add(key)
            yield request


def mixed(request, first: int) -> int:
    """The same in every process: objects are counted from the first of the world, whatever key it was given."""
    name, verb, person, thing, args = request
    return zlib.crc32(repr((name, verb, person.code, thing.pk - first if thing else 0, args)).encode())


def things_of(world: World, name: str):
    kind = ROUTES[name].get("object")
    return world.things[kind] if kind else [None]


def wrong(got, expected) -> str:
    """What is wrong with an answer; empty when nothing is."""
    if got.status not in expected.status:
        return f"{got.status} instead of {expected.status}"
    if not got.to.startswith(expected.to):
        return f"led to {got.to}"
    if expected.changes is not None and got.changed != expected.changes:
        return f"changed {sorted(got.written)}" if got.changed else "changed nothing"
    return ""


def check(sender: Sender, name: str, verb: str, person, thing, args) -> str:
    """Send one request; what is wrong with the answer."""
    data = None if verb in SAFE else body_of(sender.world, name, thing, args)
    got = sender.send(person, verb, url_of(name, thing, args), data, **headers_of(name))
    expected = RULES.answer(name, verb, person, thing, args)
    found = wrong(got, expected)
    if not found and verb in SAFE and got.written:
        found = f"wrote to {sorted(got.written)}"
    if not found and leaves_a_row(name, verb, person) and EVENTS not in got.written:
        found = "left no row in the audit log"
    leaked = got.canaries - sender.may_read[person.code]
    found = found or (f"told {sorted(leaked)[:6]}" if leaked else "")
    where = f"{person.code or 'anonymous'} {verb} {url_of(name, thing, args)}"
    return f"{where} ({name}, {describe(thing)}): {found}" if found else ""


def leaves_a_row(name: str, verb: str, person) -> bool:
    """Every write of a signed-in person is recorded, done or refused."""
    return verb not in SAFE and person is not ANONYMOUS and not person.fresh and not ROUTES[name].get("quiet")


def describe(thing) -> str:
    return f"{thing.kind} {thing.party} {thing.lead} {thing.state} {thing.stage}" if thing else "-"


def addresses(world: World, kind: str):
    """Every address about objects of this kind, with object and other parts."""
    for name, route in ROUTES.items():
        if route.get("object", "") == kind:
            for thing in things_of(world, name):
                for args in spread(route):
                    yield name, thing, args
