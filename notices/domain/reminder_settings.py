"""A notice's own reminder rules: read from its ReminderSetting, checked, and changed by its office."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.access import has
from accounts.models import User
from accounts.roles import Can
from notices.domain.reminder_rules import (
    DIRECTIVE,
    EVIDENCE,
    EXTENSION_HEAD,
    EXTENSION_OFFICE,
    FINDING,
    IDLE,
    LADDERS,
    LETTER,
    LOOK_BACK,
    OVERDUE,
    REPLY,
    REVIEW,
    WAITING,
    WAITING_RULE,
    WEEK,
    Ladder,
    Rung,
    Way,
    Who,
    name_of,
)
from notices.errors import Refused, Stale
from notices.models import Notice, ReminderSetting
from notices.terms import Stage

LETTERS = ("提醒函", "督办单", "告诫书")
RULES = {
    OVERDUE: "已超期",
    WAITING_RULE: "待审核、待验收、延期待批",
    IDLE: "多日无进展",
    WEEK: "周报未报送",
    REPLY: "批示、函件、督导发现待回复",
    REVIEW: "长期坚持待复查",
    LOOK_BACK: "回头看待核查",
    EVIDENCE: "佐证材料将到期",
}
# Rules as rows and previews name them, where that is more than the rule they are set with.
_LABELS = {
    **RULES,
    **dict(zip(WAITING.values(), ("待单位审核", "待验收"), strict=True)),
    EXTENSION_HEAD: "延期待单位审核",
    EXTENSION_OFFICE: "延期待审批",
    DIRECTIVE: "批示待回复",
    LETTER: "函件待回复",
    FINDING: "督导发现待回复",
}
_MOST_DAYS = 90
_WAY = {f.name for f in fields(Way)}
# What a rule may say beside how it is sent; each is a number of days or a list of ranks.
_DAYS = {
    OVERDUE: ("every",),
    WAITING_RULE: ("after",),
    IDLE: ("after",),
    **dict.fromkeys((REPLY, LOOK_BACK, EVIDENCE), ("ahead",)),
}
# The field of a ladder each of them is.
_FIELDS = {"every": "every", "after": "{}_after", "ahead": "{}_ahead"}
_TOLD = tuple(rule for rule in RULES if rule != WAITING_RULE)  # an application has judges instead


@dataclass(frozen=True)
class Settings:
    """What a form or a program sends. `rungs`: [[days left, [who, …]], …]; `rules`: rule → values, see `read_rules`."""

    is_on: bool = True
    working_days: bool = False
    rungs: Sequence[Any] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)


def ladder_of(preset: str, setting: ReminderSetting | None) -> Ladder | None:
    """The ladder in force; None when the notice's reminders are switched off."""
    if setting is None:
        return LADDERS[preset]
    return wanted_ladder(preset, setting) if setting.is_on else None


def wanted_ladder(preset: str, setting: ReminderSetting | Settings) -> Ladder:
    """The ladder a setting asks for, whether it is on or not."""
    rungs = read_rungs(list(setting.rungs)) or LADDERS[preset].rungs
    ladder = replace(LADDERS[preset], rungs=rungs, working=setting.working_days)
    rules = read_rules(setting.rules)
    changes: dict[str, Any] = {}
    for rule, values in rules.items():
        tell = tuple(who for who in Who if who in values.get("tell", ()))
        if "tell" in values and rule in _TOLD:
            changes[rule] = tell
        for name in _DAYS.get(rule, ()):
            if name in values:
                changes[_FIELDS[name].format(rule)] = values[name]
    ways = tuple(
        (rule, Way(**{k: v for k, v in values.items() if k in _WAY}))
        for rule, values in sorted(rules.items())
        if _WAY & set(values)
    )
    return replace(ladder, ways=ways, **changes)


def live_ladders() -> dict[int, Ladder]:
    """Notice id → ladder, for notices whose reminders run now. Two queries."""
    settings = {row.notice_id: row for row in ReminderSetting.objects.all()}
    found = {
        pk: ladder_of(preset, settings.get(pk))
        for pk, preset in Notice.objects.live().values_list("pk", "preset")
    }
    return {pk: ladder for pk, ladder in found.items() if ladder is not None}


def describe(ladder: Ladder) -> Settings:
    """A ladder as the settings that would make it; what a form begins with."""
    rungs = [[rung.left, [str(who) for who in rung.tell]] for rung in ladder.rungs]
    rules: dict[str, dict[str, Any]] = {rule: {} for rule in RULES}
    for rule, values in rules.items():
        if rule in _TOLD:
            values["tell"] = [str(who) for who in getattr(ladder, rule)]
        values |= {name: getattr(ladder, _FIELDS[name].format(rule)) for name in _DAYS.get(rule, ())}
    for rule in (*rules, *(name_of(rung.left) for rung in ladder.rungs)):
        rules.setdefault(rule, {}).update(asdict(ladder.way(rule)))
    return Settings(True, ladder.working, rungs, rules)


def label_of(rule: str) -> str:
    """The rule in the words of the pages."""
    left = rule.removeprefix("left_")
    if left != rule:
        return "到期当天" if left == "0" else f"剩余 {left} 天"
    return _LABELS.get(rule, rule)


