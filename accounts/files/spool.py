"""An upload in a file of its own for as long as it is examined."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol


class Chunked(Protocol):
    """What Django's uploaded files are, as far as this file is concerned."""

    def chunks(self) -> Iterable[bytes]: ...


@contextmanager
def spooled(upload: Chunked) -> Iterator[str]:
    """The path of a temporary file with the upload's bytes; gone when the block ends."""
    with tempfile.NamedTemporaryFile(prefix="upload-") as target:
        for chunk in upload.chunks():
            target.write(chunk)
        target.flush()
        yield target.name
