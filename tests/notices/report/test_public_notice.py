"""A 通报 in Word is read again as the outline it was made from; numbers close up over what is left out."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notices.records import ParsedIssue
from notices.report.public_draft import Done, body_of
from notices.report.public_notice import (
    ASPECT,
    ISSUE,
    SECTION,
    Entry,
    PublicText,
    as_printed,
    closed_up,
    document,
    lines,
    marks,
)
from notices.report.word import write
from notices.terms import PrintedProgress
from notices.text.parse import parse_notice
from notices.text.progress import progress_code
from notices.text.readers import read_lines
from tests.notices.text.test_render import CLAUSES, FAULTS, FORMS, HEADS, outlines

few = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
many = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LABELS = ["", *(str(p.label) for p in PrintedProgress)]


@st.composite
def bodies(draw):
    """(measures, how many there are)."""
    clause = st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=2).map(lambda c: "。".join(c) + "。")
    heads = draw(st.lists(st.sampled_from(["", *HEADS]), min_size=1, max_size=2, unique=True))
    found = [Done(draw(clause), head) for head in heads for _ in range(draw(st.integers(1, 3)))]
    return found


@st.composite
def texts(draw):
    """(text, paths, titles, progress, numbers of measures)."""
    aspects, issues = draw(outlines())
    entries, expected, above = [], [], ()
    for issue in issues:
        if issue.path[:1] != above[:1]:
            entries.append(Entry(ASPECT, issue.path[:1], aspects[issue.path[0] - 1].title, key=len(entries)))
        if len(issue.path) == 3 and issue.path[:2] != above[:2]:
            entries.append(Entry(SECTION, issue.path[:2], "有关工作存在薄弱环节的问题", key=len(entries)))
        above = issue.path
        title = draw(st.sampled_from(FORMS)).format(draw(st.sampled_from(FAULTS)))
        label, measures = draw(st.sampled_from(LABELS)), draw(bodies())
        body = tuple(body_of(measures).split("\n"))
        entries.append(Entry(ISSUE, issue.path, title, body, label, key=len(entries)))
        code = progress_code(label) if label else None
        expected.append((issue.path, title, code, len(measures)))
    text = PublicText(
        title="中共云岭县委关于巡察整改进展情况的通报",
        opening="根据市委统一部署，2026年3月1日至4月30日，市委第三巡察组对云岭县进行了巡察。2026年6月1日，市委第三巡察组向云岭县委反馈了巡察意见。现将巡察整改进展情况予以公布。",
        front="一、提高政治站位，扛牢整改责任\n（一）加强领导。成立领导小组。一是召开会议。二是部署工作。",
        intro="二、聚焦反馈问题，逐条逐项推动整改落实",
        entries=tuple(entries),
        next_steps="三、下一步工作安排\n（一）持续抓好后续整改。对正在整改的事项紧盯时限。",
        closing="欢迎广大干部群众对巡察整改落实情况进行监督。如有意见建议，请及时向我们反映。",
        phone="0000-8800123",
        address="云岭县云溪路1号",
        postcode="000000",
        email="zgb@yunling.example.cn",
        signed_by="中共云岭县委",
        signed_on=dt.date(2026, 11, 20),
    )
    return text, expected


def read(parsed) -> list[tuple]:
    return [
        (i.path, i.title, i.progress and progress_code(i.progress_text), len(i.measures))
        for i in parsed.issues
    ]


@many
@given(texts())
def test_printed_lines_give_the_outline(made):
    text, expected = made

    parsed = parse_notice("\n".join(lines(text)))

    assert read(parsed) == expected


@few
@given(texts())
def test_word_gives_the_outline(made):
    text, expected = made

    parsed = parse_notice("\n".join(read_lines(write(document(text)), "通报.docx")))

    assert read(parsed) == expected
    assert [a.number for a in parsed.aspects] == [e.path[0] for e in text.entries if e.kind == ASPECT]
    assert (parsed.title, parsed.signed_by, parsed.signed_on) == (text.title, text.signed_by, text.signed_on)
    assert (parsed.contact.phone, parsed.contact.address) == (text.phone, text.address)
    assert (parsed.inspected_party, parsed.inspecting_body) == ("云岭县", "市委第三巡察组")


# ── Numbers ──────────────────────────────────────────────────────────────────
def rows(*given_rows: tuple[str, tuple[int, ...], bool]) -> list[tuple[Entry, bool]]:
    return [(Entry(kind, path, "题"), shown) for kind, path, shown in given_rows]


@pytest.mark.parametrize(
    ("given_rows", "expected"),
    [
        # Numbers that start anew under each aspect.
        (
            [(ASPECT, (1,), True), (ISSUE, (1, 1), False), (ISSUE, (1, 2), True)]
            + [(ASPECT, (2,), True), (ISSUE, (2, 1), True), (ISSUE, (2, 2), True)],
            [(1,), (1, 1), (2,), (2, 1), (2, 2)],
        ),
        # Numbers that run on across aspects.
        (
            [(ASPECT, (1,), True), (ISSUE, (1, 1), True), (ISSUE, (1, 2), False)]
            + [(ASPECT, (2,), True), (ISSUE, (2, 3), True), (ISSUE, (2, 4), True)],
            [(1,), (1, 1), (2,), (2, 2), (2, 3)],
        ),
        # An aspect with nothing left goes with its number.
        (
            [(ASPECT, (1,), True), (ISSUE, (1, 1), False), (ASPECT, (2,), True), (ISSUE, (2, 1), True)],
            [(1,), (1, 1)],
        ),
        # A section between them.
        (
            [(ASPECT, (1,), True), (SECTION, (1, 1), True), (ISSUE, (1, 1, 1), False)]
            + [(SECTION, (1, 2), True), (ISSUE, (1, 2, 1), True), (ISSUE, (1, 3), True)],
            [(1,), (1, 1), (1, 1, 1), (1, 2)],
        ),
        # A gap the notice printed itself stays.
        (
            [(ASPECT, (1,), True), (ISSUE, (1, 1), True), (ISSUE, (1, 3), True), (ISSUE, (1, 4), True)],
            [(1,), (1, 1), (1, 3), (1, 4)],
        ),
    ],
)
def test_numbers_close_up(given_rows, expected):
    assert [entry.path for entry in closed_up(rows(*given_rows))] == expected


def test_numbers_may_stay():
    given_rows = rows((ASPECT, (1,), True), (ISSUE, (1, 1), False), (ISSUE, (1, 2), True))

    assert [entry.path for entry in as_printed(given_rows)] == [(1,), (1, 2)]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([(ASPECT, (1,)), (ISSUE, (1, 1)), (ISSUE, (1, 2))], ["（一）", "1.", "2."]),
        ([(ASPECT, (2,)), (SECTION, (2, 1)), (ISSUE, (2, 1, 3))], ["（二）", "1.", "（3）"]),
        (
            [(ASPECT, (1,)), (SECTION, (1, 1)), (SECTION, (1, 1, 2)), (ISSUE, (1, 1, 2, 3))],
            ["第一方面问题，", "（一）", "2.", "（3）"],
        ),
        ([(ASPECT, (1,)), (ISSUE, (1, 1)), (ISSUE, (2,))], ["第一方面问题，", "（一）", "第二方面问题，"]),
        ([(ISSUE, (1,)), (ISSUE, (12,))], ["（一）", "（十二）"]),
    ],
)
def test_marks_are_those_of_published_notices(paths, expected):
    assert marks([Entry(kind, path, "题") for kind, path in paths]) == expected


# ── Words ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ([Done("修订制度")], "修订制度。"),
        ([Done("修订制度。", latest="已印发。")], "修订制度。已印发。"),
        ([Done("修订制度，"), Done("开展培训")], "一是修订制度。二是开展培训。"),
        ([Done("修订制度"), Done("一是培训。二是考核")], "一是修订制度。\n二是一是培训。二是考核。"),
        ([Done("先期整改"), Done("修订制度", "完善制度")], "①先期整改。\n②完善制度。一是修订制度。"),
        ([Done("修订制度", latest="修订制度")], "修订制度。"),
    ],
)
def test_body_of_an_issue(measures, expected):
    assert body_of(measures) == expected


def test_a_measure_counts_once():
    issue: ParsedIssue = parse_notice(
        "二、反馈问题整改情况\n（一）学习方面\n1.关于“学习不深入”的问题。\n整改情况："
        + body_of([Done("修订制度"), Done("培训")])
    ).issues[0]

    assert [m.text for m in issue.measures] == ["修订制度。", "培训。"]
