"""What docs/asvs.md and docs/dengbao.md claim is proved by tests that exist."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ASVS, DENGBAO = ROOT / "docs" / "asvs.md", ROOT / "docs" / "dengbao.md"
PROOF = re.compile(r"`([\w/]+\.py)::(\*|test_\w+)`")
PROVED = {"holds", "partly", "profile", "符合", "部分"}
REASONED = {"not met", "deployment", "n/a", "部署", "不适用"}


def rows(page: Path) -> list[list[str]]:
    """Cells of the rows of requirements: number first."""
    lines = [line.strip("|").split("|") for line in page.read_text("utf-8").splitlines() if line[:3] > "| 0"]
    return [[cell.strip() for cell in line] for line in lines if re.match(r" \d", line[0])]


def missing(page: Path) -> list[str]:
    found = PROOF.findall(page.read_text("utf-8"))
    return [f"{path}::{name}" for path, name in found if not exists(path, name)]


def exists(path: str, name: str) -> bool:
    file = ROOT / "tests" / path
    if not file.exists():
        return False
    wanted = r"^\s*def test_" if name == "*" else rf"^\s*def {name}\("
    return re.search(wanted, file.read_text("utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize("page", [ASVS, DENGBAO], ids=["asvs", "dengbao"])
def test_every_test_that_is_named_exists(page):
    assert missing(page) == []


@pytest.mark.parametrize(("page", "answer"), [(ASVS, 3), (DENGBAO, 2)], ids=["asvs", "dengbao"])
def test_every_answer_is_proved_or_reasoned(page, answer):
    wrong = []
    for row in rows(page):
        said, why, proof = row[answer], row[answer + 1], row[answer + 2]
        good = bool(PROOF.search(proof)) if said in PROVED else said in REASONED and bool(why)
        if not good:
            wrong.append(row[0])
    assert wrong == []


def test_every_requirement_of_levels_one_and_two_stands_once():
    numbers = [row[0] for row in rows(ASVS)]
    levels = Counter(row[1] for row in rows(ASVS))
    assert len(numbers) == len(set(numbers))
    assert levels == {"1": 70, "2": 183}


def test_a_name_that_does_not_exist_is_found():
    assert not exists("test_standards.py", "test_nothing_of_the_kind")
    assert not exists("test_nowhere.py", "*")
    assert exists("test_standards.py", "test_a_name_that_does_not_exist_is_found")
