"""The document of access (access_rules/*.toml, read as one) as rules: what must be answered to whom.

Written from the document and from the plain description of a world (`Person`, `Thing`), never from the product:
nothing of it is imported here. `python -m tests.access` writes docs/access.md from the same document.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def _read() -> dict[str, Any]:
    """Every file of the folder together; a name stands in one of them only."""
    whole: dict[str, Any] = {"rights": {}, "sight": {}, "deed": {}, "routes": {}}
    for path in sorted((HERE / "access_rules").glob("*.toml")):
        for section, entries in tomllib.loads(path.read_text("utf-8")).items():
            twice = set(whole[section]) & set(entries)
            assert not twice, f"{path.name}: {sorted(twice)} stand elsewhere already"
            whole[section] |= entries
    return whole


DOCUMENT = _read()
PAGE = HERE.parent / "docs" / "access.md"
RIGHTS, ROUTES = DOCUMENT["rights"], DOCUMENT["routes"]
VERBS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SAFE = ("GET", "HEAD", "OPTIONS")
FREE = ("password_change", "logout", "health_live", "health_ready")  # open with a first password
LIVE = ("planned", "running", "reported", "published")


@dataclass(frozen=True)
class Person:
    """`held`: (role, unit) pairs. `fresh`: still has the first password. `code` "" is nobody signed in."""

    code: str
    held: tuple[tuple[str, str], ...] = ()
    fresh: bool = False


ANONYMOUS = Person("")


@dataclass(frozen=True)
class Thing:
    """An object as the document sees it; units and people by their codes.

    `parts` are units with any part, now or before, in the task or the one above; `carrying` those with a part now.
    `tasks`: what an issue, a notice, a report or a file belongs to or holds.
    """

    kind: str
    pk: int
    party: str = ""
    state: str = ""
    stage: str = "running"
    lead: str = ""
    parent_lead: str = ""
    carrying: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    named: str = ""
    applicant: str = ""
    approver: str = ""
    stand_in: str = ""
    sole: bool = False  # the applicant is the only person of the lead unit, or of the office
    unstaffed: bool = False
    open_parts: bool = False
    confirmed: bool = False
    owner: str = ""
    notice: "Thing | None" = None
    tasks: tuple["Thing", ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Answer:
    """What must come back. `changes` None: not said by the document. `to`: where a redirect must lead."""

    status: tuple[int, ...]
    changes: bool | None = False
    to: str = ""


@dataclass
class Rules:
    """The document over one tree of units: unit → the unit above it."""

    above: Mapping[str, str | None]

    def line(self, unit: str) -> Iterator[str]:
        at: str | None = unit or None
        while at:
            yield at
            at = self.above[at]

    def has(self, person: Person, right: str, unit: str) -> bool:
        held_in = {where for role, where in person.held if role in RIGHTS[right]}
        return not held_in.isdisjoint(self.line(unit))

    def holds(self, person: Person, right: str) -> bool:
        return any(role in RIGHTS[right] for role, _ in person.held)

    # ── One grant ──
    def opens(self, grant: Mapping[str, Any], person: Person, thing: Thing) -> bool:
        if thing.state in grant.get("not_in", ()) or thing.state not in grant.get("in", (thing.state,)):
            return False
        if grant.get("unstaffed") and not thing.unstaffed:
            return False
        if "holding" in grant and not self.holds(person, grant["holding"]):
            return False
        if grant.get("also") == "notice" and not (thing.notice and self.sees(person, thing.notice)):
            return False
        return self._fits(grant, person, thing)

    def _fits(self, grant: Mapping[str, Any], person: Person, thing: Thing) -> bool:
        if grant.get("named"):
            return thing.named == person.code
        if grant.get("owner"):
            return thing.owner == person.code
        if "below" in grant:
            return any(getattr(thing, grant["below"]) in self.line(unit) for _, unit in person.held)
        if "person" in grant:
            return getattr(thing, grant["person"]) == person.code
        if grant.get("through"):
            return any(self.sees(person, task) for task in thing.tasks)
        units = getattr(thing, grant["over"])
        wanted = units if isinstance(units, frozenset) else {units} - {""}
        return any(self.has(person, grant["right"], unit) for unit in wanted)

    # ── Sight and deeds ──
    def sees(self, person: Person, thing: Thing) -> bool:
        return any(self.opens(g, person, thing) for g in DOCUMENT["sight"][thing.kind]["grants"])

    def may(self, person: Person, deed: str, thing: Thing) -> bool:
        if not deed:
            return True
        rule = DOCUMENT["deed"][deed]
        if thing.state and thing.state not in rule.get("states", (thing.state,)):
            return False
        if rule.get("stages") == "open" and thing.stage == "archived":
            return False
        if rule.get("stages") == "live" and thing.stage not in LIVE:
            return False
        if (rule.get("staffed") and thing.unstaffed) or (rule.get("parts_closed") and thing.open_parts):
            return False
        if rule.get("before") == "confirmed" and thing.confirmed:
            return False
        if rule.get("after") == "confirmed" and not thing.confirmed:
            return False
        barred = {getattr(thing, who) for who in rule.get("never", ())}
        if person.code in barred and not (thing.sole and person.code == thing.applicant):
            return False
        return any(self.opens(g, person, thing) for g in rule["grants"])

    # ── The answer ──
    def answer(
        self, name: str, verb: str, person: Person, thing: Thing | None, args: Mapping[str, Any]
    ) -> Answer:
        """What must come back when this person sends this verb to this address about this object."""
        route = ROUTES[name]
        rule = route.get("GET" if verb == "HEAD" else verb)
        api = name.startswith("api:") and name != "api:docs"
        everybody = "anyone" in (route.get("GET"), route.get("POST"))
        if person is ANONYMOUS and not everybody:
            if route.get("fragment"):
                return Answer((401,))
            return Answer((401, 403)) if api else Answer((302,), to="/login?next=")
        if person.fresh and name not in FREE:
            return Answer((302,), to="/password")
        if "gate" in route and not self.holds(person, route["gate"]):
            return Answer((404,))
        if verb == "OPTIONS" and rule is None:
            return Answer((200,) if api else (405,))
        if rule is None:
            return Answer((405,))
        if thing and not (self.sees(person, thing) and self.may(person, route.get("only", ""), thing)):
            return Answer((404,))
        if isinstance(rule, str) and rule.startswith("holds "):
            held = self.holds(person, rule.removeprefix("holds "))
            return Answer((200, 302, 400, 422), None) if held else Answer((403,) if api else (404,))
        return self._ruled(rule, verb, person, thing, args)

    def _ruled(
        self, rule: Any, verb: str, person: Person, thing: Thing | None, args: Mapping[str, Any]
    ) -> Answer:
        changes = False if verb in SAFE else None
        if rule in ("anyone", "signed_in"):
            return Answer((200, 201, 302, 400, 422), changes)
        assert thing is not None, "the address is about no object"
        if rule == "sees":
            return Answer((200,), changes)
        if self.may(person, rule["deed"].format(**args), thing):
            changes = rule.get("changes", verb not in SAFE and rule["done"] != 404)
            return Answer((rule["done"],), None if changes == "perhaps" else changes)
        return Answer((rule["refused"],))


def spread(route: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the other parts of the address."""
    args = route.get("args", {})
    return [dict(zip(args, values, strict=True)) for values in product(*args.values())]


