"""Requests of the matrix: an address for an object, a body that would do the deed, what came back, what it changed."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import SimpleCookie
from django.test import Client
from django.urls import reverse

from accounts.models import Event
from notices.models import IntakeDraft, Issue, Notice, Task
from tests.access import ANONYMOUS, Person, Thing
from tests.access_areas import AREAS
from tests.access_world import PEOPLE, World, readable

CANARY = re.compile(rb"zk([a-zA-Z])(\d+)k")
# Secrets of forms, made by chance: of some thousand pages one holds what looks like a canary.
CHANCE = re.compile(rb'(data-csrf|name="csrfmiddlewaretoken" value|name="once" value)="[\w-]{24,64}"')
WRITE = re.compile(r'^\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM)\s+"([^"]+)"', re.IGNORECASE)
# Written beside the domain: sessions and sign-ins, counters of failed sign-ins, the tokens of forms that were sent.
EXEMPT = ("django_session", "axes_", "notices_spenttoken", "accounts_signin", "accounts_ratecount")
EVENTS = "accounts_event"  # also written when nothing was done
STEP = {
    "outcome": "completed",
    "reason": "按要求办理",
    "deadline": "2099-12-31",
    "review_days": "90",
    "no_evidence": "正在收集",
}
EDIT = ("heading", "kind", "leader_text", "contact_text", "contact_phone", "deadline", "review_days")
ROLES = ("lead", "responsible", "supporting")
ISSUE = ("detail", "source", "target", "leader_text", "lead_text", "responsible_text", "deadline")


@dataclass
class Got:
    """One answer. `text`: everything readable in it, unpacked. `written`: domain tables that were written to, `tables`
    those of them that held something else afterwards."""

    status: int
    to: str
    text: bytes
    written: set[str]
    tables: set[str]
    kind: str
    headers: dict[str, str] = field(repr=False, default_factory=dict)

    @property
    def changed(self) -> bool:
        return bool(self.tables)

    @property
    def canaries(self) -> set[str]:
        found = CANARY.findall(CHANCE.sub(rb"\1", self.text))
        return {f"zk{kind.decode()}{int(pk)}k" for kind, pk in found}


def domain_tables() -> list[str]:
    tables = {m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.managed}
    return sorted(t for t in tables if not t.startswith((*EXEMPT, EVENTS)))


def dump() -> dict[str, str]:
    """Table → a digest of all its rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in domain_tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def last_event() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


@contextmanager
def watching() -> Iterator[set[str]]:
    """The domain tables written to meanwhile, also by what is taken back."""
    written: set[str] = set()

    def watch(execute, sql, params, many, context):
        found = WRITE.match(sql)
        if found and not found[1].startswith(EXEMPT):
            written.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield written


@dataclass
class Sender:
    """Sends as anybody; whatever a request changes is taken back."""

    world: World
    keys: dict[str, str] = field(default_factory=dict)
    may_read: dict[str, set[str]] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        for code, user in self.world.users.items():
            client = Client()
            client.force_login(user)
            self.keys[code] = client.cookies["sessionid"].value
        for person in (*PEOPLE.values(), ANONYMOUS):
            self.may_read[person.code] = readable(self.world, person)
        self.before = dump()

    def client(self, person: Person) -> Client:
        client = Client()
        client.cookies = SimpleCookie()
        if person is not ANONYMOUS:
            client.cookies["sessionid"] = self.keys[person.code]
        return client

    def send(self, person: Person, verb: str, url: str, data: Any = None, **headers: str) -> Got:
        """`data` as a form, or as JSON to the API."""
        self.sent += 1
        more: dict[str, Any] = {"headers": headers}
        if verb not in ("GET", "HEAD", "OPTIONS") and url.startswith("/api/"):
            more |= {"data": json.dumps(data or {}), "content_type": "application/json"}
        elif data is not None:
            more["data"] = data
        last = last_event()
        with watching() as written, transaction.atomic():
            response = getattr(self.client(person), verb.lower())(url, **more)
            text = readable_text(response)
            if last_event() != last:
                written.add(EVENTS)  # many rows at once are copied, which no wrapper sees
            now = dump() if written - {EVENTS} else self.before
            tables = {name for name, digest in now.items() if digest != self.before[name]}
            transaction.set_rollback(True)
        return Got(
            response.status_code,
            response.headers.get("Location", ""),
            text,
            written,
            tables,
            response.headers.get("Content-Type", ""),
            dict(response.headers),
        )


