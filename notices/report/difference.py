"""Two texts side by side, or three, what differs marked: first by sentence, then by character inside changed sentences. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_CLAUSE = re.compile(r"[^。；;！？，,\n]*[。；;！？，,\n]?")
_LONGEST = 400  # characters that are compared one by one; a longer change is marked whole


@dataclass(frozen=True)
class Run:
    text: str
    changed: bool = False


def compare(left: str, right: str) -> tuple[list[Run], list[Run]]:
    """Runs of both texts; equal texts give one unchanged run each."""
    lefts, rights = _CLAUSE.findall(left), _CLAUSE.findall(right)
    found: tuple[list[Run], list[Run]] = ([], [])
    for tag, a, b, c, d in SequenceMatcher(None, lefts, rights, autojunk=False).get_opcodes():
        old, new = "".join(lefts[a:b]), "".join(rights[c:d])
        if tag != "replace" or max(len(old), len(new)) > _LONGEST:
            _put(found[0], old, changed=tag != "equal")
            _put(found[1], new, changed=tag != "equal")
            continue
        for inner, e, f, g, h in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            _put(found[0], old[e:f], changed=inner != "equal")
            _put(found[1], new[g:h], changed=inner != "equal")
    return found


def compare_three(base: str, theirs: str, yours: str) -> tuple[list[Run], list[Run], list[Run]]:
    """Runs of the three: in `base` what either of the two took away, in the others what each put there."""
    (left, mine), (other, new) = compare(base, yours), compare(base, theirs)
    gone = [a or b for a, b in zip(_marks(left), _marks(other), strict=True)]
    found: list[Run] = []
    for letter, changed in zip(base, gone, strict=True):
        _put(found, letter, changed=changed)
    return found, new, mine


def _marks(runs: list[Run]) -> list[bool]:
    return [run.changed for run in runs for _ in run.text]


def _put(runs: list[Run], text: str, *, changed: bool) -> None:
    """Behind the last run, joined with it when both are of one kind."""
    if not text:
        return
    if runs and runs[-1].changed == changed:
        runs[-1] = Run(runs[-1].text + text, changed)
    else:
        runs.append(Run(text, changed))
