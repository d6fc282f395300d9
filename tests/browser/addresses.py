"""Every page of the product, each with somebody who may open it: from the document of access and its world."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from django.test import Client

from tests.access import ANONYMOUS, ROUTES, Thing, spread
from tests.access_requests import url_of
from tests.access_world import PEOPLE, RULES, World

# Those who see most first.
ORDER = (
    "a_office", "a_supervisor", "a1_head", "a1_staff", "a_leader", "a_admin", "a_security", "a_auditor", "b_office", "b1_head",
    "b1_staff", "c_office", "a2_head", "a2_staff", "a1s_head", "a_office2",
)  # fmt: skip
TRIES = 8  # of people and objects that ought to be answered, until one is answered by a page


# What people have before them all day.
MAIN = (
    "notices:home", "notices:task_list", "notices:task_detail", "notices:board", "notices:issue_list", "notices:overdue",
    "notices:planning", "notices:intake_review", "notices:ledger_plan", "notices:verify_queue", "login",
)  # fmt: skip
SHARE = 20  # the ordinary run looks at the main pages and one of so many others, always the same


@dataclass(frozen=True)
class Address:
    """`code`: who opens it."""

    name: str
    url: str
    code: str


def in_short(name: str) -> bool:
    return name in MAIN or zlib.crc32(name.encode()) % SHARE == 0


def addresses(world: World, clients: dict[str, Client], *, every: bool) -> Iterator[Address]:
    """Pages by name and, when all are wanted, by the other parts of the address. What is no page is left out."""
    for name, route in ROUTES.items():
        if "GET" not in route or (name.startswith("api:") and name != "api:docs") or name == "logout":
            continue
        if not every and not in_short(name):
            continue
        for args in spread(route) if every else spread(route)[:1]:
            found = _page(name, route, args, world, clients)
            if found:
                yield found


def _page(
    name: str, route: dict[str, Any], args: dict[str, Any], world: World, clients: dict[str, Client]
) -> Address | None:
    things: list[Thing | None] = list(world.things.get(route["object"], ())) if "object" in route else [None]
    people = [ANONYMOUS] if name == "login" else [PEOPLE[code] for code in ORDER]
    wanted = (
        (p, t) for p, t in product(people, things) if 200 in RULES.answer(name, "GET", p, t, args).status
    )
    for _, (person, thing) in zip(range(TRIES), wanted, strict=False):
        url = url_of(name, thing, args)
        answer = clients[person.code].get(url)
        if answer.streaming:
            b"".join(answer.streaming_content)  # a file is closed when it has been read
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            return Address(name, url, person.code)
    return None
