"""Three counties with everything in them, twice: as rows, and as plain things for the rules of access.

Every text and file carries a canary: `zk` + kind + number + `k`. A canary in an answer tells which object leaked.
"""

import datetime as dt
import hashlib
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone

from accounts.models import Membership, Unit, User
from accounts.roles import Role
from notices.domain import drafts
from notices.domain.evidence import store_path
from notices.ledger.export import export_ledger
from notices.ledger.uploads import keep, prepare
from notices.models import (
    Comment,
    Evidence,
    IntakeDraft,
    Issue,
    LedgerUpload,
    Message,
    Notice,
    Nudge,
    Task,
    TaskUnit,
    Transition,
)
from notices.terms import CLOSED_STATES, Stage, State
from notices.text.parse import parse_notice
from tests import factories
from tests.access import Person, Rules, Thing
from tests.access_areas import AREAS

UNITS: dict[str, str | None] = {
    "z": None, "a": "z", "a1": "a", "a1s": "a1", "a2": "a", "ah": "a",
    "b": "z", "b1": "b", "b1s": "b1", "b2": "b", "c": None, "c1": "c", "c1s": "c1",
}  # fmt: skip
NAMES = {
    "z": "云岭市", "a": "青禾县", "a1": "青禾县教育局", "a1s": "青禾县教育局基建办", "a2": "白石镇", "ah": "青禾县档案馆",
    "b": "临江县", "b1": "临江县水利局", "b1s": "临江县水利局河务站", "b2": "柳溪镇",
    "c": "望海区", "c1": "望海区民政局", "c1s": "望海区民政局救助站",
}  # fmt: skip
HELD: dict[str, tuple[tuple[str, str], ...]] = {
    "z_office": (("office", "z"),), "z_leader": (("leader", "z"),),
    "a_office": (("office", "a"),), "a_office2": (("office", "a"),), "a_leader": (("leader", "a"),),
    "a_supervisor": (("supervisor", "a"),), "a_admin": (("admin", "a"),),
    "a_security": (("security", "a"),), "a_auditor": (("auditor", "a"),),
    "a1_staff": (("staff", "a1"),), "a1_staff2": (("staff", "a1"),), "a1_head": (("head", "a1"),),
    "a1_leader": (("leader", "a1"),), "a1s_staff": (("staff", "a1s"),), "a1s_head": (("head", "a1s"),),
    "a2_staff": (("staff", "a2"),), "a2_head": (("head", "a2"),),
    "b_office": (("office", "b"),), "b_supervisor": (("supervisor", "b"),), "b_leader": (("leader", "b"),),
    "b1_staff": (("staff", "b1"),), "b1_head": (("head", "b1"),), "b1s_head": (("head", "b1s"),),
    "b2_staff": (("staff", "b2"),),
    "c_office": (("office", "c"),), "c1_staff": (("staff", "c1"),), "c1_head": (("head", "c1"),),
    "two_hats": (("staff", "a2"), ("head", "b2")), "nobody": (), "named": (), "fresh": (("office", "a"),),
}  # fmt: skip
PEOPLE = {code: Person(code, held, fresh=code == "fresh") for code, held in HELD.items()}
RULES = Rules(UNITS)
NOTICE_TEXT = """关于巡察整改情况的通报
一、党的建设方面
1.关于“学习不深入”的问题
整改措施：一是修订制度。二是开展学习。
2.关于“管理不严格”的问题
整改措施：清理台账。
"""


def canary(kind: str, pk: int) -> str:
    return f"zk{kind}{pk}k"


@dataclass
class World:
    """Rows by code; `things` by kind, in the order they were made."""

    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    things: dict[str, list[Thing]] = field(default_factory=dict)
    # kind → key → party of rows that are no things of their own: whoever sees the whole of the party sees them.
    beside: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, thing: Thing) -> Thing:
        self.things.setdefault(thing.kind, []).append(thing)
        return thing

    def task(self, **wanted: Any) -> Thing:
        """The first task of a running notice with these attributes."""
        wanted = {"stage": "running", **wanted}
        return next(
            t for t in self.things["task"] if all(getattr(t, name) == v for name, v in wanted.items())
        )


def build() -> World:
    world = World()
    for number, (code, above) in enumerate(UNITS.items(), start=1):
        name = f"{NAMES[code]}{canary('u', number)}"
        world.units[code] = factories.make_unit(name, parent=world.units[above] if above else None)
    for number, (code, held) in enumerate(HELD.items(), start=1):
        pairs = [(Role(role), world.units[unit]) for role, unit in held]
        user = factories.make_user(
            code, *pairs, name=f"人员{canary('p', number)}", email=f"{code}@example.cn"
        )
        world.users[code] = user
    User.objects.filter(username="fresh").update(must_change_password=True)
    for county in ("a", "b", "c"):
        _county(world, county)
        _drafts(world, county)
    _uploads(world)
    _messages(world)
    for area in AREAS:
        area.build(world)
    return world


