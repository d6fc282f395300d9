"""The page that describes the interface, made from its schema: it is read without script, searched and printed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

KINDS = {"string": "文字", "integer": "整数", "number": "数", "boolean": "是否", "object": "对象"}
FORMATS = {"date": "日期", "date-time": "时间", "decimal": "小数", "uri": "网址", "binary": "文件"}
PLACES = {"path": "地址", "query": "查询", "header": "请求头"}
GROUPS = {
    "board": "总览", "deliveries": "推送记录", "directives": "批示", "extensions": "延期申请", "findings": "督导发现",
    "issues": "问题", "ledger-columns": "台账各列", "ledger-jobs": "台账后台任务", "ledger-uploads": "台账导入", "letters": "函件", "links": "问题关联", "lookback-items": "回头看逐项", "lookbacks": "回头看",
    "me": "本人", "measures": "整改措施", "meetings": "会议", "notices": "批次", "nudges": "催办", "outcomes": "成效",
    "plans": "整改方案", "progress": "进展", "publication-items": "通报逐项", "publications": "通报", "rebukes": "约谈与通报批评",
    "reminder-health": "提醒运行情况", "reminder-rules": "提醒规则", "reviews": "审查", "search": "检索", "snapshots": "台账快照",
    "subscriptions": "推送订阅", "supervisions": "督导检查", "tasks": "任务", "views": "视图", "visit-files": "督导材料",
    "wall": "挂图作战", "week-reports": "周报",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One field. `shape`: the name of the shape its kind leads to, "" when it is a plain one."""

    name: str
    kind: str
    words: str
    shape: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Operation:
    verb: str
    path: str
    words: str
    given: tuple[Line, ...]
    sent: Line | None
    answers: tuple[tuple[str, Line | None], ...]


@dataclass
class Group:
    """Operations about one thing, in the order of their addresses."""

    code: str
    name: str
    operations: list[Operation] = field(default_factory=list)


@dataclass(frozen=True)
class Shape:
    """What is sent or answered; `values` instead of lines where it is one of a few words."""

    name: str
    words: str
    lines: tuple[Line, ...]
    values: tuple[str, ...]


@login_required
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    groups, shapes = described()
    return render(request, "notices/api_docs.html", {"groups": groups, "shapes": shapes})


@cache
def described() -> tuple[list[Group], list[Shape]]:
    """The same for everybody and as long as the process lives."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    groups: dict[str, Group] = {}
    for path, verbs in schema["paths"].items():
        for verb, told in verbs.items():
            code = told["tags"][0]
            group = groups.setdefault(code, Group(code, GROUPS.get(code, code)))
            group.operations.append(_operation(verb, path, told))
    shapes = [_shape(name, told) for name, told in schema["components"]["schemas"].items()]
    return sorted(groups.values(), key=lambda group: group.code), [s for s in shapes if s.lines or s.values]


def _operation(verb: str, path: str, told: dict[str, Any]) -> Operation:
    given = tuple(
        _line(
            p["name"],
            p["schema"],
            f"{PLACES[p['in']]}参数。{p.get('description', '')}",
            bool(p.get("required")),
        )
        for p in told.get("parameters", ())
    )
    answers = tuple((code, _content(answer)) for code, answer in told["responses"].items())
    body = _content(told["requestBody"]) if "requestBody" in told else None
    return Operation(verb.upper(), path, told.get("description", ""), given, body, answers)


def _content(told: dict[str, Any]) -> Line | None:
    """The first of several ways to write the same."""
    schema = next((way["schema"] for way in told.get("content", {}).values()), None)
    return None if schema is None else _line("", schema, "", False)


def _line(name: str, told: dict[str, Any], words: str, needed: bool) -> Line:
    kind, shape = _kind(told)
    kind += "，可为空" if told.get("nullable") else ""
    return Line(name, kind, words, shape, needed)


def _kind(told: dict[str, Any]) -> tuple[str, str]:
    """The kind in words, and the shape it leads to."""
    if "$ref" in told:
        return "", told["$ref"].rpartition("/")[2]
    for way in ("allOf", "oneOf"):
        if way in told:
            return _kind(told[way][0])
    if told.get("type") == "array":
        kind, shape = _kind(told["items"])
        return f"{kind}列表", shape
    if "enum" in told:
        return " / ".join(str(value) for value in told["enum"]), ""
    return FORMATS.get(told.get("format", ""), KINDS.get(told.get("type", ""), "任意")), ""


def _shape(name: str, told: dict[str, Any]) -> Shape:
    needed = set(told.get("required", ()))
    lines = tuple(
        _line(
            key,
            value,
            "。".join(
                filter(None, (value.get("title", ""), value.get("description", ""), _read_only(value)))
            ),
            key in needed and not value.get("readOnly"),
        )
        for key, value in told.get("properties", {}).items()
    )
    words = told.get("description", "")
    if "enum" in told:
        return Shape(name, "", lines, tuple(_values(told["enum"], words)))
    return Shape(name, words, lines, ())


def _read_only(told: dict[str, Any]) -> str:
    return "只读" if told.get("readOnly") else ""


def _values(codes: list[Any], words: str) -> Iterator[str]:
    """Each code with the label that stands beside it in the description."""
    labels = dict(line[3:].split("` - ", 1) for line in words.splitlines() if line.startswith("* `"))
    for code in codes:
        if code not in ("", None):
            label = labels.get(str(code), "")
            yield f"{code}　{label}".rstrip()
