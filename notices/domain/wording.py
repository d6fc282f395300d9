"""The texts of mails and posts: built in, or edited for all notices or for one; with placeholders and nothing else.

A placeholder is a known name in braces and is replaced once, so that nothing in a task's own words is ever taken for
one. A mail or post about one notice has that notice's words; one about several has the words for all.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction

from accounts import audit
from accounts.access import has, holds
from accounts.models import User
from accounts.roles import Can
from notices.errors import Refused, Stale
from notices.models import Notice, Wording
from notices.terms import WordingKind

_SLOT = re.compile(r"\{([^{}]*)\}")
MOST = 4000  # characters of a body

# Placeholder → what stands there; the same for both kinds, but for the person a post does not have.
SLOTS: dict[str, str] = {
    "姓名": "收件人姓名（群消息没有）",
    "日期": "发送日期，例如 2026年11月20日",
    "总数": "任务项数",
    "分类": "各类项数，例如 已超期 2 项，今天到期 1 项",
    "清单": "任务清单，必须保留",
    "网址": "系统网址",
}


class Text(NamedTuple):
    subject: str
    body: str


BUILT_IN: dict[str, Text] = {
    WordingKind.MAIL: Text(
        "整改督办提醒：{总数} 项任务（{分类}）",
        "{姓名}同志：\n\n截至 {日期}，以下 {总数} 项整改任务需要您关注。\n\n{清单}\n\n请登录系统办理：{网址}\n\n"
        "本邮件由系统自动发送，请勿直接回复。每人每天最多一封。",
    ),
    WordingKind.POST: Text(
        "", "整改督办提醒（{日期}）\n共 {总数} 项：{分类}\n\n{清单}\n\n请登录系统办理：{网址}"
    ),
}


@dataclass(frozen=True)
class Wordings:
    """Every edited text, by (notice or None, kind)."""

    edited: Mapping[tuple[int | None, str], Text]

    def of(self, kind: WordingKind, notices: set[int]) -> Text:
        own = self.edited.get((next(iter(notices)), kind)) if len(notices) == 1 else None
        return own or self.edited.get((None, kind)) or BUILT_IN[kind]


def load() -> Wordings:
    """One query."""
    rows = Wording.objects.values_list("notice_id", "kind", "subject", "body")
    return Wordings({(notice, kind): Text(subject, body) for notice, kind, subject, body in rows})


def fill(text: str, values: Mapping[str, object]) -> str:
    """Known placeholders replaced, in one pass."""
    return _SLOT.sub(lambda found: str(values.get(found[1], found[0])), text)


def check(kind: WordingKind, subject: str, body: str) -> Text:
    """The text tidied; Refused with a sentence about the first thing that is wrong."""
    text = Text(" ".join(subject.split()), body.replace("\r\n", "\n").strip())
    known = [name for name in SLOTS if kind == WordingKind.MAIL or name != "姓名"]
    listed = "、".join(f"{{{name}}}" for name in known)
    for label, part in (("标题", text.subject), ("正文", text.body)):
        for found in _SLOT.finditer(part):
            if found[1] not in known:
                raise Refused(f"{label}里的“{found[0]}”不是可用的占位符，可用：{listed}。")
        if re.search(r"[{}]", _SLOT.sub("", part)):
            raise Refused(f"{label}里有多余的花括号，占位符应写成 {{清单}} 这样。")
    if kind == WordingKind.MAIL and not text.subject:
        raise Refused("请填写邮件标题。")
    if "{清单}" in text.subject:
        raise Refused("任务清单不能放在标题里，请放在正文里。")
    if "{清单}" not in text.body:
        raise Refused("正文里要有 {清单}，否则收件人看不到是哪些任务。")
    if len(text.subject) > 200 or len(text.body) > MOST:
        raise Refused(f"标题最长 200 字，正文最长 {MOST} 字，请删减。")
    return text


def check_right(notice: Notice | None, by: User | None) -> None:
    """The office of a notice for its own words; the administrator for those of all notices."""
    if by is None:
        return
    if notice is None and not holds(by, Can.ACCOUNTS):
        raise Refused("全系统的提醒文案只能由系统管理员修改。")
    if notice is not None and not has(by, Can.PLAN, notice.unit_id):
        raise Refused("本批次的提醒文案只能由整改办修改。")


@transaction.atomic
def edit(
    notice: Notice | None,
    kind: WordingKind,
    subject: str,
    body: str,
    *,
    version: int | None = None,
    by: User | None,
    at: dt.datetime,
) -> Wording:
    """`version` is that of the page looked at, 0 when there was no edited text; None: whatever is there is replaced."""
    check_right(notice, by)
    text = check(kind, subject, body)
    row = Wording.objects.select_for_update().filter(notice=notice, kind=kind).first()
    if version is not None and version != (row.version if row else 0):
        raise Stale("提醒文案刚被他人修改，请核对现在的文案后再保存；您的改动没有保存。")
    before = {"subject": row.subject, "body": row.body} if row else {}
    row = row or Wording(notice=notice, kind=kind)
    row.subject, row.body, row.version = text.subject, text.body, row.version + 1
    row.save()
    data = {"kind": kind, "subject": text.subject, "body": text.body, "before": before}
    pk = notice.pk if notice else None
    audit.record(audit.Act("reminder.wording", "wording", row.pk, pk, data=data), by=by, at=at)
    return row


@transaction.atomic
def reset(notice: Notice | None, kind: WordingKind, *, by: User | None, at: dt.datetime) -> bool:
    """Back to the words for all notices, or to the built-in ones. Returns whether there was anything to drop."""
    check_right(notice, by)
    if not Wording.objects.filter(notice=notice, kind=kind).delete()[0]:
        return False
    data, pk = {"kind": kind}, notice.pk if notice else None
    audit.record(audit.Act("reminder.wording.reset", "wording", None, pk, data=data), by=by, at=at)
    return True