# ── Tasks ────────────────────────────────────────────────────────────────────
def _county(world: World, county: str) -> None:
    """A running notice with tasks in every state; for the first county every other shape as well."""
    notice, first = _notice(world, county, Stage.RUNNING), f"{county}1"
    issue = _issue(notice)
    states = list(State) if county != "c" else [State.DRAFT, State.ACTIVE, State.VERIFYING]
    tasks = [_task(world, issue, first, county, state) for state in states]
    if county == "b":
        other = _issue(notice)
        tasks.append(
            _task(world, other, "b1s", county, State.SUBMITTED, applicant="b1s_head", approver="", sole=True)
        )
        tasks.append(_task(world, other, "b2", county, State.ACTIVE))
    if county == "a":
        tasks += _shapes(world, notice)
        for stage, kept in ((Stage.ARCHIVED, State.COMPLETED), (Stage.DRAFT, State.DRAFT)):
            old = _notice(world, county, stage)
            inside = _issue(old)
            more = [_task(world, inside, "a1", county, s, stage=stage) for s in (State.ACTIVE, kept)]
            _close_up(world, old, county, more)
    _close_up(world, notice, county, tasks)


def _shapes(world: World, notice: Notice) -> list[Thing]:
    """A sibling unit, a supporting one, a former lead, named leaders, a section, a unit without accounts, a part."""
    sibling, mixed, named = _issue(notice), _issue(notice), _issue(notice)
    parent = _task(world, mixed, "a1", "a", State.ACTIVE, open_parts=True)
    return [
        _task(world, sibling, "a2", "a", State.ACTIVE),
        _task(world, sibling, "a2", "a", State.PENDING),
        _task(world, mixed, "a2", "a", State.ACTIVE, supporting="a1s"),
        _task(world, mixed, "a1", "a", State.ACTIVE, former="a2"),
        _task(world, named, "a2", "a", State.ACTIVE, named="named"),
        _task(world, named, "a1", "a", State.PENDING, named="b_leader"),
        _task(world, named, "a1", "a", State.DRAFT, named="named"),
        _task(world, mixed, "a1s", "a", State.SUBMITTED, applicant="a1s_staff"),
        _task(world, mixed, "a1", "a", State.SUBMITTED, applicant="a1_head"),
        _task(world, mixed, "a1s", "a", State.VERIFYING, applicant="a1s_staff", approver="a1_head"),
        _task(world, sibling, "ah", "a", State.ACTIVE, unstaffed=True),
        parent,
        _task(world, mixed, "a2", "a", State.VERIFYING, parent=parent, applicant="a2_staff"),
        _task(world, mixed, "a1", "a", State.VERIFYING, stand_in="a_office2"),
    ]


def _notice(world: World, county: str, stage: Stage) -> Notice:
    row = factories.make_notice(world.units[county], title=f"{NAMES[county]}{stage.label}", stage=stage)
    raw, told = canary("x", row.pk), canary("n", row.pk)
    fields = {name: f"{told}字" for name in ("inspecting_body", "signed_by", "phone", "address", "email")}
    text = "\n".join(f"{raw}第{i}行" for i in range(1, 40))
    Notice.objects.filter(pk=row.pk).update(title=f"{told}{row.title}", text=text, **fields)
    return Notice.objects.get(pk=row.pk)


def _issue(notice: Notice) -> Issue:
    row = factories.make_issue(notice, title="待填", line=notice.issues.count() * 3 + 2)
    names = ("title", "detail", "source", "target", "leader_text", "lead_text", "responsible_text")
    Issue.objects.filter(pk=row.pk).update(**{name: f"{canary('i', row.pk)}{name}" for name in names})
    return Issue.objects.get(pk=row.pk)


_WORDS = (
    "heading", "text", "leader_text", "contact_text", "contact_phone", "latest_text", "latest_next",
    "latest_blocked", "remark",
)  # fmt: skip


