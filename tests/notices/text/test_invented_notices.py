"""Whole invented notices of many shapes against outlines written by hand (tests/data/notices)."""

from pathlib import Path

import pytest

from notices.text.parse import parse_notice

DATA = Path(__file__).resolve().parents[2] / "data" / "notices"
NAMES = sorted(path.stem for path in DATA.glob("*.expected"))
CONTACT = ("phone", "address", "postcode", "email")


def read_expected(name):
    """key: value lines; `aspect: NUMBER TITLE`, `issue: PATH | TITLE | PROGRESS | MEASURES`; - is nothing."""
    header, aspects, issues = {}, [], []
    for line in (DATA / f"{name}.expected").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(": ")
        if key == "aspect":
            number, _, title = value.partition(" ")
            aspects.append((int(number), title))
        elif key == "issue":
            path, title, progress, measures = value.split(" | ")
            issues.append((path, title, None if progress == "-" else progress, int(measures)))
        else:
            header[key] = None if value == "-" else value
    return header, aspects, issues


@pytest.fixture(scope="module")
def notices():
    return {name: parse_notice((DATA / f"{name}.txt").read_text(encoding="utf-8")) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_header_of_an_invented_notice(name, notices):
    notice, (header, _, _) = notices[name], read_expected(name)

    got = {key: getattr(notice.contact if key in CONTACT else notice, key) for key in header}
    assert {key: None if value is None else str(value) for key, value in got.items()} == header


@pytest.mark.parametrize("name", NAMES)
def test_outline_of_an_invented_notice(name, notices):
    notice, (_, aspects, issues) = notices[name], read_expected(name)

    assert [(aspect.number, aspect.title) for aspect in notice.aspects] == aspects
    assert [
        (".".join(map(str, issue.path)), issue.title, issue.progress, len(issue.measures))
        for issue in notice.issues
    ] == issues
