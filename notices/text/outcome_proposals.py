"""Proposals for the register of outcomes, read from any text: the sentence, the marked words, the number as printed.

Nothing is converted: 人 stays 人, 人次 stays 人次, 元 stays 元, 万元 stays 万元. A zero that is printed is a result.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from decimal import Decimal

from notices.records import ParsedOutcome
from notices.text.clean import fold
from notices.text.outcomes import located_in

_RULES = "建章立制"
_SENTENCE = re.compile(r"[^。;\n!]+")
# 一是, 二要, （三）, 4. at the head of a sentence: the same words stand there under another number elsewhere.
_ENUMERATED = re.compile(
    r"^(?:\(?[一二三四五六七八九十\d]{1,3}(?:\)|、|\.(?!\d))|[一二三四五六七八九十]{1,2}(?:是|要)[,:]?)+"
)
_MARKS = re.compile(r"[^\w%.]+|(?<!\d)\.|\.(?!\d)")  # the point of 3.5 stays
_MOST = 1000  # characters of a sentence that are kept


@dataclass(frozen=True)
class OutcomeProposal:
    """`metric` is the label of terms.Metric. `start` to `end` of `sentence` are the words with the number; `place` counts
    the results of one sentence from 0. `names` are the regulations named."""

    metric: str
    value: Decimal
    measure: str
    sentence: str
    start: int
    end: int
    place: int
    names: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What two proposals of the same result have in common, wherever the sentence stands."""
        return f"{plain(self.sentence)}#{self.place}"


def proposals_in(text: str) -> list[OutcomeProposal]:
    """Every countable result of a text, in its order. Time grows with the length of the text."""
    found: list[OutcomeProposal] = []
    for match in _SENTENCE.finditer(fold(text)):
        start, end = match.span()
        sentence = text[start:end].strip()
        if len(sentence) > _MOST:
            continue  # a table or a text without full stops: nobody could check the source
        located = _one_count(located_in(sentence))
        found += [_proposal(sentence, place, each) for place, each in enumerate(located)]
    return found


def plain(sentence: str) -> str:
    """A sentence without marks, blanks and the number it stands under."""
    folded = fold(sentence).strip()
    return _MARKS.sub("", _ENUMERATED.sub("", folded))


def fingerprint(unit: int, words: str) -> str:
    """SHA-256 of who says it and what is said: one unit's same sentence is one result, in whichever report."""
    return hashlib.sha256(f"{unit}|{words}".encode()).hexdigest()


Located = tuple[int, int, ParsedOutcome]


def _one_count(located: list[Located]) -> list[Located]:
    """Names of regulations beside a count of them are its names, not further regulations (制订《…》等12项制度)."""
    counts = [at for at, (_, _, o) in enumerate(located) if o.metric == _RULES and not o.names]
    if not counts:
        return located
    kept = list(located)
    for at, (start, _, outcome) in enumerate(located):
        if outcome.metric == _RULES and outcome.names:
            nearest = min(counts, key=lambda c: abs(located[c][0] - start))
            first, last, count = kept[nearest]
            kept[nearest] = (first, last, replace(count, names=(*count.names, *outcome.names)))
            kept[at] = (start, start, outcome)
    return [each for each in kept if each[0] != each[1]]


def _proposal(sentence: str, place: int, located: Located) -> OutcomeProposal:
    start, end, outcome = located
    value = Decimal(str(outcome.value)).quantize(Decimal("0.0001"))
    return OutcomeProposal(
        outcome.metric, value.normalize() + 0, outcome.unit, sentence, start, end, place, outcome.names
    )