def _task(
    world: World,
    issue: Issue,
    lead: str,
    county: str,
    state: State,
    *,
    stage: Stage = Stage.RUNNING,
    **more: Any,
) -> Thing:
    """The row with its records, and the thing. Applications come from the lead unit unless said otherwise."""
    if state in (State.SUBMITTED, State.VERIFYING):
        more.setdefault("applicant", f"{lead}_staff")
    if state == State.VERIFYING:
        more.setdefault("approver", f"{lead}_head")
    supporting, former, parent = more.pop("supporting", ""), more.pop("former", ""), more.pop("parent", None)
    people = {
        name: world.users[more[code]]
        for name, code in (("leader", "named"), ("applicant", "applicant"), ("approver", "approver"))
        if more.get(code)
    }
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    closed = {"closed_on": yesterday, "finished_on": yesterday} if state in CLOSED_STATES else {}
    row = factories.make_task(
        issue,
        lead=world.units[lead],
        state=state,
        supporting=(world.units[supporting],) if supporting else (),
        parent_id=parent.pk if parent else None,
        deadline=timezone.localdate() - dt.timedelta(days=3),
        **closed,
        **people,
    )
    if former:
        unit = world.units[former]
        with factories.rollup.kept([row.pk]):
            TaskUnit.objects.create(task=row, unit=unit, unit_text=unit.name, role="former", position=9)
    word = canary("t", row.pk)
    Task.objects.filter(pk=row.pk).update(**{name: f"{word}{name}" for name in _WORDS})
    if state != State.DRAFT:
        _records(world, row, lead, supporting, more)
    carrying = frozenset(u for u in (lead, supporting) if u)
    return Thing(
        kind="task",
        pk=row.pk,
        party=county,
        state=state.value,
        stage=stage.value,
        lead=lead,
        parent_lead=parent.lead if parent else "",
        carrying=carrying,
        parts=carrying | {u for u in (former,) if u} | (parent.parts if parent else frozenset()),
        **more,
    )


def _records(world: World, task: Task, lead: str, supporting: str, more: dict[str, Any]) -> None:
    word, at = canary("t", task.pk), timezone.now() - dt.timedelta(days=30)
    staff = world.users.get(f"{lead}_staff") or world.users.get(f"{lead}_head") or world.users["a_office2"]
    office = world.users[f"{lead[0]}_office"]
    for unit in filter(None, (lead, supporting)):
        factories.make_progress(
            task, unit=world.units[unit], by=staff, at=at,
            text=f"{word}进展", next_step=f"{word}下一步", blocked=f"{word}困难",
        )  # fmt: skip
    if more.get("stand_in"):
        by = world.users[more["stand_in"]]
        factories.make_progress(task, by=by, at=at, text=f"{word}代填", on_behalf=True)
    Comment.objects.create(task=task, text=f"{word}留言", by=staff, at=at)
    Nudge.objects.create(task=task, text=f"{word}催办", by=office, by_name=office.name, at=at)
    Transition.objects.create(
        task=task, step="accept", source=State.PENDING, target=State.ACTIVE, reason=f"{word}理由", by=staff,
        by_name=staff.name, at=at,
    )  # fmt: skip
    if not more.get("unstaffed"):
        _evidence(task, staff, word, kind=("txt", "docx")[task.pk % 2])


def _evidence(task: Task, by: User, word: str, *, kind: str) -> Evidence:
    """A row with its file in the store, after the task was closed."""
    content = f"{word}材料".encode()
    if kind == "docx":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("word/document.xml", f"<w:t>{word}材料</w:t>")
        content = packed.getvalue()
    row = factories.make_evidence(task, by=by, at=timezone.now(), name=f"{word}.{kind}")
    stored_as = f"access-{task.pk}.{kind}"
    (store_path() / stored_as).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    Evidence.objects.filter(pk=row.pk).update(
        stored_as=stored_as, kind=kind, sha256=digest, size=len(content)
    )
    return row


def _close_up(world: World, notice: Notice, county: str, tasks: list[Thing]) -> None:
    """The notice, its issues, and what hangs on its tasks, as things."""
    of = Thing(kind="notice", pk=notice.pk, party=county, stage=notice.stage, tasks=tuple(tasks))
    world.add(of)
    by_pk = {task.pk: task for task in tasks}
    rows = dict(Task.objects.filter(notice=notice).values_list("pk", "issue_id"))
    for issue in dict.fromkeys(rows.values()):
        inside = tuple(by_pk[pk] for pk, its in rows.items() if its == issue)
        world.add(Thing(kind="issue", pk=issue, party=county, stage=notice.stage, tasks=inside))
    for task in tasks:
        world.add(replace(task, notice=of))
        for kind, found in (("evidence", "evidence"), ("progress", "progress")):
            for pk in (
                getattr(Task.objects.get(pk=task.pk), found).order_by("pk").values_list("pk", flat=True)
            ):
                world.add(replace(task, kind=kind, pk=pk, tasks=(task,)))


