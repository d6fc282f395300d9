"""Which tables leave the house and how a row of them reads without us: Chinese headings, labels for codes, names for keys.

Every model is in `TABLES` or in `LEFT_OUT` with the reason (held by a test), and every column but `SECRET` is written.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import models
from django.utils.timezone import localtime

from accounts.models import Unit, User
from notices.ledger.write import RISKY
from notices.models import Aspect, Issue, Notice, Task

CHUNK = 2000
GUARDED = RISKY | {"'"}

# Table → the way from it to the notice it belongs to; None: it belongs to the whole installation.
TABLES: dict[str, str | None] = {
    "notices.notice": "pk",
    "notices.aspect": "notice",
    "notices.issue": "notice",
    "notices.issuelink": "later__notice",
    "notices.task": "notice",
    "notices.taskunit": "task__notice",
    "notices.progress": "task__notice",
    "notices.progress_merges": "from_progress__task__notice",
    "notices.evidence": "task__notice",
    "notices.transition": "task__notice",
    "notices.comment": "task__notice",
    "notices.comment_mentioned": "comment__task__notice",
    "notices.nudge": "task__notice",
    "notices.extension": "task__notice",
    "notices.review": "task__notice",
    "notices.lookback": "notice",
    "notices.lookbackitem": "look_back__notice",
    "notices.directive": "notice",
    "notices.directivereply": "directive__notice",
    "notices.directivereceipt": "directive__notice",
    "notices.letter": "notice",
    "notices.letter_tasks": "letter__notice",
    "notices.letterfile": "letter__notice",
    "notices.letterreply": "letter__notice",
    "notices.rebuke": "notice",
    "notices.rebuke_tasks": "rebuke__notice",
    "notices.meeting": "notice",
    "notices.meeting_tasks": "meeting__notice",
    "notices.meetingfile": "meeting__notice",
    "notices.outcomeentry": "notice",
    "notices.outcomefile": "outcome__notice",
    "notices.outcomescan": "notice",
    "notices.supervision": "notice",
    "notices.supervision_members": "supervision__notice",
    "notices.supervision_units": "supervision__notice",
    "notices.supervisionfile": "supervision__notice",
    "notices.finding": "notice",
    "notices.finding_tasks": "finding__notice",
    "notices.findingreply": "finding__notice",
    "notices.planbaseline": "notice",
    "notices.baselinerow": "baseline__notice",
    "notices.planchange": "notice",
    "notices.planreview": "notice",
    "notices.planstep": "notice",
    "notices.publication": "notice",
    "notices.publicationitem": "publication__notice",
    "notices.publicationfile": "publication__notice",
    "notices.purge": "notice",
    "notices.bulletin": "notice",
    "notices.snapshot": "notice",
    "notices.weekreport": "notice",
    "notices.weekline": "report__notice",
    "notices.weeksetting": "notice",
    "notices.ledgerexport": "notice",
    "notices.ledgerupload": "notice",
    "notices.ledgerjob": "notice",
    "notices.reminder": None,
    "notices.remindersetting": "notice",
    "notices.walllink": "notice",
    "notices.intakedraft": None,
    "notices.reportdraft": None,
    "notices.message": None,
    "notices.preference": None,
    "notices.savedview": None,
    "notices.viewuse": None,
    "notices.viewmail": None,
    "notices.outlet": None,
    "notices.wording": None,
    "notices.subscription": None,
    "notices.delivery": None,
    "notices.ledgermapping": None,
    "notices.papertemplate": None,
    "notices.lettercounter": None,
    "notices.calendarday": None,
    "notices.sweep": None,
    "accounts.unit": None,
    "accounts.formername": None,
    "accounts.user": None,
    "accounts.membership": None,
    "accounts.proposal": None,
    "accounts.standin": None,
    "accounts.apitoken": None,
    "accounts.event": None,
}

_DERIVED = "由其他表推算得出，随时可以重算"
_SIGNED_IN = "只是当前的登录状态"
_UNUSED = "框架自带的表，本系统没有使用；角色在“任职”表"
_LOCKS = "登录失败的临时计数；每次登录的成败在“操作记录”表"
_SECRET_HASH = "只含密钥或散列，离开本系统没有用处"
LEFT_OUT: dict[str, str] = {
    "notices.rollup": _DERIVED,
    "notices.taskscope": _DERIVED,
    "notices.searchentry": _DERIVED,
    "notices.searchmark": _DERIVED,
    "notices.snapshotslice": "每周封存的台账以 Excel 放在“每周台账”文件夹，没有压缩的中间行",
    "notices.ledgerbase": "导入台账时比对用的中间行，导出的台账本身已在",
    "notices.spenttoken": "防止重复提交的一次性记号",
    "notices.heartbeat": "后台服务的心跳",
    "notices.hookmark": "推送读到哪一条的记号",
    "notices.calendarfeed": _SECRET_HASH,
    "accounts.secondfactor": _SECRET_HASH,
    "accounts.recoverycode": _SECRET_HASH,
    "accounts.keptanswer": "程序接口防止重复办理的缓存，几天后自动删除",
    "accounts.ratecount": "访问频次的临时计数",
    "accounts.signin": _SIGNED_IN,
    "sessions.session": _SIGNED_IN,
    "accounts.user_groups": _UNUSED,
    "accounts.user_user_permissions": _UNUSED,
    "auth.group": _UNUSED,
    "auth.group_permissions": _UNUSED,
    "auth.permission": _UNUSED,
    "contenttypes.contenttype": _UNUSED,
    "axes.accessattempt": _LOCKS,
    "axes.accessattemptexpiration": _LOCKS,
    "axes.accessfailurelog": _LOCKS,
    "axes.accesslog": _LOCKS,
}

# Columns that are not written, and why.
SECRET: dict[str, str] = {
    "accounts.user.password": "密码散列",
    "accounts.apitoken.digest": "访问令牌的散列",
    "notices.outlet.address": "群机器人的地址含密钥",
    "notices.outlet.token": "群机器人的令牌",
    "notices.outlet.secret": "群机器人的密钥",
    "notices.subscription.secret": "推送签名的密钥",
    "notices.walllink.token_hash": "大屏链接的散列",
    "notices.ledgerupload.plan": "导入方案的中间数据，上传的台账原件已在",
    "notices.ledgerupload.result": "导入结果的中间数据，逐项变更在“流转”“操作记录”表",
}

_NAMES = {"id": "行号", "version": "版本"}
_HEADINGS = {"notices.issue.lead_text": "牵头单位（原文）"}
_NAMED: dict[type[models.Model], str] = {
    Unit: "name",
    User: "name",
    Notice: "title",
    Aspect: "title",
    Issue: "number",
    Task: "number",
}


@dataclass(frozen=True)
class Column:
    """One column of a file: its heading and how a stored value reads."""

    heading: str
    source: str
    read: Callable[[Any], str]


@dataclass
class Names:
    """What rows of other tables are called, read once when first asked for."""

    known: dict[type[models.Model], dict[Any, str]]

    def of(self, model: type[models.Model], pk: Any) -> str:
        if pk is None:
            return ""
        if model not in self.known:
            self.known[model] = dict(model._default_manager.values_list("pk", _NAMED[model]))
        return self.known[model].get(pk, "")


def model_of(label: str) -> type[models.Model]:
    every = Notice._meta.apps.get_models(include_auto_created=True)
    return next(m for m in every if m._meta.label_lower == label)


def title_of(model: type[models.Model]) -> str:
    """The table's Chinese name; of a table between two others, whose it is and what it holds."""
    owner: Any = model._meta.auto_created
    if not owner:
        return str(model._meta.verbose_name)
    way = next(f for f in owner._meta.many_to_many if f.remote_field.through is model)
    return f"{owner._meta.verbose_name}·{way.verbose_name}"


