"""The proposed outline as a list a person can put right: nodes in the order of the text, and the moves on them.

    nodes = nodes_of(parsed)            # aspect, issue, measure, status, one after the other
    nodes = change_kind(nodes, 7, Kind.MEASURE)
    parsed_of(parsed, nodes)            # the outline again, as it would be taken

A measure belongs to the issue above it, an issue to the aspect above it, a status to the issue above it.
Every move returns a new list; a move that makes no sense raises `Unreadable` with a sentence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from notices.errors import Unreadable
from notices.records import ParsedAspect, ParsedIssue, ParsedLabel, ParsedMeasure, ParsedNotice
from notices.text.progress import progress_code


class Kind(StrEnum):
    ASPECT = "aspect"
    ISSUE = "issue"
    MEASURE = "measure"
    STATUS = "status"
    DROPPED = "dropped"


LABELS = {
    Kind.ASPECT: "方面",
    Kind.ISSUE: "问题",
    Kind.MEASURE: "措施",
    Kind.STATUS: "进度",
    Kind.DROPPED: "不录入",
}


@dataclass(frozen=True)
class Node:
    """`id` stays with the node whatever happens to it. `numbers` are the printed numbers of an issue (its path), or the
    aspect's number; empty when it has none. `labels` are the labelled lines of an issue. `line` is the 1-based line of the source."""

    id: int
    kind: Kind
    text: str
    line: int
    heading: str = ""
    numbers: tuple[int, ...] = ()
    labels: tuple[ParsedLabel, ...] = ()


def nodes_of(parsed: ParsedNotice) -> list[Node]:
    """The outline flattened. An aspect stands before its first issue, a status behind the issue's measures."""
    nodes: list[Node] = []

    def put(kind: Kind, text: str, line: int, heading: str = "", numbers: tuple[int, ...] = ()) -> None:
        nodes.append(Node(len(nodes) + 1, kind, text, line, heading, numbers))

    waiting = list(parsed.aspects)
    for issue in parsed.issues:
        while waiting and waiting[0].line <= issue.line:
            put(Kind.ASPECT, waiting[0].title, waiting[0].line, numbers=(waiting.pop(0).number,))
        put(Kind.ISSUE, issue.title, issue.line, numbers=issue.path)
        nodes[-1] = replace(nodes[-1], labels=issue.labels)
        for measure in issue.measures:
            put(Kind.MEASURE, measure.text, measure.line, measure.heading or "")
        if issue.progress:
            last = issue.measures[-1].line if issue.measures else issue.line
            put(Kind.STATUS, issue.progress_text or "", last)
    for aspect in waiting:
        put(Kind.ASPECT, aspect.title, aspect.line, numbers=(aspect.number,))
    return nodes


def parsed_of(parsed: ParsedNotice, nodes: Sequence[Node]) -> ParsedNotice:
    """The outline that the nodes say, with the header of `parsed`. Printed numbers are kept, also those that stand
    twice; an issue or aspect without a number gets the next free one."""
    build = _Build()
    for node in nodes:
        build.take(node)
    return replace(parsed, aspects=tuple(build.aspects), issues=tuple(build.done()))


class _Build:
    def __init__(self) -> None:
        self.aspects: list[ParsedAspect] = []
        self.issues: list[ParsedIssue] = []
        self.paths: set[tuple[int, ...]] = set()

    def take(self, node: Node) -> None:
        if node.kind == Kind.ASPECT:
            taken = {a.number for a in self.aspects}
            number = node.numbers[0] if node.numbers else max(taken, default=0) + 1
            self.aspects.append(ParsedAspect(number, node.text, node.line))
        elif node.kind == Kind.ISSUE:
            self.issues.append(
                ParsedIssue(self._path(node), node.text, node.line, None, None, (), node.labels)
            )
        elif node.kind in (Kind.MEASURE, Kind.STATUS) and self.issues:
            self.issues[-1] = _with(self.issues[-1], node)

    def _path(self, node: Node) -> tuple[int, ...]:
        head = self.aspects[-1].number if self.aspects else 0
        path = node.numbers if len(node.numbers) > 1 else ()
        if self.aspects and path and path[0] != head:
            path = (head, *path[1:])
        if not path and node.numbers and not self.aspects:
            path = node.numbers
        if not path:
            used = [p[1] for p in self.paths if len(p) > 1 and p[0] == head]
            path = (head, max(used, default=0) + 1)
        self.paths.add(path)
        return path

    def done(self) -> list[ParsedIssue]:
        return self.issues


def _with(issue: ParsedIssue, node: Node) -> ParsedIssue:
    if node.kind == Kind.STATUS:
        code = progress_code(node.text)
        return replace(issue, progress=code.value if code else None, progress_text=node.text or None)
    measure = ParsedMeasure(node.heading or None, node.text, node.line)
    return replace(issue, measures=(*issue.measures, measure))


def orphans(nodes: Iterable[Node]) -> list[Node]:
    """Measures and statuses that stand before the first issue: they would be lost, so a person must place them."""
    found: list[Node] = []
    for node in nodes:
        if node.kind == Kind.ISSUE:
            break
        if node.kind in (Kind.MEASURE, Kind.STATUS):
            found.append(node)
    return found


