"""A notice's file as it was uploaded → its text: gate and reader in a child process, one sentence when refused."""

from pathlib import Path

from accounts.files.check import check
from notices.errors import Unreadable
from notices.text.readers import read_lines

READER = "notices.text.source:read_file"


def read_source(path: str, *, name: str) -> str:
    """The text of the file at `path`, uploaded as `name`, one line a paragraph. Raises Unreadable with a sentence."""
    checked = check(path, name=name, purpose="notice", reader=READER)
    if not checked.verdict.accepted:
        raise Unreadable(checked.verdict.message, code=checked.verdict.code, where=name)
    return "\n".join(checked.value)


def read_file(path: str, kind: str) -> list[str]:
    """What the child runs."""
    return read_lines(Path(path).read_bytes(), f"notice.{kind}")