def columns(model: type[models.Model], names: Names) -> list[Column]:
    """A key is written as it is and, where the other row has a name, by that name beside it."""
    found: list[Column] = []
    for field in model._meta.concrete_fields:
        if f"{model._meta.label_lower}.{field.name}" in SECRET:
            continue
        heading = _heading(model, field)
        target = field.related_model if field.remote_field else None
        if target is None:
            found.append(Column(heading, field.attname, _reader(model, field)))
            continue
        if target in _NAMED:
            found.append(Column(heading, field.attname, partial(names.of, target)))
        found.append(Column(f"{heading}（行号）", field.attname, _plain))
    return found


def _heading(model: type[models.Model], field: Any) -> str:
    if field.name in _NAMES:
        return _NAMES[field.name]
    if said := _HEADINGS.get(f"{model._meta.label_lower}.{field.name}"):
        return said
    if model._meta.auto_created and field.remote_field:
        same = sum(f.related_model is field.related_model for f in model._meta.local_fields if f.remote_field)
        word = str(field.related_model._meta.verbose_name)
        return f"{word}（{'后' if field.name.startswith('from') else '先'}）" if same > 1 else word
    return str(field.verbose_name)


def _reader(model: type[models.Model], field: Any) -> Callable[[Any], str]:
    if isinstance(field, models.BinaryField):
        return partial(_kept_beside, model)
    if field.choices:
        return partial(_chosen, {code: str(label) for code, label in field.flatchoices})
    if isinstance(field, models.JSONField):
        return _json
    return _plain


def _kept_beside(model: type[models.Model], value: Any) -> str:
    return "见“文书”文件夹中同编号的文件" if value else ""


def _chosen(labels: dict[Any, str], value: Any) -> str:
    return "" if value is None else labels.get(value, str(value))


def _json(value: Any) -> str:
    return "" if value in (None, {}, []) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return f"{localtime(value):%Y-%m-%d %H:%M:%S}"
    return str(value)


def rows_of(label: str, notice: int | None) -> models.QuerySet:
    """Every row of the table, or those of one notice, in the order of their keys."""
    way = TABLES[label]
    rows: models.QuerySet = models.QuerySet(model_of(label)).order_by("pk")
    if notice is None:
        return rows
    assert way is not None, f"{label} belongs to no notice"
    return rows.filter(**{way: notice})


def lines(label: str, notice: int | None, names: Names) -> Iterator[tuple[bytes, int]]:
    """The file in blocks, each with how many rows it holds: UTF-8 with a mark, so that Excel and WPS read it right.

    A text that a sheet would take for a formula has a ' in front, and so has one that begins with '.
    """
    written = columns(model_of(label), names)
    yield _block([[c.heading for c in written]], first=True), 0
    sources = list(dict.fromkeys(c.source for c in written))
    places = [sources.index(c.source) for c in written]
    part: list[list[str]] = []
    for row in rows_of(label, notice).values_list(*sources).iterator(chunk_size=CHUNK):
        part.append([_cell(c, row[place]) for c, place in zip(written, places, strict=True)])
        if len(part) >= CHUNK:
            yield _block(part), len(part)
            part = []
    if part:
        yield _block(part), len(part)


def sheet(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A small file of texts."""
    guarded = [[f"'{text}" if text[:1] in GUARDED and text else text for text in row] for row in rows]
    return _block([list(heads)], first=True) + _block(guarded)


def _cell(column: Column, value: Any) -> str:
    text = column.read(value)
    guarded = isinstance(value, str) and text[:1] in GUARDED and text
    return f"'{text}" if guarded else text


def _block(rows: Sequence[Sequence[str]], *, first: bool = False) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue().encode("utf-8-sig" if first else "utf-8")
