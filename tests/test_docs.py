"""Documents keep their promises: links lead somewhere, commands exist, decisions are listed, nothing names a machine."""

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")


def test_links_lead_somewhere():
    links = [(page, found) for page in PAGES for found in LINK.findall(page.read_text("utf-8"))]

    assert len(links) > 100
    assert [f"{page.name}: {found}" for page, found in links if not (page.parent / found).exists()] == []


def test_commands_exist():
    named = {name: page.name for page in PAGES for name in COMMAND.findall(page.read_text("utf-8"))}

    assert len(named) > 10
    assert {name: page for name, page in named.items() if name not in get_commands()} == {}


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = LINK.findall((folder / "README.md").read_text("utf-8"))

    assert sorted(listed) == sorted(p.name for p in folder.glob("0*.md"))


def test_glossary_names_real_models():
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    source = "".join(p.read_text("utf-8") for p in (ROOT / "notices" / "models").glob("*.py"))
    named = re.findall(r"^\| `([A-Z]\w+)`", text, re.MULTILINE)

    assert [name for name in named if f"class {name}(" not in source] == []
    assert len(named) > 10