def declared(route: Mapping[str, Any]) -> set[str]:
    """The verbs of an address, HEAD with GET."""
    named = {verb for verb in VERBS if verb in route}
    return named | {"HEAD"} if "GET" in named else named


# ── The page for people ──────────────────────────────────────────────────────
ROLES = {
    "staff": "经办人",
    "head": "单位负责人",
    "leader": "责任领导",
    "office": "整改办",
    "supervisor": "督导组",
    "admin": "系统管理员",
    "security": "安全管理员",
    "auditor": "审计员",
}
HEAD = """# Who may open and do what

Written by `python -m tests.access` from `tests/access_rules/`, which the tests hold every answer of the product to.
To whoever may not see an object it does not exist (404). Without signing in a page leads to the sign-in and the
interface answers 401 or 403. `admin`, `security` and `auditor` hold none of the rights below that they are not named for.

`tests/test_access_matrix.py` sends people × addresses × objects × verbs and compares (`PROOF=1`: more than 10,000
requests), `tests/test_canaries.py` and `tests/test_access_attacks.py` look for leaks and forged writes, and
[access-mutants.md](access-mutants.md) tells for each check of permission which request or test misses it when it is switched off.
"""


def page() -> str:
    """docs/access.md."""
    lines = [HEAD, "## Rights", "", "| right | roles |", "|---|---|"]
    for right, roles in RIGHTS.items():
        lines.append(f"| `{right}` | {'、'.join(ROLES[r] for r in roles)} |")
    lines += ["", "## Who sees what", "", "| object | 谁能看到 |", "|---|---|"]
    for sight in DOCUMENT["sight"].values():
        lines.append(f"| {sight['name']} | {sight['says']} |")
    lines += ["", "## Deeds", "", "| deed | 谁能办理 |", "|---|---|"]
    for deed, rule in DOCUMENT["deed"].items():
        lines.append(f"| `{deed}` | {rule['says']} |")
    lines += ["", "## Addresses", "", "| page | name | object | verb: for whom |", "|---|---|---|---|"]
    for name, route in ROUTES.items():
        kind = DOCUMENT["sight"][route["object"]]["name"] if "object" in route else "–"
        verbs = "; ".join(f"{v}: {_whom(route, route[v])}" for v in VERBS if v in route)
        lines.append(f"| {route['page']} | `{name}` | {kind} | {verbs} |")
    return "\n".join(lines) + "\n"


def _whom(route: Mapping[str, Any], rule: Any) -> str:
    told = f"who may `{rule['deed']}`" if isinstance(rule, dict) else rule.replace("_", " ")
    needs = [f"holds {route['gate']}"] if "gate" in route else []
    needs += [f"may `{route['only']}`"] if "only" in route else []
    return " and ".join([*needs, told] if told != "signed in" or not needs else needs)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
