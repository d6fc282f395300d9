"""What a search found, as a line to show: where it stands, and the words in their surroundings."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localtime

from accounts.models import User
from notices.domain import search
from notices.models import Evidence, Issue, Notice, Progress, Task
from notices.terms import Sought, UnitRole

_BEFORE, _AFTER = 24, 70  # characters shown around the words
_TITLE = 60
_LABELS = {
    "number": "编号",
    "detail": "具体表现",
    "title": "问题",
    "leader_text": "责任领导",
    "contact_text": "责任人",
}
_LABELS |= {
    "lead_text": "牵头单位",
    "responsible_text": "责任单位",
    "heading": "措施标题",
    "text": "整改措施",
}
_LABELS |= {
    "latest_text": "整改进展",
    "next_step": "下一步打算",
    "blocked": "未完成原因",
    "units": "单位",
    "name": "文件名",
}


@dataclass(frozen=True)
class Place:
    """In which text the words stand: as `word` between `before` and `after`, as the text writes them."""

    where: str
    before: str
    word: str
    after: str


@dataclass(frozen=True)
class Hit:
    """`pk` is that of the thing found, `task` and `issue` those of the page to open (one of them)."""

    kind: Sought
    pk: int
    notice: Notice
    number: str
    title: str
    place: Place
    task: int | None = None
    issue: int | None = None
    by: str = ""

    @property
    def in_title(self) -> bool:
        """The title itself holds the words, and is shown whole."""
        return self.title == f"{self.place.before}{self.place.word}{self.place.after}"


def rows_of(kind: Sought, words: str, user: User, notice: Notice | None = None) -> QuerySet[Any]:
    """What the person may see of this kind with these words, joined for `hits`; of one notice or of all."""
    rows = search.seen(kind, user)
    if notice is not None:
        rows = rows.filter(**{"notice" if kind in (Sought.ISSUE, Sought.TASK) else "task__notice": notice})
    found = search.containing(rows, kind, words)
    if kind == Sought.ISSUE:
        return found.select_related("notice").defer("notice__text")
    if kind == Sought.TASK:
        joined = found.select_related("notice", "issue").prefetch_related("task_units")
        return joined.defer("notice__text", "issue__detail")
    return found.select_related("task__notice").defer("task__notice__text")


def hits(kind: Sought, rows: Iterable[Any], words: str) -> list[Hit]:
    return [_MAKE[kind](row, words.strip()) for row in rows]


def _issue(row: Issue, words: str) -> Hit:
    place = _place(
        _texts(row, "title", "detail", "leader_text", "lead_text", "responsible_text", "number"), words
    )
    return Hit(Sought.ISSUE, row.pk, row.notice, row.number, row.title, place, issue=row.pk)


def _task(row: Task, words: str) -> Hit:
    texts = _texts(row, "heading", "text", "latest_text", "leader_text", "contact_text", "number")
    texts["title"] = row.issue.title
    texts["units"] = "、".join(u.unit_text for u in row.task_units.all() if u.role != UnitRole.FORMER)
    return _on_task(Sought.TASK, row.pk, row, _place(texts, words))


def _progress(row: Progress, words: str) -> Hit:
    texts = {"latest_text": row.text, **_texts(row, "next_step", "blocked")}
    return _on_task(Sought.PROGRESS, row.pk, row.task, _place(texts, words), by=_by(row))


def _evidence(row: Evidence, words: str) -> Hit:
    return _on_task(Sought.EVIDENCE, row.pk, row.task, _place(_texts(row, "name"), words), by=_by(row))


_MAKE: Mapping[Sought, Callable[[Any, str], Hit]] = {
    Sought.ISSUE: _issue,
    Sought.TASK: _task,
    Sought.PROGRESS: _progress,
    Sought.EVIDENCE: _evidence,
}


def _texts(row: Issue | Task | Progress | Evidence, *names: str) -> dict[str, str]:
    return {name: getattr(row, name) for name in names}


def _on_task(kind: Sought, pk: int, task: Task, place: Place, *, by: str = "") -> Hit:
    return Hit(
        kind, pk, task.notice, task.number, _short(task.heading or task.text), place, task=task.pk, by=by
    )


def _by(row: Progress | Evidence) -> str:
    return f"{row.by_name} {localtime(row.at):%Y-%m-%d}"


def _short(text: str) -> str:
    return text if len(text) <= _TITLE else f"{text[: _TITLE - 1]}…"


def _place(texts: Mapping[str, str], words: str) -> Place:
    """The first text that holds the words; the beginning of one when none does letter by letter."""
    pattern = re.compile(re.escape(words), re.IGNORECASE)
    for name, text in texts.items():
        found = pattern.search(text)
        if found:
            return Place(_LABELS[name], *_around(text, found.start(), found.end()))
    name, text = next(((n, t) for n, t in texts.items() if t), ("text", ""))
    return Place(_LABELS[name], *_around(text, 0, 0))


def _around(text: str, start: int, end: int) -> tuple[str, str, str]:
    before, after = text[:start], text[end:]
    if len(before) > _BEFORE:
        before = f"…{before[-_BEFORE:]}"
    if len(after) > _AFTER:
        after = f"{after[:_AFTER]}…"
    return before, text[start:end], after
