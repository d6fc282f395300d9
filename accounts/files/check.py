"""The whole examination of one upload: gate and opening in a child process, verdict and content back."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from accounts.files.child import Child, ChildFailed, Limits, limits_for, run_in_child
from accounts.files.gate import Read, Verdict
from accounts.files.limits import FORM, Profile
from accounts.files.refusal import Refusal
from accounts.files.sheets import Remark, Sheet, Workbook

LEDGER = "accounts.files.ledgers:examine"
EXAMINE = "accounts.files.inside:examine"
PREVIEW = "accounts.files.paper:preview"
ALBUM = "accounts.files.paper:album"


@dataclass(frozen=True)
class Checked:
    """`workbook` is there for an accepted ledger, `value` when a reader was named; cost in seconds and MB."""

    verdict: Verdict
    workbook: Workbook | None
    value: Any
    seconds: float
    memory_mb: float


def check(
    path: str,
    *,
    name: str,
    purpose: str,
    profile: Profile = FORM,
    reader: str | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Checked:
    """Examine the file at `path`, uploaded as `name`. Never raises on what a file contains.

    `on_rows` hears how many rows of a ledger have been read so far, every few thousand. `reader` ("module:function", called in the child with path and kind) reads accepted evidence or a notice.
    """
    limits = _limits(path, profile)
    order = (os.path.abspath(path), name, purpose, profile.code)
    if purpose == "ledger":
        child = Child(LEDGER, order, {}, limits)
    else:
        child = Child(EXAMINE, (*order, reader), {}, limits)
    verdict, workbook, value = Verdict(False, "child_garbage", "", ""), None, None
    try:
        with closing(child.answers()) as answers:
            verdict, workbook, value = _collect(answers, on_rows)
    except Refusal as refusal:
        verdict = Verdict(False, refusal.code, refusal.message, "")
        workbook = value = None
    finally:
        child.end()
    return Checked(verdict, workbook, value, child.seconds, child.memory_mb)


def _limits(path: str, profile: Profile) -> Limits:
    """A PDF is scanned in memory, so its size comes on top."""
    limits = limits_for(profile)
    extra = max(0, os.path.getsize(path) - profile.size)
    return replace(limits, memory=limits.memory + 3 * extra)


def _collect(
    answers: Iterator[Any], on_rows: Callable[[int], None] | None
) -> tuple[Verdict, Workbook | None, Any]:
    verdict = next(answers)
    if not isinstance(verdict, Verdict):
        raise ChildFailed("child_garbage")
    sheets: list[Sheet] = []
    remarks: tuple[Remark, ...] = ()
    value = None
    for piece in answers:
        if isinstance(piece, Sheet):
            sheets.append(piece)
        elif isinstance(piece, list) and sheets:
            sheets[-1].rows.extend(piece)
            if on_rows:
                on_rows(sum(len(sheet.rows) for sheet in sheets))
        elif isinstance(piece, tuple):
            remarks = piece
        elif isinstance(piece, Read):
            value = piece.value
    workbook = Workbook(verdict.kind, tuple(sheets), remarks) if sheets else None
    return verdict, workbook, value


def preview(path: str, kind: str) -> list[bytes]:
    """PNG pages of an accepted PDF or picture, rendered in a child; [] for kinds without pages."""
    pages = run_in_child(PREVIEW, os.path.abspath(path), kind, limits=_limits(path, FORM))
    return [page for page in pages.items if isinstance(page, bytes)]


def album(path: str, kind: str) -> list[bytes]:
    """As `preview`, with a small picture of the first page in front. Raises `Refusal` when it cannot be drawn."""
    pages = run_in_child(ALBUM, os.path.abspath(path), kind, limits=_limits(path, FORM))
    return [page for page in pages.items if isinstance(page, bytes)]
