"""The pictures of the guide are those that `make pictures` takes, all of them shown somewhere, none too large."""

import re

from tests.browser.pictures import NAMES, TARGET
from tests.processes import ROOT

KILOBYTES, MEGABYTES = 200, 8
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.md"))]
SHOWN = re.compile(r"!\[[^\]]+\]\([^)]*img/([\w-]+)\.png\)")


def test_every_picture_is_taken_by_the_walk_and_shown():
    there = {path.stem for path in TARGET.glob("*.png")}
    shown = {name for page in PAGES for name in SHOWN.findall(page.read_text("utf-8"))}

    assert there == NAMES
    assert shown == NAMES


def test_pictures_are_small():
    sizes = {path.stem: path.stat().st_size for path in TARGET.glob("*.png")}

    assert {name: size for name, size in sizes.items() if size > KILOBYTES * 1024} == {}
    assert sum(sizes.values()) <= MEGABYTES * 1024**2
