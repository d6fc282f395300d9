"""Any text at all gives an outline with warnings: no exception, nothing lost, in linear time."""

import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.text.layout import Role
from notices.text.parse import parse_notice, trace

DATA = Path(__file__).resolve().parents[2] / "data" / "notices"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DATA.glob("*.txt"))}
INSIDE = {Role.ASPECT, Role.ISSUE, Role.MEASURE, Role.PROGRESS, Role.WARNING}

STRANGE = {
    "empty": "",
    "blank": " \n\t\r\n\u3000\xa0\n",
    "one character": "一",
    "marks only": "一、\n（一）\n1.\n(1)\n①\n第一方面\n一是\n",
    "labels only": "整改情况：\n整改进度：\n责任单位：\n反馈问题：\n",
    "zero bytes": "\x00" * 1000,
    "lone surrogate": "\ud800（一）关于问题\udfff",
    "every control character": "".join(map(chr, range(160))),
    "line separators": "一、甲\u2028二、乙\u2029（一）关于丙的问题\x0b\x0c\x85",
    "open quotes": "1.关于“甲“乙“丙的问题。一是整改。" * 50,
    "open brackets": "(" * 5000 + "一" + ")" * 3,
    "numbers": "9" * 5000,
    "long number": "一" * 3000 + "、关于问题",
    "huge printed numbers": "（九百九十九）关于甲的问题\n999.关于乙的问题\n(999)关于丙的问题",
    "dates": "2021年13月45日至2021年02月31日，县委第一巡察组对甲乡党委进行了巡察。2024717日反馈。",
    "impossible sign": "一、甲\n中共甲县委\n2021年2月30日",
    "date far away": "2021年12月31日起至9999年12月31日，县委第一巡察组对甲乡党委进行了巡察。次年1月1日反馈了意见。",
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_texts_give_an_outline(name):
    notice = parse_notice(STRANGE[name])

    assert all(warned.message.endswith(("。", "……")) for warned in notice.warnings)
    assert notice.issues or [warned.code for warned in notice.warnings if warned.code == "no_issues"]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_random_text_gives_an_outline(text):
    parse_notice(text)


PIECES = st.sampled_from(
    ["一、", "（一）", "(二)", "1.", "2、", "(1)", "①", "第一方面", "问题1：", "一是", "二是", "关于", "针对", "“", "”", "问题", "的问题", "。", "；", "，", "\n", "\n\n", " ", "整改情况：",
     "整改进度：", "已完成整改", "责任单位：", "反馈问题：", "加强学习", "不到位", "2021年12月1日", "中共甲县委", "欢迎监督", "下一步，整改", "电话：", "《", "》", "方面", "5万元", "其中"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_text_of_the_grammar_in_any_order_loses_no_line(text):
    notice = parse_notice(text)
    traced = trace(text)

    quoted = {warned.line for warned in notice.warnings}
    measured = {m.line for issue in notice.issues for m in issue.measures}
    assert len({row.line for row in traced}) == len(traced)
    assert {row.line for row in traced if row.role is Role.WARNING} <= quoted
    assert {row.line for row in traced if row.role is Role.ISSUE} >= {i.line for i in notice.issues} - {
        row.line for row in traced if row.role is Role.ASPECT
    }
    assert measured <= {row.line for row in traced if row.role in INSIDE}


@pytest.mark.parametrize("name", TEXTS)
def test_every_line_of_a_notice_has_one_role_and_warned_lines_are_quoted(name):
    notice = parse_notice(TEXTS[name])
    messages = {}
    for warned in notice.warnings:
        messages.setdefault(warned.line, []).append(warned.message)

    for row in trace(TEXTS[name]):
        if row.role is Role.WARNING:
            kept = re.split("[：】]", row.text)[-1].strip("。；【】 ")[-30:]
            assert any(kept in message for message in messages[row.line]), row


@pytest.mark.parametrize("name", TEXTS)
def test_every_prefix_of_a_notice_gives_an_outline(name):
    text = TEXTS[name]

    for end in range(0, len(text), 19):
        parse_notice(text[:end])


def _seconds(text):
    start = time.process_time()
    parse_notice(text)
    return time.process_time() - start


def _long(characters):
    body = TEXTS["qinghe-town"].split("二、巡察反馈问题整改落实情况\n")[1].split("三、下一步")[0]
    return "二、巡察反馈问题整改落实情况\n" + body * (characters // len(body) + 1)


# Ten times the text may take ten times as long; 3 more are for noise of the machine.
HARD = {
    "notice": _long,
    "one line": lambda n: _long(n).replace("\n", ""),
    "garbage": lambda n: "".join(random.Random(7).choices("一二是（）()1.、。；“”‘’关于针对问题整改情况：进度 \n\t巡察组向反馈年月日2021", k=n)),
    "digits": lambda n: "1" * n,
    "open quotes": lambda n: "“" * n,
    "ordinals": lambda n: "一是" * (n // 2),
    "labels": lambda n: "。整改落实工作进展情况" * (n // 11),
    "marks": lambda n: "（一）\n" * (n // 4),
    "to whom": lambda n: "向对由" * (n // 3),
    "about": lambda n: "关于" * (n // 2) + "问题",
    "years": lambda n: "2021年" * (n // 5),
    "books": lambda n: "印发《" * (n // 3),
    "among": lambda n: "其中1个" * (n // 4),
    "blanks": lambda n: "一" + " " * n + "是",
    "brackets": lambda n: "（" * n,
}  # fmt: skip


@pytest.mark.parametrize("name", HARD)
def test_time_grows_with_the_length(name):
    small, large = HARD[name](20_000), HARD[name](200_000)
    parse_notice(small)

    once = min(_seconds(small) for _ in range(3))

    assert _seconds(large) < 10 * 3 * max(once, 0.004)
