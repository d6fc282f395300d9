"""From one line of the table to what happens on which day: acts in order, nothing done yet."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from notices.management.demo.cast import HEAD, OFFICE, OFFICE_TWO, STAFF, SUPERVISOR
from notices.management.demo.plot import MERGED_INTO, Chapter, Line, Words

Key = tuple[int, int]  # issue and task, counted from 1
PLANNED, ASSIGNED, ACCEPTED, FIRST = 102, 100, 98, 90  # days ago
HANDED_IN = ("submitted", "verifying", "completed", "sustained", "kept", "returned", "sent_back")
ENDINGS = {"rule": "docx", "fix": "pdf", "search": "xlsx"}
KEPT_OFFLINE = "相关材料涉及个人信息，已按规定线下报送核验。"
REVIEWED = "经复查，相关机制运行平稳，未发现反弹情形，予以转为完成。"
CLOSERS = (OFFICE_TWO, SUPERVISOR, OFFICE)


@dataclass(frozen=True)
class Beat:
    """`verb` is a step of the state table, or report, attach, nudge, comment. `paper` is the ending of a file."""

    days: int
    hour: int
    verb: str
    by: str
    data: dict[str, Any] = field(default_factory=dict)
    paper: str = ""


@dataclass(frozen=True)
class Act:
    """A beat of one task at its instant."""

    at: dt.datetime
    key: Key
    beat: Beat


def acts_of(
    chapter: Chapter, line: Line, key: Key, words: Words, *, today: dt.date, now: dt.datetime
) -> list[Act]:
    """On weekdays in office hours, in order, never after `now`."""
    acts: list[Act] = []
    last: dt.datetime | None = None
    for beat in beats_of(chapter, line, key, words):
        day = today - dt.timedelta(days=beat.days)
        day -= dt.timedelta(days=max(0, day.weekday() - 4))
        minute = (sum(key) * 7 + len(acts) * 13) % 60
        at = dt.datetime.combine(day, dt.time(beat.hour, minute), now.tzinfo)
        if last is not None and at <= last:
            at = last + dt.timedelta(minutes=20)
        last = min(at, now)
        acts.append(Act(last, key, beat))
    return acts


def beats_of(chapter: Chapter, line: Line, key: Key, words: Words) -> Iterator[Beat]:
    fate, staff = line.fate, STAFF[chapter.lead]
    if fate in ("draft", "planned"):
        return
    if fate == "pending":
        yield Beat(2, 9, "assign", OFFICE)
        return
    yield Beat(ASSIGNED, 9, "assign", OFFICE)
    if fate == "declined":
        yield Beat(ACCEPTED, 10, "decline", staff, {"reason": line.why})
        return
    yield Beat(ACCEPTED, 10, "accept", staff)
    yield from _reports(chapter, line, key, words)
    yield from _end(chapter, line, key, words)


def _reports(chapter: Chapter, line: Line, key: Key, words: Words) -> Iterator[Beat]:
    """Every few weeks up to the latest words; the helpers' just before those."""
    staff, turn = STAFF[chapter.lead], sum(key)
    begun = {"text": words.begun[turn % len(words.begun)], "next_step": words.next[turn % len(words.next)]}
    yield Beat(FIRST, 15, "report", staff, begun)
    if not line.said:
        return
    latest = _latest(line, key)
    for days in (62, 41, 20):
        if days > latest + 6:
            text = words.under_way[(turn + days) % len(words.under_way)]
            then = words.next[(turn + days) % len(words.next)]
            yield Beat(days, 16, "report", staff, {"text": text, "next_step": then})
    if line.fate == "answered":
        yield Beat(9, 9, "nudge", OFFICE, {"text": words.pushed[turn % len(words.pushed)]})
    for place, helper in enumerate(chapter.helpers):
        said = words.helped[(turn + place) % len(words.helped)]
        yield Beat(latest + 1, 10 + place, "report", STAFF[helper], {"text": said})
    if line.fate == "relapsed":
        return
    data = {"text": line.said, "blocked": line.blocked}
    if line.fate not in HANDED_IN:
        data["next_step"] = words.next[(turn + 1) % len(words.next)]
    yield Beat(latest, 11, "report", staff, data, paper=_paper(line, key))


def _latest(line: Line, key: Key) -> int:
    if line.done:
        return line.done + 1
    return {"pushed": 16, "pushed_twice": 21, "answered": 4}.get(line.fate, 2 + sum(key) % 6)


def _paper(line: Line, key: Key) -> str:
    """Everything handed in has a file but for a few, which say why; some work under way has one."""
    if line.fate in HANDED_IN:
        return "" if _offline(key) else "png" if sum(key) % 9 == 0 else ENDINGS[line.kind]
    return ENDINGS[line.kind] if sum(key) % 4 == 0 else ""


def _offline(key: Key) -> bool:
    return key in ((11, 3), (16, 2), (17, 2))


def _end(chapter: Chapter, line: Line, key: Key, words: Words) -> Iterator[Beat]:
    staff, fate = STAFF[chapter.lead], line.fate
    if fate in HANDED_IN or fate == "relapsed":
        yield from _hand_in(chapter, line, key, words)
    elif fate in ("pushed", "pushed_twice"):
        if fate == "pushed_twice":
            yield Beat(12, 9, "nudge", chapter.leader, {"text": words.pushed[0]})
        yield Beat(
            6, 9, "nudge", OFFICE if fate == "pushed_twice" else chapter.leader, {"text": words.pushed[1]}
        )
    elif fate == "reassigned":
        yield Beat(3, 10, "reassign", OFFICE, {"reason": line.why, "lead": "nongye"})
    elif fate == "cancelled":
        yield Beat(30, 10, "cancel", OFFICE, {"reason": line.why})
    elif fate == "merged":
        yield Beat(60, 10, "cancel", OFFICE, {"merged": MERGED_INTO})
    if fate == "kept":
        yield Beat(12, 10, "attach", staff, paper="pdf")
        yield Beat(8, 15, "complete", OFFICE, {"reason": REVIEWED})


def _hand_in(chapter: Chapter, line: Line, key: Key, words: Words) -> Iterator[Beat]:
    staff, head, fate = STAFF[chapter.lead], HEAD[chapter.lead], line.fate
    outcome = "sustained" if fate in ("sustained", "kept") else "completed"
    claim: dict[str, Any] = {"outcome": outcome, "review_days": 90}
    if outcome == "sustained":
        claim["reason"] = line.why or "相关工作需常态化推进，建议定期复查。"
    if _offline(key) or fate == "relapsed":
        claim["no_evidence"] = KEPT_OFFLINE
    yield Beat(line.done, 15, "submit", staff, claim)
    if fate == "submitted":
        return
    if fate == "returned":
        yield Beat(line.done - 1, 16, "return", head, {"reason": line.why})
        return
    yield Beat(line.done - 1, 9, "approve", head)
    if fate == "verifying":
        return
    if fate == "sent_back":
        yield Beat(line.done - 3, 10, "return", SUPERVISOR, {"reason": line.why})
        return
    yield Beat(line.done - 4, 10, "close", CLOSERS[sum(key) % len(CLOSERS)], {"outcome": outcome})
    if fate == "relapsed":
        yield Beat(18, 10, "reopen", SUPERVISOR, {"reason": line.why, "due": line.due})
        yield Beat(6, 11, "report", staff, {"text": line.said, "next_step": words.next[0]})
