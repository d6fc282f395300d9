"""What the sweep does about accounts nobody uses: warns the person and the administrators, a week later tells who was
put out of use."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts import unused
from accounts.access import people_with
from accounts.models import User
from accounts.roles import Role
from accounts.unused import WARNED_BEFORE, Unused
from notices.domain.inbox import tell
from notices.terms import MessageKind

KEEPERS = (Role.ADMIN, Role.SECURITY)


@transaction.atomic
def look(*, at: dt.datetime, lasts: dt.timedelta) -> Unused:
    """As accounts/unused.py, with one message to each person warned and one to each administrator."""
    found = unused.look(at=at, lasts=lasts)
    for person in found.warned:
        title = f"您的账号已长期没有登录，{WARNED_BEFORE.days} 天后将自动停用；登录一次即可保留"
        tell([person], MessageKind.STEP, title, task=None, at=at)
    _tell_keepers(found.warned, f"{WARNED_BEFORE.days} 天后将因长期未登录自动停用的账号", at=at)
    _tell_keepers(found.locked, f"因连续 {lasts.days} 天未登录已自动停用的账号", at=at)
    return found


def _tell_keepers(people: Iterable[User], title: str, *, at: dt.datetime) -> None:
    """Each administrator hears of the people under them, in one message."""
    heard: dict[int, tuple[User, list[str]]] = {}
    for person in people:
        units = person.memberships.values_list("unit_id", flat=True)
        keepers = {k.pk: k for unit in units for role in KEEPERS for k in people_with(role, unit)}
        for keeper in keepers.values():
            heard.setdefault(keeper.pk, (keeper, []))[1].append(f"{person.name}（{person.username}）")
    for keeper, names in heard.values():
        tell([keeper], MessageKind.STEP, f"{title} {len(names)} 个", body="、".join(names), task=None, at=at)
