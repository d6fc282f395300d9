"""Files of the evidence store that belong to visits, outcomes and meetings: their rows, and what events say of them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeVar

from accounts.models import User
from notices.domain.reporting import StoredFile
from notices.models.attached import Attached

Row = TypeVar("Row", bound=Attached)


def keep_attached(
    kind: type[Row], files: Iterable[StoredFile], *, by: User, at: dt.datetime, **owner: Any
) -> list[Row]:
    """One row a file, in the transaction of the caller, who has checked the right."""
    rows = []
    for file in files:
        row = kind(
            name=file.name,
            stored_as=file.stored_as,
            kind=file.kind,
            size=file.size,
            sha256=file.sha256,
            by=by,
            by_name=by.name,
            at=at,
            **owner,
        )
        row.save(force_insert=True)
        rows.append(row)
    return rows


def hashes_of(files: Iterable[Attached]) -> list[str]:
    return [file.sha256 for file in files]
