"""Imports go down the table of docs/architecture.md, never up; every other rule of the house that a machine can hold.

A rule here is changed by a decision record, not in passing.
"""

import ast
import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The halves of ledger and report that know the database.
STORED = [f"notices.ledger.{name}" for name in ("load", "export", "uploads", "convert", "returns", "settle")]
STORED += [
    "notices.ledger.apply",
    "notices.ledger.additions",
    "notices.ledger.changes",
    "notices.ledger.lines",
    "notices.ledger.frozen",
    "notices.ledger.origin",
    "notices.report.load",
]

# First match wins. A file may import files of its own level or lower.
LEVELS = [
    (0, ["notices.terms", "notices.errors", "notices.records"]),
    (3, ["notices.domain", "notices.domain.*", *STORED]),
    (
        3,
        [
            "accounts.people",
            "accounts.credentials",
            "accounts.slips",
            "accounts.sessions",
            "accounts.passwords",
            "accounts.stand_ins",
            "accounts.tokens",
            "accounts.sso",
            "accounts.sso.*",
            "accounts.rates",
            "accounts.answers",
            "accounts.control",
            "accounts.posts",
            "accounts.enrolment",
            "accounts.unused",
            "accounts.second_factor",
        ],
    ),
    (1, ["accounts.phones", "notices.locks"]),
    (1, ["notices.lights", "notices.text", "notices.text.*", "accounts.files", "accounts.files.*"]),
    (1, ["notices.ledger", "notices.ledger.*", "notices.report", "notices.report.*"]),
    (2, ["accounts.models", "accounts.roles", "accounts.access", "accounts.audit", "accounts.audit_archive"]),
    (2, ["accounts.sql"]),
    (
        2,
        [
            "accounts.matching",
            "accounts.person",
            "accounts.roster",
            "accounts.vault",
            "accounts.roster_form",
        ],
    ),
    (2, ["notices.models", "notices.models.*", "notices.sql", "notices.sql.*"]),
    (
        4,
        [
            "notices.forms",
            "notices.forms.*",
            "notices.filters",
            "notices.register_filters",
            "notices.charts",
            "accounts.forms",
        ],
    ),
    (5, ["notices.views", "notices.views.*", "notices.api", "notices.api.*", "notices.jobs"]),
    (
        5,
        [
            "*.admin",
            "*.apps",
            "*.urls",
            "*.views",
            "*.context",
            "accounts.middleware",
            "accounts.factor_views",
            "accounts.elsewhere",
            "*.management",
            "*.management.*",
        ],
    ),
    (5, ["*.templatetags", "*.templatetags.*", "tracker", "tracker.*"]),
]
# Sideways and special bans: (importer, imported, why).
BANNED = [
    ("accounts*", "notices*", "accounts knows nothing of the domain"),
    ("accounts*", "tracker*", "the project wires the apps, never the other way"),
    ("notices*", "tracker*", "the project wires the apps, never the other way"),
    ("notices.api*", "notices.views*", "two faces of one domain never call each other"),
    ("notices.views*", "notices.api*", "two faces of one domain never call each other"),
]
# Files that work on text, cells and bytes alone: they run without database, settings and clock.
PURE = [
    "notices.errors",
    "notices.records",
    "notices.text*",
    "notices.ledger*",
    "notices.report*",
    "accounts.files*",
    "accounts.phones",
    "notices.locks",
]
FRAMEWORKS = {"django", "rest_framework", "celery", "environ"}
# Files that may not write to the database: they call the domain instead.
NO_WRITES = ["notices.views*", "notices.api*", "notices.forms*", "notices.filters", "notices.jobs"]
NO_WRITES += [
    "accounts.views",
    "accounts.factor_views",
    "accounts.elsewhere",
    "accounts.forms",
    "*.management.*",
    "*.templatetags*",
]
NO_WRITES += ["notices.register_filters"]
WRITES = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
SIGNALS = ("django.dispatch", "django.db.models.signals", "django.core.signals", "celery.signals")
VAGUE = {"utils", "util", "helpers", "common", "misc", "manager", "managers", "handler", "handlers"}
OURS = ("accounts", "notices", "tracker")

EVERY = [path for app in OURS for path in sorted((ROOT / app).rglob("*.py"))]
FILES = [path for path in EVERY if "migrations" not in path.parts]
MIGRATIONS = [path for path in EVERY if "migrations" in path.parts and path.name != "__init__.py"]


@cache
def nodes_of(path):
    """Every node of the file; read when the first rule asks, not when the tests are collected."""
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def matches(name, patterns):
    return any(fnmatch(name, pattern) for pattern in patterns)


@cache
def level_of(module):
    return next((level for level, patterns in LEVELS if matches(module, patterns)), None)


@cache
def is_module(dotted):
    target = ROOT / Path(*dotted.split("."))
    return target.with_suffix(".py").exists() or target.is_dir()


@cache
def imports_of(path):
    """(module, line); `from notices import workflow` names a module, not an attribute."""
    found = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                ours = full.split(".")[0] in OURS and is_module(full)
                found.append((full if ours else node.module, node.lineno))
    return found


