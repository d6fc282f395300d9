"""Every dependency is pinned, has a reason, and is used; everything used is a dependency."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.processes import ROOT

LINE = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[a-z]+\])?==[\w.]+ +# \S.*$")
# Used by the database address, the command line or the settings, not by an import of ours.
WIRED = {
    "argon2-cffi",
    "django-axes",
    "django-filter",
    "django-htmx",
    "drf-spectacular",
    "gunicorn",
    "psycopg",
    "pillow",
    "whitenoise",
}
OURS = {"accounts", "notices", "tracker", "tests"}
STANDARD = set(sys.stdlib_module_names)


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def lines_of(file):
    lines = [line for line in (ROOT / file).read_text("utf-8").splitlines() if line and line[0] not in "#-"]
    return [(line, LINE.match(line)) for line in lines]


def imported():
    names = set()
    for app in ("accounts", "notices", "tracker"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.split(".")[0])
    owners = packages_distributions()
    return {normal(owners[name][0]) for name in names - OURS - STANDARD}


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-sso.txt", "requirements-dev.txt"])
def test_every_line_is_pinned_and_has_its_reason(file):
    assert [line for line, found in lines_of(file) if not found] == []


def test_what_is_imported_is_required_and_what_is_required_is_used():
    text = (ROOT / "requirements.txt").read_text("utf-8").split("# What the above bring along")[0]
    direct = {normal(found[1]) for line, found in lines_of("requirements.txt") if found and line in text}

    text = (ROOT / "requirements-sso.txt").read_text("utf-8").split("# What the above bring along")[0]
    extra = {normal(found[1]) for line, found in lines_of("requirements-sso.txt") if found and line in text}

    assert imported() - direct - extra == set()
    assert (direct | extra) - imported() - WIRED == set()
