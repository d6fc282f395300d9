"""What a person has typed into a report and not yet filed, kept on the server: seen by nobody else, no act."""

import datetime as dt
from collections.abc import Mapping

from accounts.models import User
from notices.domain import permissions
from notices.errors import Refused
from notices.models import ReportDraft, Task

FIELDS = ("text", "next_step", "blocked")
KEPT = dt.timedelta(days=60)


def keep(task: Task, values: Mapping[str, str], *, by: User, at: dt.datetime) -> bool:
    """Keep the words of FIELDS in place of what was kept before; all of them empty: forget. Whether something is kept."""
    why_not = permissions.reporter(by, task)
    if why_not:
        raise Refused(why_not)
    words = {name: values.get(name, "") for name in FIELDS}
    if not any(word.strip() for word in words.values()):
        forget(task, by=by)
        return False
    ReportDraft.objects.update_or_create(task=task, by=by, defaults={**words, "at": at})
    ReportDraft.objects.filter(by=by, at__lt=at - KEPT).delete()
    return True


def kept(task: Task, *, by: User) -> ReportDraft | None:
    return ReportDraft.objects.filter(task=task, by=by).first()


def forget(task: Task, *, by: User) -> None:
    """After the report is filed."""
    ReportDraft.objects.filter(task=task, by=by).delete()
