"""Answers kept under idempotency keys: the same request sent again changes nothing and is answered as before.

The first request holds its row in the transaction of its act, so a second one waits until the first is through.
"""

import datetime as dt
from typing import Any

from accounts.models import KeptAnswer, User

KEPT = dt.timedelta(hours=48)


class OtherRequest(Exception):
    """The key was used for another request."""


def claim(user: User, key: str, digest: str, *, at: dt.datetime) -> KeptAnswer:
    """In the caller's transaction: the row of this key. `status` 0: the request is new and the caller answers it."""
    row, made = KeptAnswer.objects.get_or_create(user=user, key=key, defaults={"digest": digest, "at": at})
    if not made and row.digest != digest:
        raise OtherRequest
    return row


def keep(row: KeptAnswer, *, status: int, body: Any, tag: str) -> None:
    """A refusal is not kept: nothing was done, and what was refused may be sent right under the same key."""
    if status >= 400:
        row.delete()
        return
    row.status, row.body, row.tag = status, body, tag
    row.save(update_fields=["status", "body", "tag"])


def tidy(at: dt.datetime) -> int:
    return KeptAnswer.objects.filter(at__lt=at - KEPT).delete()[0]
