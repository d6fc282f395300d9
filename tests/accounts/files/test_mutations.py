"""Honest files with random damage: accepted or refused with a sentence, never an exception, never a hang.

The full figure (3,000) runs with PROOF=1.
"""

import os
import random

import pytest

from accounts.files.check import check
from accounts.files.gate import inspect
from tests.accounts.files.build import book, document, entries, pack, pdf, png, raw_zip, row
from tests.accounts.files.test_evidence import JPEG, heic, ofd
from tests.accounts.files.test_honest_ledgers import ODS_BODY, strict, with_link, with_wps_pictures

from tests.accounts.files.build import ods  # isort: skip

TOTAL = 3_000 if os.environ.get("PROOF") else 150
IN_CHILD = 1 if os.environ.get("PROOF") else 4  # every so many goes through the child as well
BATCH = 50
ROWS = "".join(row(n, f"问题{n}", n, "一是加强领导；二是完善制度") for n in range(1, 40))
SOURCES = [
    ("a.xlsx", "ledger", pack(book(rows=ROWS))),
    ("a.xlsx", "ledger", raw_zip(entries(book(rows=ROWS)))),
    ("a.xlsx", "ledger", strict()),
    ("a.xlsx", "ledger", with_link()),
    ("a.xlsx", "ledger", with_wps_pictures()),
    ("a.ods", "ledger", ods(ODS_BODY)),
    ("a.csv", "ledger", "序号,问题\n1,甲\n2,乙\n".encode("gb18030") * 9),
    ("a.docx", "evidence", pack(document())),
    ("a.pdf", "evidence", pdf()),
    ("a.png", "evidence", png(20, 20)),
    ("a.heic", "evidence", heic()),
    ("a.jpeg", "evidence", JPEG),
    ("a.ofd", "evidence", ofd()),
]


def damage(data, chance):
    """One to four random wounds: bytes changed, cut, doubled, swapped or filled."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randrange(len(data) or 1), chance.choice((1, 1, 2, 4, 30, 200))
        wound = chance.randrange(6)
        if wound == 0:
            data[at : at + size] = chance.randbytes(min(size, 8))
        elif wound == 1:
            del data[at : at + size]
        elif wound == 2:
            data[at:at] = data[at : at + size]
        elif wound == 3:
            data[at : at + size] = b"\xff" * size
        elif wound == 4:
            data[at : at + 4] = chance.choice(
                (b"\0\0\0\0", b"\xff\xff\xff\x7f", b"PK\x03\x04", b"</c>", b'"<&>')
            )
        else:
            data = data[:at] if chance.random() < 0.2 else data
    return bytes(data)


def damage_inside(parts, chance):
    """Damage the text of one part and pack it again properly, so that it gets past the directory."""
    name = chance.choice(sorted(parts))
    return pack({**parts, name: damage(parts[name], chance)})


def mutant(number):
    chance = random.Random(number)
    if number % 2:
        return "a.xlsx", "ledger", damage_inside(book(rows=ROWS), chance)
    name, purpose, data = SOURCES[number // 2 % len(SOURCES)]
    return name, purpose, damage(data, chance)


@pytest.mark.parametrize("batch", range(0, TOTAL, BATCH))
def test_damaged_files_are_accepted_or_refused(batch, tmp_path):
    path = tmp_path / "upload"
    seconds, odd = [], []

    for number in range(batch, batch + BATCH):
        name, purpose, data = mutant(number)
        path.write_bytes(data)
        verdict = inspect(str(path), name=name, purpose=purpose)
        if not verdict.accepted and not verdict.message.endswith("。"):
            odd.append((number, verdict))
        if number % IN_CHILD == 0:
            checked = check(str(path), name=name, purpose=purpose)
            seconds.append(checked.seconds)
            if checked.verdict.code in ("child_hang", "child_cpu", "child_crash", "child_garbage"):
                odd.append((number, checked.verdict))

    assert odd == []
    assert max(seconds) < 10
