"""A form's act is done once, however often it is sent: the token is spent in the transaction of the act."""

import datetime as dt
import secrets
from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from accounts.models import User
from notices.errors import Refused
from notices.models import SpentToken

KEPT = dt.timedelta(days=2)
Result = TypeVar("Result")


class AlreadyDone(Refused):
    """The same form was sent before and its act done; nothing was done again."""

    code = "already_done"


def new_token() -> str:
    return secrets.token_urlsafe(18)


@transaction.atomic
def only_once(token: str, act: Callable[[], Result], *, by: User, at: dt.datetime) -> Result:
    """Do `act` unless this token was spent. A second sender waits for the first; when the first fails, it may act.

    A form without a token (a program's) is done each time.
    """
    if token:
        row, fresh = SpentToken.objects.get_or_create(token=token[:64], defaults={"by": by, "at": at})
        if not fresh:
            raise AlreadyDone("这次提交已经办理过，没有重复办理。")
        SpentToken.objects.filter(by=by, at__lt=at - KEPT).delete()
    return act()
