"""Three real published notices come out exactly as their expected outlines say."""

import json
from pathlib import Path

import pytest

from notices.text.as_json import notice_as_dict
from notices.text.parse import parse_notice

NOTICES = Path(__file__).resolve().parents[4] / "shared" / "notices"
NAMES = ["hecheng-2021", "nanhai-2019", "heshan-2019"]
HEADER = [
    "title", "inspected_party", "inspecting_body", "inspection_start", "inspection_end",
    "feedback_on", "published_on", "signed_by", "signed_on",
]  # fmt: skip
CONTACT = ["phone", "address", "postcode", "email"]

pytestmark = pytest.mark.skipif(not NOTICES.is_dir(), reason="the published notices are not on this machine")


def _read(name):
    expected = json.loads((NOTICES / f"{name}.expected.json").read_text(encoding="utf-8"))
    return expected, notice_as_dict(parse_notice((NOTICES / f"{name}.txt").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", NAMES)
def test_header_and_contact_are_exact(name):
    expected, got = _read(name)

    assert {field: got[field] for field in HEADER} == {field: expected[field] for field in HEADER}
    assert got["contact"] == {field: expected[field] for field in CONTACT}


@pytest.mark.parametrize("name", NAMES)
def test_aspects_are_exact(name):
    expected, got = _read(name)

    assert [aspect["title"] for aspect in got["aspects"]] == expected["aspects"]


@pytest.mark.parametrize("name", NAMES)
def test_issues_are_exact(name):
    expected, got = _read(name)

    read = [
        {"path": i["path"], "title": i["title"], "measures": len(i["measures"]), "progress": i["progress"]}
        for i in got["issues"]
    ]
    assert read == expected["issues"]


@pytest.mark.parametrize(
    ("name", "measures"), [("hecheng-2021", 170), ("nanhai-2019", 134), ("heshan-2019", 102)]
)
def test_number_of_measures(name, measures):
    _, got = _read(name)

    assert sum(len(issue["measures"]) for issue in got["issues"]) == measures


def test_words_before_the_first_ordinal_are_not_lost():
    _, got = _read("nanhai-2019")

    issue = next(issue for issue in got["issues"] if issue["path"] == [4, 4])
    assert issue["measures"][0]["text"].startswith(
        "对省委巡视组反馈的具体问题,督促相关单位认真整改,追究36名相关人员责任。针对"
    )


def test_numbered_head_becomes_the_heading():
    _, got = _read("heshan-2019")

    issue = next(issue for issue in got["issues"] if issue["path"] == [1, 2, 5])
    assert [measure["heading"] for measure in issue["measures"]] == [None] + [
        "强化部门合力,深挖黑恶势力“保护伞”"
    ] * 3


def test_traps_are_said():
    _, got = _read("hecheng-2021")

    assert [(warned["line"], warned["code"]) for warned in got["warnings"] if warned["line"]] == [
        (37, "ordinal_repeated"),
        (47, "label_mismatch"),
        (172, "number_damaged"),
    ]