def functions_of(path):
    return [n for n in nodes_of(path) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def calls_of(path):
    """(name, line, receiver) of every method call; `book.save(target)` writes a file and is none of these."""
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "save" and node.args:
                continue
            yield node.func.attr, node.lineno, ast.unparse(node.func.value)


def chosen(patterns, *, but=()):
    return [path for path in FILES if matches(name_of(path), patterns) and not matches(name_of(path), but)]


@pytest.fixture(scope="module", autouse=True)
def forget():
    """The trees of all files are large."""
    yield
    nodes_of.cache_clear()


def breaches(rule, paths=FILES):
    """What a rule finds in which file: one test for each rule, that names every file against it."""
    assert paths != []
    return {name_of(path): found for path in paths if (found := rule(path))}


def test_every_file_has_a_level():
    assert [name for name in map(name_of, FILES) if name not in OURS and level_of(name) is None] == []


def test_imports_point_down():
    def up(path):
        mine = level_of(name_of(path))
        targets = [(target, line, level_of(target)) for target, line in imports_of(path)]
        return [f"line {line}: {t}" for t, line, level in targets if level is not None and level > mine]

    assert breaches(up, [path for path in FILES if name_of(path) not in OURS]) == {}


def test_banned_pairs():
    def banned(path):
        return [
            f"line {line}: {target} ({why})"
            for importer, imported, why in BANNED
            if fnmatch(name_of(path), importer)
            for target, line in imports_of(path)
            if fnmatch(target, imported)
        ]

    assert breaches(banned) == {}


def test_pure_files_know_no_framework():
    def known(path):
        return [f"line {line}: {t}" for t, line in imports_of(path) if t.split(".")[0] in FRAMEWORKS]

    assert breaches(known, chosen(PURE, but=STORED)) == {}


def clocks_of(path):
    bad = []
    for node in nodes_of(path):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).split(".")[-1]
            clock = {"timezone": ("now", "localdate", "localtime"), "datetime": ("now", "utcnow", "today")}
            clock |= {"date": ("today",), "time": ("time", "localtime", "gmtime")}
            if node.attr in clock.get(owner, ()):
                bad.append(f"line {node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.keyword) and node.arg in ("auto_now", "auto_now_add"):
            bad.append(f"line {node.value.lineno}: {node.arg}")
    return bad


def test_only_edges_read_the_clock():
    assert breaches(clocks_of, [p for p in FILES if (level_of(name_of(p)) or 0) < 5]) == {}


def test_edges_do_not_write():
    def writes(path):
        calls = list(calls_of(path))
        bad = [f"line {line}: .{name}()" for name, line, _ in calls if name in WRITES]
        return bad + [
            f"line {line}: .{name}()"
            for name, line, receiver in calls
            if name in ("update", "delete") and (".objects" in receiver or "filter(" in receiver)
        ]

    assert breaches(writes, chosen(NO_WRITES)) == {}


def test_models_hold_no_writes_and_no_logic_in_save():
    def logic(path):
        overridden = [f.name for f in functions_of(path) if f.name in ("save", "delete", "full_clean")]
        calls = [f"line {line}: .{name}()" for name, line, _ in calls_of(path) if name in WRITES | {"delete"}]
        return overridden + calls

    assert breaches(logic, chosen(["*.models", "notices.models.*"])) == {}


def test_no_signals():
    def signals(path):
        return [t for t, _ in imports_of(path) if t.startswith(SIGNALS)]

    assert breaches(signals) == {}


def state_writers():
    """Files where `.state =`, `update(state=…)` or `bulk_update(…, ["state"])` stands, but for models other than Task."""
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.Assign | ast.AugAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                flat = [t for target in targets for t in getattr(target, "elts", [target])]
                hit = any(isinstance(t, ast.Attribute) and t.attr == "state" for t in flat)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                named = any(keyword.arg == "state" for keyword in node.keywords)
                listed = any(isinstance(c, ast.Constant) and c.value == "state" for c in ast.walk(node))
                hit = (node.func.attr == "update" and named) or (node.func.attr == "bulk_update" and listed)
                model = re.match(r"(\w+)\.objects\b", ast.unparse(node.func.value))
                hit = hit and (model is None or model[1] == "Task")
            else:
                continue
            if hit:
                yield name_of(path)


def test_state_is_written_in_one_file():
    assert set(state_writers()) == {"notices.domain.workflow"}


def test_migrations_import_nothing_of_ours():
    def ours(path):
        return [t for t, _ in imports_of(path) if t.split(".")[0] in OURS]

    assert breaches(ours, MIGRATIONS) == {}


def test_imports_stand_at_the_top_and_are_absolute():
    def misplaced(path):
        nodes = [n for f in functions_of(path) for n in ast.walk(f)]
        inside = [n.lineno for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
        return inside + [n.lineno for n in nodes_of(path) if isinstance(n, ast.ImportFrom) and n.level]

    assert breaches(misplaced, EVERY) == {}


def test_sizes_and_names():
    def large(path):
        long = [f.name for f in functions_of(path) if f.end_lineno - f.lineno + 1 > 60]
        lines = len(path.read_text("utf-8").splitlines())
        return long + [f"{lines} lines"] * (lines > 400) + ["a vague name"] * (path.stem in VAGUE)

    assert breaches(large) == {}


@pytest.mark.parametrize(
    ("module", "level"),
    [
        ("notices.terms", 0),
        ("notices.ledger.plan", 1),
        ("accounts.files.gate", 1),
        ("notices.models.task", 2),
        ("notices.ledger.apply", 3),
        ("accounts.people", 3),
        ("accounts.forms", 4),
        ("notices.management.commands.run_due", 5),
        ("tracker.settings", 5),
        ("accounts.surprise", None),
    ],
)
def test_levels_are_those_of_the_architecture(module, level):
    assert level_of(module) == level
