"""What happens to evidence or a notice inside its child process: the gate, then opening it for real."""

from collections.abc import Iterator
from importlib import import_module

from accounts.files.gate import Passed, Read, Verdict, admit
from accounts.files.limits import PROFILES
from accounts.files.paper import as_jpeg, decode_picture, open_pdf


def examine(path: str, name: str, purpose: str, profile: str, reader: str | None) -> Iterator[object]:
    """Yields the accepting `Verdict`, then what `reader` made of the file; of a HEIC picture the JPEG made of it.

    `reader` is "module:function", called with the path and the kind. Raises `Refusal`.
    """
    passed = admit(path, name=name, purpose=purpose, profile=PROFILES[profile])
    yield Verdict(True, "ok", "", passed.kind, passed.name, tuple(passed.warnings))
    if passed.kind == "heic":
        yield Read(as_jpeg(path))
        return
    _open(path, passed)
    if reader:
        module, _, function = reader.partition(":")
        yield Read(getattr(import_module(module), function)(path, passed.kind))


def _open(path: str, passed: Passed) -> None:
    if passed.kind == "pdf":
        open_pdf(path)
    elif passed.kind in ("jpg", "png"):
        decode_picture(path, passed.kind)
