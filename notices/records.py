"""Frozen records that cross borders between layers: no Django, no behaviour beyond small conveniences."""

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Warned:
    """Something the reader of a text noticed; `line` is 1-based, None when it concerns the whole text."""

    line: int | None
    code: str
    message: str


@dataclass(frozen=True)
class ParsedMeasure:
    heading: str | None
    text: str
    line: int


@dataclass(frozen=True)
class ParsedAspect:
    number: int
    title: str
    line: int


@dataclass(frozen=True)
class ParsedIssue:
    """A leaf of the outline. `path` = the aspect's number, then the printed numbers below it."""

    path: tuple[int, ...]
    title: str
    line: int
    progress: str | None  # terms.ParsedProgress
    progress_text: str | None
    measures: tuple[ParsedMeasure, ...]


@dataclass(frozen=True)
class ParsedOutcome:
    """A countable result named in a measure; a proposal until a person confirms it."""

    issue: tuple[int, ...] | None
    metric: str
    value: float
    unit: str
    text: str
    line: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contact:
    phone: str | None = None
    address: str | None = None
    postcode: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class ParsedNotice:
    """The outline of a notice or feedback letter, as notices/text reads it."""

    title: str | None = None
    inspected_party: str | None = None
    inspecting_body: str | None = None
    inspection_start: dt.date | None = None
    inspection_end: dt.date | None = None
    feedback_on: dt.date | None = None
    published_on: dt.date | None = None
    signed_by: str | None = None
    signed_on: dt.date | None = None
    contact: Contact = field(default_factory=Contact)
    aspects: tuple[ParsedAspect, ...] = ()
    issues: tuple[ParsedIssue, ...] = ()
    outcomes: tuple[ParsedOutcome, ...] = ()
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True)
class Campaign:
    """The days of a campaign that deadline words refer to."""

    plan_on: dt.date | None = None
    feedback_on: dt.date | None = None
    concentrated_until: dt.date | None = None
    immediate_days: int = 30


@dataclass(frozen=True)
class Deadline:
    """What deadline words mean. `problem` is a sentence when the words are not understood; then `day` is None."""

    text: str
    day: dt.date | None = None
    sustained: bool = False
    problem: str | None = None