def change_kind(nodes: Sequence[Node], pk: int, kind: Kind) -> list[Node]:
    """A heading swallowed into a measure comes back as the head of the text when the node stops being a measure."""
    at = _at(nodes, pk)
    node = nodes[at]
    if kind == Kind.STATUS and progress_code(node.text) is None:
        raise Unreadable(f"“{node.text[:20]}”不是进度用语,不能改为进度。", where=f"第 {node.line} 行")
    text = node.text if kind == Kind.MEASURE or not node.heading else f"{node.heading}{node.text}"
    heading = node.heading if kind == Kind.MEASURE else ""
    return _put(nodes, at, replace(node, kind=kind, text=text, heading=heading))


def edit(nodes: Sequence[Node], pk: int, text: str, heading: str | None = None) -> list[Node]:
    """Other words for a node; empty words are refused."""
    at = _at(nodes, pk)
    text = " ".join(text.split())
    if not text:
        raise Unreadable("内容不能为空;不需要的内容请选“不录入”。", where=f"第 {nodes[at].line} 行")
    return _put(
        nodes, at, replace(nodes[at], text=text, heading=nodes[at].heading if heading is None else heading)
    )


def split(nodes: Sequence[Node], pk: int, offset: int) -> list[Node]:
    """Cut a node in two at the character offset; both parts keep the kind, the second has no numbers."""
    at = _at(nodes, pk)
    node = nodes[at]
    first, second = node.text[:offset].strip(), node.text[offset:].strip()
    if not first or not second:
        raise Unreadable("请把光标放在要拆开的两段文字之间。", where=f"第 {node.line} 行")
    fresh = Node(max(n.id for n in nodes) + 1, node.kind, second, node.line)
    return [*nodes[:at], replace(node, text=first), fresh, *nodes[at + 1 :]]


def merge(nodes: Sequence[Node], pk: int) -> list[Node]:
    """Append a node to the one before it (dropped ones are passed over)."""
    at = _at(nodes, pk)
    before = next((i for i in range(at - 1, -1, -1) if nodes[i].kind != Kind.DROPPED), None)
    if before is None:
        raise Unreadable("前面没有可以合并的内容。", where=f"第 {nodes[at].line} 行")
    joined = f"{nodes[before].text}{nodes[at].heading}{nodes[at].text}"
    kept = _put(nodes, before, replace(nodes[before], text=joined))
    return [n for n in kept if n.id != pk]


def move(nodes: Sequence[Node], pk: int, by: int) -> list[Node]:
    """Move a node with everything below it (an issue takes its measures along) one sibling up (-1) or down (+1)."""
    at = _at(nodes, pk)
    end = _end(nodes, at)
    block, rest = list(nodes[at:end]), [*nodes[:at], *nodes[end:]]
    if by < 0:
        to = next((i for i in range(at - 1, -1, -1) if _rank(rest[i]) <= _rank(block[0])), None)
    else:
        to = None if at >= len(rest) else _end(rest, at) if _rank(rest[at]) >= _rank(block[0]) else at + 1
    if to is None:
        raise Unreadable("已经到头,不能再移动。", where=f"第 {nodes[at].line} 行")
    return [*rest[:to], *block, *rest[to:]]


def drop(nodes: Sequence[Node], pk: int) -> list[Node]:
    """Leave a node out; it stays in the list and can be taken back by changing its kind."""
    return change_kind(nodes, pk, Kind.DROPPED)


_RANKS = {Kind.ASPECT: 0, Kind.ISSUE: 1, Kind.MEASURE: 2, Kind.STATUS: 2, Kind.DROPPED: 2}


def _rank(node: Node) -> int:
    return _RANKS[node.kind]


def _end(nodes: Sequence[Node], at: int) -> int:
    """The index behind the node and everything below it."""
    end = at + 1
    while end < len(nodes) and _rank(nodes[end]) > _rank(nodes[at]):
        end += 1
    return end


def _at(nodes: Sequence[Node], pk: int) -> int:
    for i, node in enumerate(nodes):
        if node.id == pk:
            return i
    raise Unreadable("这一项已不在提纲中,请刷新后重试。")


def _put(nodes: Sequence[Node], at: int, node: Node) -> list[Node]:
    return [*nodes[:at], node, *nodes[at + 1 :]]


def to_json(nodes: Iterable[Node]) -> list[dict[str, Any]]:
    return [
        {
            **asdict(n),
            "kind": n.kind.value,
            "numbers": list(n.numbers),
            "labels": [asdict(x) for x in n.labels],
        }
        for n in nodes
    ]


def from_json(rows: Iterable[dict[str, Any]]) -> list[Node]:
    return [
        Node(
            **{
                **row,
                "kind": Kind(row["kind"]),
                "numbers": tuple(row["numbers"]),
                "labels": tuple(ParsedLabel(**label) for label in row.get("labels", ())),
            }
        )
        for row in rows
    ]
