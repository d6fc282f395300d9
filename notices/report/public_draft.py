"""The first words of a 通报, to be edited by the office: opening, organisation, items and next steps from the data. Pure.

A sentence stands only for what is there; its figures are tokens (report/tokens.py), so they follow the data.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from notices.report.document import chinese_day
from notices.report.tokens import token
from notices.text.marks import find_ordinals
from notices.text.render import chinese_number

_STOPS = "。！？；;!?"
_LONGEST = 600  # characters of a unit's report taken into an item
WELCOME = "欢迎广大干部群众对{act}整改落实情况进行监督。如有意见建议，请及时向我们反映。"
INTRO = "二、聚焦反馈问题，逐条逐项推动整改落实"


@dataclass(frozen=True)
class Done:
    """One measure and its latest report, as the ledger has them."""

    text: str
    heading: str = ""
    latest: str = ""


@dataclass(frozen=True)
class Campaign:
    """What the opening names."""

    party: str
    body: str
    start: dt.date | None
    end: dt.date | None
    feedback: dt.date | None

    @property
    def act(self) -> str:
        return next((word for word in ("巡视", "审计") if word in self.body), "巡察")


def body_of(measures: Sequence[Done]) -> str:
    """整改情况 of one issue, one paragraph a line: 一是…。二是…。 in one paragraph, measures under a head of their own
    in one numbered paragraph each."""
    if len(measures) == 1 and not measures[0].heading:
        return _words(measures[0])
    if not any(m.heading for m in measures):
        return _row([_words(m) for m in measures])
    found, number = [], 0
    for heading, group in groupby(measures, key=lambda m: m.heading):
        rows = list(group)
        for part in [rows] if heading else [[row] for row in rows]:
            number += 1
            words = _row([_words(m) for m in part]) if heading else _words(part[0])
            found.append(f"{_circled(number)}{heading}{'。' if heading else ''}{words}")
    return "\n".join(found)


def _row(texts: list[str]) -> str:
    """In one paragraph, or one each where a text has paragraphs or ordinals of its own."""
    counted = [f"{chinese_number(place)}是{text}" for place, text in enumerate(texts, start=1)]
    apart = any("\n" in text or find_ordinals(text) for text in texts)
    return ("\n" if apart else "").join(counted)


def _words(measure: Done) -> str:
    text = _ended(measure.text)
    latest = " ".join(measure.latest.split())[:_LONGEST]
    return text if not latest or latest.rstrip(_STOPS) in text else text + _ended(latest)


def _ended(text: str) -> str:
    words = text.strip()
    return words if words.endswith(tuple(_STOPS)) else words.rstrip("，,、：:") + "。"


def _circled(number: int) -> str:
    return chr(0x2460 + number - 1) if number <= 20 else f"{number}）"


# ── Around the items ─────────────────────────────────────────────────────────
def title_of(about: Campaign) -> str:
    return (
        f"中共{about.party}委关于{about.act}整改进展情况的通报"
        if about.party.endswith(("县", "市", "区"))
        else f"{about.party}关于{about.act}整改进展情况的通报"
    )


def opening_of(about: Campaign) -> str:
    """根据 … 统一部署，D1 至 D2，X 对 Y 进行了巡察。D3，X 反馈了意见 …"""
    return f"{feedback_of(about)}按照党务公开原则和{about.act}工作有关要求，现将{about.act}整改进展情况予以公布。"


def feedback_of(about: Campaign) -> str:
    """What the opening says of the inspection itself."""
    above = re.match(r".{0,8}?委", about.body)
    words = f"根据{above[0]}统一部署，" if above else ""
    if about.start and about.end:
        words += f"{chinese_day(about.start)}至{chinese_day(about.end)}，"
    body = about.body or f"{about.act}组"
    words += f"{body}对{about.party}进行了{about.act}。"
    if about.feedback:
        words += f"{chinese_day(about.feedback)}，{body}向{about.party}反馈了{about.act}意见。"
    return words


_LEADING = (
    "成立整改工作领导小组，下设整改办，统筹协调整改日常工作",
    f"对反馈的{token('反馈问题总数')}个问题逐条分解，形成整改措施{token('任务总数')}项，明确牵头单位{token('牵头单位数')}个"
    "，逐项落实责任领导、责任单位和完成时限",
)
# (heading, [(figure that must not be 0, sentence)]); a heading without a sentence is left out.
_PARTS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "统筹调度，有序推进整改",
        (
            ("", "实行台账管理、每周调度、对账销号"),
            ("整改动态期数", f"刊发《整改动态》{token('整改动态期数')}期"),
            ("会议次数", f"领导小组召开会议、开展行动{token('会议次数')}次"),
        ),
    ),
    (
        "强化督导，确保整改实效",
        (
            ("督导次数", f"对{token('督导单位数')}个单位开展督导检查{token('督导次数')}次"),
            ("督导会议场数", f"召开督导会议{token('督导会议场数')}场"),
            ("督导发现数", f"发现并督促整改具体事项{token('督导发现数')}项"),
            ("催办次数", f"对进展缓慢的事项催办{token('催办次数')}次"),
            ("批示件数", f"有关领导作出批示{token('批示件数')}件"),
            ("函件件数", f"发出提醒函、督办单等{token('函件件数')}件"),
            ("约谈次数", f"约谈{token('约谈次数')}次"),
            ("回头看任务数", f"对已销号事项开展“回头看”，核查{token('回头看任务数')}项"),
        ),
    ),
)
_STANDING = (
    f"截至{token('截至日期')}，反馈的{token('问题总数')}个问题中，{token('整改情况小结')}，"
    f"整改完成率{token('整改完成率')}"
)


_GAINED = (
    ("建章立制成效", f"建章立制{token('建章立制成效')}"),
    ("追缴清退成效", f"追缴、清退资金{token('追缴清退成效')}"),
    ("问责成效", f"问责{token('问责成效')}"),
)


def front_of(about: Campaign, figures: Mapping[str, str]) -> str:
    """一、 organisation: only sentences whose figure is not 0."""
    paragraphs = [
        f"一、提高政治站位，扛牢{about.act}整改政治责任",
        _head(1, "加强领导，压实整改责任", _LEADING),
    ]
    for heading, sentences in _PARTS:
        said = [words for name, words in sentences if not name or figures.get(name, "0") != "0"]
        if said:
            paragraphs.append(_head(len(paragraphs), heading, said))
    gained = [words for name, words in _GAINED if figures.get(name, "0") != "0"]
    paragraphs.append(_head(len(paragraphs), "对账销号，整改取得阶段性成效", (_STANDING, *gained)))
    return "\n".join(paragraphs)


def _head(number: int, heading: str, sentences: Sequence[str]) -> str:
    return f"（{chinese_number(number)}）{heading}。{'，'.join(sentences)}。"


def next_of(about: Campaign) -> str:
    """三、 next steps, by what the items print."""
    return "\n".join(
        (
            "三、下一步工作安排",
            f"（一）持续抓好后续整改。对正在整改的事项紧盯时限、挂账督办；对需要长期坚持的事项建立长效机制，"
            f"定期复查，确保{about.act}反馈问题见底清零。",
            "（二）巩固深化整改成果。对已完成整改的事项适时开展“回头看”，防止问题反弹。",
            "（三）健全完善长效机制。坚持“当下改”与“长久立”相结合，举一反三、建章立制。",
        )
    )