# ── Reading what was sent ────────────────────────────────────────────────────
def read_rungs(value: Any) -> tuple[Rung, ...]:
    """Rungs from [[days left, [who, …]], …], sorted; Refused with a sentence when it cannot be meant."""
    if not isinstance(value, list):
        raise Refused("提醒阶梯应为列表，例如 [[10, [“worker”]], [3, [“worker”, “head”]]]。")
    rungs = [_read_rung(item) for item in value]
    if len({rung.left for rung in rungs}) != len(rungs):
        raise Refused("提醒阶梯中同一天数出现了两次，请合并。")
    return tuple(sorted(rungs, key=lambda rung: -rung.left))


def _read_rung(item: Any) -> Rung:
    if not isinstance(item, list | tuple) or len(item) != 2:
        raise Refused("提醒阶梯的每一级应为[剩余天数, 提醒对象]。")
    left, tell = item
    if not _is_days(left, 0):
        raise Refused(f"提醒阶梯的剩余天数“{left}”应为 0 到 90 之间的整数。")
    if not isinstance(tell, list | tuple) or not tell or any(who not in Who.values for who in tell):
        raise Refused(f"剩余 {left} 天的提醒对象不对，可选：{'、'.join(Who.labels)}。")
    return Rung(left, tuple(who for who in Who if who in tell))


def read_rules(value: Any) -> dict[str, dict[str, Any]]:
    """Rule → its values, checked: `tell` (ranks; an empty list switches all but overdue off), `every`, `after` (days;
    0 switches waiting and idle off), `ahead` (days before the day), and those of a Way. The rules are those of RULES and left_N."""
    if not isinstance(value, Mapping):
        raise Refused("提醒规则的格式不对，请在“提醒规则”页面重新填写。")
    return {str(rule): _read_rule(str(rule), values) for rule, values in value.items()}


def _read_rule(rule: str, values: Any) -> dict[str, Any]:
    left = rule.removeprefix("left_")
    if rule not in RULES and not (rule.startswith("left_") and left.isascii() and left.isdigit()):
        raise Refused(f"没有提醒规则“{rule[:30]}”，请在“提醒规则”页面重新填写。")
    label = RULES.get(rule, f"剩余 {left} 天")
    known = _WAY | set(_DAYS.get(rule, ())) | ({"tell"} if rule in _TOLD else set())
    if not isinstance(values, Mapping) or set(values) - known:
        raise Refused(f"“{label}”的设置里有系统不认识的内容，请重新填写。")
    for name in _DAYS.get(rule, ()):
        least = 1 if name == "every" else 0
        if name in values and not _is_days(values[name], least):
            raise Refused(f"“{label}”的天数“{values[name]}”应为 {least} 到 {_MOST_DAYS} 之间的整数。")
    tell = values.get("tell", [])
    if not isinstance(tell, list | tuple) or any(who not in Who.values for who in tell):
        raise Refused(f"“{label}”的提醒对象不对，可选：{'、'.join(Who.labels)}。")
    if rule == OVERDUE and "tell" in values and not tell:
        raise Refused("“已超期”至少要选一个提醒对象。")
    if values.get("letter", "") not in ("", *LETTERS):
        raise Refused(f"“{label}”的文书只能是{'、'.join(LETTERS)}，或不选。")
    if any(not isinstance(values.get(name, False), bool) for name in ("mail", "group", "must")):
        raise Refused(f"“{label}”的发送方式只能选或不选。")
    return {name: (list(v) if name == "tell" else v) for name, v in values.items()}


def _is_days(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST_DAYS


# ── Changing ─────────────────────────────────────────────────────────────────
def check_right(notice: Notice, by: User | None) -> None:
    if by is not None and not has(by, Can.PLAN, notice.unit_id):
        raise Refused("提醒设置只能由整改办修改。")
    if notice.stage == Stage.ARCHIVED:
        raise Refused("该批次已归档，只能查看。")


@transaction.atomic
def configure(
    notice: Notice,
    wanted: Settings,
    *,
    version: int | None = None,
    by: User | None,
    at: dt.datetime,
) -> ReminderSetting:
    """Set how one notice reminds; no rungs are its preset's own. `version` is that of the page looked at, 0 when the
    notice had no settings yet; None: whatever stands there is replaced."""
    check_right(notice, by)
    kept = [[rung.left, [str(who) for who in rung.tell]] for rung in read_rungs(list(wanted.rungs))]
    values = {
        "is_on": wanted.is_on,
        "working_days": wanted.working_days,
        "rungs": kept,
        "rules": read_rules(wanted.rules),
    }
    # The row lock of the notice: two people who set rules for the first time must not both succeed.
    Notice.objects.select_for_update().only("pk").get(pk=notice.pk)
    row = ReminderSetting.objects.filter(notice=notice).first() or ReminderSetting(notice=notice)
    if version is not None and row.version != version:
        raise Stale("提醒规则刚被他人修改，请核对现在的规则后再保存；您的改动没有保存。")
    before = {name: getattr(row, name) for name in values} if row.pk else {}
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    data = {**values, "before": before}
    audit.record(audit.Act("notice.reminders", "notice", notice.pk, notice.pk, data=data), by=by, at=at)
    return row


@transaction.atomic
def reset(notice: Notice, *, by: User | None, at: dt.datetime) -> bool:
    """Back to the preset's own rules. Returns whether there was anything to drop."""
    check_right(notice, by)
    if not ReminderSetting.objects.filter(notice=notice).delete()[0]:
        return False
    audit.record(audit.Act("notice.reminders.reset", "notice", notice.pk, notice.pk), by=by, at=at)
    return True
