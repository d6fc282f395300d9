"""What happens to a ledger inside its child process: the gate, then its sheets."""

from collections.abc import Iterator

from accounts.files.gate import Verdict, admit
from accounts.files.limits import PROFILES
from accounts.files.reading import read_pieces


def examine(path: str, name: str, purpose: str, profile: str) -> Iterator[object]:
    """Yields the accepting `Verdict`, then the pieces of the workbook. Raises `Refusal`."""
    passed = admit(path, name=name, purpose=purpose, profile=PROFILES[profile])
    yield Verdict(True, "ok", "", passed.kind, passed.name, tuple(passed.warnings))
    yield from read_pieces(path, passed.kind, PROFILES[profile], passed.office, passed.tables)
