"""What the domain's commands share: refusals of the domain as sentences, and a notice by id or exact title."""

from django.core.management.base import CommandError

from accounts.management.base import SentenceCommand
from notices.errors import Refused
from notices.models import Notice


class NoticeCommand(SentenceCommand):
    refusals: tuple[type[Exception], ...] = (Refused,)


def find_notice(named: str) -> Notice:
    """The notice with this id or this exact title; CommandError with a sentence when there is none, or several."""
    notices = Notice.objects.select_related("unit").order_by("pk")
    by_title = list(notices.filter(title=named.strip()))
    if named.isdecimal() and not by_title:
        by_title = list(notices.filter(pk=int(named[:18])))
    if len(by_title) == 1:
        return by_title[0]
    if by_title:
        listed = "、".join(f"{n.pk}({n.unit.name})" for n in by_title)
        raise CommandError(f"有 {len(by_title)} 个批次叫“{named}”，请改用编号：{listed}。")
    known = "、".join(f"{n.pk}“{n.title}”" for n in notices.order_by("-pk")[:5])
    raise CommandError(
        f"没有编号或标题为“{named}”的批次。" + (f"现有：{known}。" if known else "现在还没有任何批次。")
    )
