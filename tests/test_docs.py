"""Documents keep their promises: links lead somewhere, commands exist, decisions are listed, nothing names a machine."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = [page.parent / found for found in LINK.findall(page.read_text("utf-8"))]

    assert [str(t.relative_to(ROOT)) for t in targets if not t.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_exist(page):
    named = set(COMMAND.findall(page.read_text("utf-8")))

    assert named - set(get_commands()) == set()


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