def readable_text(response: Any) -> bytes:
    """Body, headers, and the sentences kept for the next page; archives unpacked."""
    if response.streaming:
        body = b"".join(response.streaming_content)
    else:
        body = response.content
    said = [str(m) for m in get_messages(response.wsgi_request)] if response.status_code == 302 else []
    heads = [f"{name}: {value}" for name, value in response.headers.items()]
    return b"\n".join([unpacked(body), *(line.encode() for line in (*heads, *said))])


def unpacked(body: bytes) -> bytes:
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        return b"\n".join(unpacked(package.read(name)) for name in package.namelist())


# ── Addresses and bodies ─────────────────────────────────────────────────────
def url_of(name: str, thing: Thing | None, args: dict[str, Any]) -> str:
    return reverse(name, kwargs={"pk": thing.pk, **args} if thing else args)


def headers_of(name: str) -> dict[str, str]:
    if name == "notices:task_cell":
        return {"HX-Request": "true"}
    return {"If-Match": "*"} if name.startswith("api:") else {}


def body_of(world: World, name: str, thing: Thing | None, args: dict[str, Any]) -> dict[str, Any]:
    """What would do the deed, if the person may."""
    if name in ("notices:task_step", "api:task-step"):
        return _step(world, name, thing)
    maker = _BODIES.get(name)
    return maker(world, thing) if maker else {}


def _step(world: World, name: str, thing: Thing) -> dict[str, Any]:
    """Another unit of the party takes over; the outcome is the one claimed."""
    other = "a2" if thing.lead == "a1" else f"{thing.party}1"
    other = other if thing.party == "a" or other != thing.lead else thing.party
    return {**STEP, "lead_unit": world.units[other].pk}


def _edit(world: World, thing: Thing) -> dict[str, Any]:
    row = Task.objects.get(pk=thing.pk)
    empty = dict.fromkeys((*EDIT, *ROLES), "")
    base = {**empty, "text": row.text, "remark": row.remark}
    return {**empty, "text": row.text, "remark": "已核对", "base": json.dumps(base)}


def _issue_edit(world: World, thing: Thing) -> dict[str, Any]:
    title = Issue.objects.get(pk=thing.pk).title
    empty = dict.fromkeys(ISSUE, "")
    return {**empty, "title": f"{title}（已改）", "base": json.dumps({**empty, "title": title})}


def _draft(thing: Thing, **more: Any) -> dict[str, Any]:
    row = IntakeDraft.objects.get(pk=thing.pk)
    last = max(node["id"] for node in row.nodes)
    return {"version": row.version, "node": last, **more}


def _fill(world: World, thing: Thing) -> dict[str, Any]:
    task = Task.objects.filter(notice=thing.pk).exclude(state="cancelled").order_by("pk").first()
    return {"task": [task.pk], "leader_text": "某领导"}


_BODIES = {
    "notices:notice_stage": lambda w, t: {
        "stage": "published",
        "version": Notice.objects.get(pk=t.pk).version,
    },
    "notices:ledger_mapping": lambda w, t: {"sent": "1"},
    "notices:task_report": lambda w, t: {"text": "已完成排查"},
    "notices:task_attach": lambda w, t: {
        "attach-files": SimpleUploadedFile("说明.txt", "会议纪要".encode(), "text/plain")
    },
    "notices:task_comment": lambda w, t: {"comment-text": "请抓紧"},
    "notices:task_edit": _edit,
    "notices:task_nudge": lambda w, t: {"text": "请抓紧"},
    "notices:task_cell": lambda w, t: {"value": "新写的进展", "seen": ""},
    "notices:evidence_void": lambda w, t: {"why": "传错了"},
    "notices:issue_edit": _issue_edit,
    "notices:planning_fill": _fill,
    "notices:intake_move": lambda w, t: _draft(t, move="edit", text="改过的内容"),
    "notices:intake_header": lambda w, t: {"title": "改过的标题"},
    "notices:intake_confirm": lambda w, t: _draft(t),
    "api:issue-detail": lambda w, t: {"target": "年底前全部建成"},
    "api:task-detail": lambda w, t: {"remark": "已核对", "heading": "改过的标题"},
    "api:task-nudge": lambda w, t: {"text": "请抓紧"},
}
for _area in AREAS:
    _BODIES |= _area.BODIES
