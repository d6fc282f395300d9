"""From a notice's text to an outline: the time of 20,000 characters, and whether time grows with length."""

import re
from pathlib import Path

from notices.text.parse import parse_notice
from tests.bench import Row, interleaved

DATABASE = False
ROOT = Path(__file__).resolve().parent.parent.parent
# A published notice where the folder is there; else our own short one, which has four times as many items a page.
NOTICES = [
    ROOT.parent / "shared" / "notices" / "nanhai-2019.txt",
    ROOT / "tests" / "data" / "notices" / "qinghe-town.txt",
]
STOP = re.compile(r"[。；]")


def _text(characters: int) -> str:
    one = next(path for path in NOTICES if path.exists()).read_text("utf-8")
    return (one * (characters // len(one) + 1))[:characters]


def floor(text: str) -> int:
    """The least any reader does: every line looked at once by one pattern."""
    return sum(len(STOP.findall(line)) for line in text.splitlines())


def main() -> list[Row]:
    small, large = _text(20_000), _text(5_000_000 // 3)  # Chinese takes three bytes a character: 5 MB
    one_line = _text(350_000).replace("\n", "")  # one line of 1 MB
    times = interleaved(
        {"parse": lambda: parse_notice(small), "floor": lambda: floor(small)},
        runs=9,
    )
    long = interleaved({"large": lambda: parse_notice(large), "line": lambda: parse_notice(one_line)}, runs=1)
    return [
        Row(
            "read a notice of 20,000 characters",
            times["parse"],
            floor="splitlines and one pattern",
            floor_seconds=times["floor"],
            note=f"must stay below 50 ms: {times['parse'] * 1000:.1f} ms",
        ),
        Row(
            "read 5 MB of text",
            long["large"],
            floor="20,000 characters",
            floor_seconds=times["parse"],
            must_floor=300,
        ),
        Row("read one line of 1 MB", long["line"], floor="20,000 characters", floor_seconds=times["parse"]),
    ]
