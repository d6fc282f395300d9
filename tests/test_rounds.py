"""What is left out of one round is in the other: nothing falls between the two."""

import re

import pytest

from tests import rounds
from tests.processes import ROOT

EDGE = "tests/notices/views/test_tasks.py"
NAMES = [f"{EDGE}::test_{n}" for n in range(40)]


@pytest.fixture
def both(monkeypatch):
    """As in the run of both rounds."""
    monkeypatch.setattr(rounds, "ONE_OF_TWO", True)


@pytest.mark.usefixtures("both")
def test_of_the_edges_each_round_has_a_share():
    here = [name for name in NAMES if rounds.belongs(name, set())]

    assert 10 < len(here) < 30


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    ("test", "marks"),
    [
        (EDGE, {"pure"}),
        (EDGE, {"postgres", "django_db"}),
        ("tests/notices/domain/test_rollup.py", {"django_db"}),
    ],
)
def test_what_only_one_round_runs_is_not_shared_out(test, marks):
    assert all(rounds.belongs(f"{test}::test_{n}", marks) for n in range(40))


def test_a_test_of_one_round_tries_the_cases_of_both():
    files = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if str(path.relative_to(ROOT)).startswith(rounds.EDGES)
    ]

    assert len(files) > 40
    assert [path.name for path in files if re.search(r"\bmine\(", path.read_text("utf-8"))] == [], (
        "take dealt()"
    )
