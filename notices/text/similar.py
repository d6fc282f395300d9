"""Which texts are alike: by the pairs of characters they share, the rarer the weightier. Pure, no dictionary, no net."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# What every finding says; it would make any two alike.
_EMPTY = re.compile(
    r"关于|存在|方面|问题|有的|个别|一些|突出|不(?:规范|到位|及时|深入|严格|严|够|足|力|强|彻底|扎实|高|实)"
    r"|[^㐀-鿿A-Za-z0-9]+"
)
LEAST = 0.15  # below this two findings are not worth a look
MOST_WORDS = 6


@dataclass(frozen=True)
class Alike:
    """`score` 0 … 1; `words` are the runs of characters both texts have, the longest first."""

    key: int
    score: float
    words: tuple[str, ...]


def pairs_of(text: str) -> list[str]:
    """Neighbouring characters in order, without what says nothing; a pair never bridges a gap."""
    parts = [part for part in _EMPTY.split(text) if part]
    return [part[i : i + 2] for part in parts for i in range(len(part) - 1)]


def most_alike(
    text: str, others: Iterable[tuple[int, str]], *, most: int = 5, least: float = LEAST
) -> list[Alike]:
    """The texts of `others` (key, text) most like `text`, best first.

    One pass over `others` for each pair of characters of `text`, so 10,000 short texts take some hundredths of a
    second. A pair weighs the more the fewer of `others` have it: log(1 + n ÷ having it). The score is the weight of
    what both share ÷ the weight of all either has; a pair only the other text has counts with the mean weight.
    """
    rows = list(others)
    mine = dict.fromkeys(pairs_of(text))
    if not mine or not rows:
        return []
    shared: dict[int, list[str]] = {}
    weights: dict[str, float] = {}
    for pair in mine:
        having = [i for i, (_, other) in enumerate(rows) if pair in other]
        weights[pair] = math.log(1 + len(rows) / max(1, len(having)))
        for i in having:
            shared.setdefault(i, []).append(pair)
    total, mean = sum(weights.values()), sum(weights.values()) / len(weights)
    floor = least * total  # sharing less can never reach `least`
    found = []
    for i, pairs in shared.items():
        both = sum(weights[p] for p in pairs)
        if both < floor:
            continue
        rest = len(set(pairs_of(rows[i][1])) - set(pairs))
        score = both / (total + rest * mean)
        if score >= least:
            found.append(Alike(rows[i][0], round(score, 4), words_of(text, rows[i][1])))
    return sorted(found, key=lambda a: (-a.score, a.key))[:most]


def words_of(text: str, other: str) -> tuple[str, ...]:
    """The longest runs of at least two characters of `text` that stand in `other`, without runs inside one another."""
    runs: list[str] = []
    for part in _EMPTY.split(text):
        start = 0
        while start < len(part) - 1:
            end = start + 2
            if part[start:end] not in other:
                start += 1
                continue
            while end < len(part) and part[start : end + 1] in other:
                end += 1
            runs.append(part[start:end])
            start = end - 1
    return _outermost(sorted(dict.fromkeys(runs), key=lambda r: -len(r)))


def _outermost(runs: Sequence[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for run in runs:
        if not any(run in longer for longer in kept):
            kept.append(run)
    return tuple(kept[:MOST_WORDS])
