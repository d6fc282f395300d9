"""The table of the story, plot.toml, as records."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
MERGED_INTO = (6, 2)  # issue and task that take in the merged one


@dataclass(frozen=True)
class Line:
    """One task. `due` and `done` count days from the day the demo is loaded; see plot.toml."""

    kind: str
    fate: str
    due: int | None = None
    done: int = 0
    said: str = ""
    blocked: str = ""
    why: str = ""


@dataclass(frozen=True)
class Chapter:
    """One issue. `lead` and `helpers` are keys of cast.py, `others` names of units that are not in the system."""

    lead: str
    leader: str
    lines: tuple[Line, ...]
    helpers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """Reports before the latest one, next steps, helpers' reports, pushes: taken in turn."""

    begun: tuple[str, ...]
    under_way: tuple[str, ...]
    next: tuple[str, ...]
    helped: tuple[str, ...]
    pushed: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """A comment on a task."""

    issue: int
    task: int
    days: int
    by: str
    said: str


def _table() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "plot.toml").read_text("utf-8"))


@cache
def read_plot() -> tuple[tuple[Chapter, ...], Words]:
    table = _table()
    chapters = tuple(
        Chapter(
            lead=row["lead"],
            leader=row["leader"],
            lines=tuple(Line(**task) for task in row["task"]),
            helpers=tuple(row.get("helpers", ())),
            others=tuple(row.get("others", ())),
        )
        for row in table["issue"]
    )
    return chapters, Words(**{name: tuple(said) for name, said in table["words"].items()})


def read_comments() -> list[Said]:
    return [Said(**row) for row in _table()["comment"]]


def read_notice() -> str:
    """The notice with the places for its days: {start} {end} {feedback} {signed}."""
    return (FOLDER / "notice.txt").read_text("utf-8")