# ── Drafts and messages ──────────────────────────────────────────────────────
def _drafts(world: World, county: str) -> None:
    """One to be put right, one that was confirmed and is untouched."""
    unit, by = world.units[county], world.users[f"{county}_office"]
    for confirmed in (False, True):
        text = f"{NOTICE_TEXT}（{county}{confirmed}）"
        row = drafts.begin(parse_notice(text), unit=unit, text=text, file_name="", by=by, at=timezone.now())
        word = canary("d", row.pk)
        nodes = [{**node, "text": f"{word}{node['text']}"} for node in row.nodes]
        kept = {"file_name": f"{word}.txt", "text": f"{word}\n{text}", "nodes": nodes, "past": [nodes]}
        kept["warnings"] = [{"line": 1, "code": "x", "message": f"{word}提示"}]
        kept["header"] = {**row.header, "title": f"{word}标题"}
        if confirmed:
            kept["notice"] = _taken(world, county)
        IntakeDraft.objects.filter(pk=row.pk).update(**kept)
        world.add(Thing(kind="draft", pk=row.pk, party=county, confirmed=confirmed))


def _taken(world: World, county: str) -> Notice:
    """A notice nobody has worked on: an outline of drafts without units."""
    notice = _notice(world, county, Stage.DRAFT)
    row = factories.make_task(_issue(notice), text=canary("t", 0))
    word = canary("t", row.pk)
    Task.objects.filter(pk=row.pk).update(text=f"{word}措施")
    thing = Thing(kind="task", pk=row.pk, party=county, state="draft", stage="draft", unstaffed=True)
    _close_up(world, notice, county, [thing])
    return notice


def _uploads(world: World) -> None:
    """The ledger of a running notice, downloaded and sent in again, by a unit and by the offices."""
    for code in ("a1_staff", "a_office", "b1_staff"):
        of = next(n for n in world.things["notice"] if n.party == code[0] and n.stage == "running")
        notice, by, at = Notice.objects.get(pk=of.pk), world.users[code], timezone.now()
        file = store_path().parent / f"{code}.xlsx"
        with file.open("w+b") as target:
            export_ledger(notice, target, by=by, at=at, today=timezone.localdate())
        sent = prepare(notice, str(file), name=file.name, by=by, at=at, today=timezone.localdate())
        row = keep(sent, notice, str(file), by=by, at=at)
        LedgerUpload.objects.filter(pk=row.pk).update(name=f"{canary('f', row.pk)}.xlsx")
        world.add(Thing(kind="upload", pk=row.pk, party=of.party, owner=code, notice=of))


def _messages(world: World) -> None:
    for code in ("a_office", "a1_staff", "a2_staff", "b1_staff", "c1_staff", "nobody"):
        user = world.users[code]
        row = Message.objects.create(recipient=user, kind="step", title="待填", at=timezone.now())
        word = canary("m", row.pk)
        Message.objects.filter(pk=row.pk).update(title=f"{word}消息", body=f"{word}正文")
        world.add(Thing(kind="message", pk=row.pk, owner=code))


# ── What a person may read ───────────────────────────────────────────────────
_KINDS = {
    "t": "task",
    "i": "issue",
    "n": "notice",
    "x": "notice",
    "d": "draft",
    "m": "message",
    "f": "upload",
}
for _area in AREAS:
    _KINDS |= _area.LETTERS


def readable(world: World, person: Person) -> set[str]:
    """Every canary this person may find in an answer, by the document."""
    found: set[str] = set()
    counties = {unit for _, held in person.held for unit in [held[0]]}
    # The leader a task names may be of another county; whoever sees the task sees who it is.
    named = {task.named for task in world.things["task"] if task.named and RULES.sees(person, task)}
    for letter, kind in _KINDS.items():
        for thing in world.things.get(kind, ()):
            seen = RULES.sees(person, thing)
            if letter == "x":
                seen = RULES.has(person, "whole", thing.party)
            if seen:
                found.add(canary(letter, thing.pk))
                counties |= {thing.party} - {""}
    if "z" in counties:
        counties |= {"a", "b"}
    if counties & {"a", "b"}:
        counties.add("z")
    if RULES.holds(person, "read_audit"):  # whoever reads the log reads every name in it
        counties = set("zabc")
    theirs = {unit for code in named for _, unit in HELD[code]}
    found |= {
        canary("u", i) for i, code in enumerate(UNITS, start=1) if code[0] in counties or code in theirs
    }
    own = named | {
        c for c, held in HELD.items() if c == person.code or any(u[0] in counties for _, u in held)
    }
    own |= {"named"} if "a" in counties else set()
    return found | {canary("p", i) for i, code in enumerate(HELD, start=1) if code in own}


def dismiss(user: User) -> None:
    """Take every role from a person."""
    Membership.objects.filter(user=user).delete()
