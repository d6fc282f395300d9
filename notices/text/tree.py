"""Numbered rows nested by the form of their numbers, and the decision which of them are issues."""

from dataclasses import dataclass, field

from notices.text.labels import Label
from notices.text.marks import Kind, find_ordinals
from notices.text.rows import Row
from notices.text.titles import Sense, is_group_title

_RANKS: dict[Kind, float] = {
    Kind.ASPECT: 0,
    Kind.PART: 1,
    Kind.SECTION: 2,
    Kind.PROBLEM: 2.5,
    Kind.ITEM: 3,
    Kind.DECIMAL: 3.5,
    Kind.SUB: 4,
    Kind.HALF: 4.5,
    Kind.CIRCLE: 5,
}


@dataclass(eq=False, slots=True)
class Node:
    """A numbered row. `labelled`/`texts`: what its own rows hold before its first child."""

    row: Row
    kind: Kind
    number: int
    title: str
    implied: bool = False  # the number is not printed
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    texts: int = 0
    is_issue: bool = False
    doubtful: bool = False

    @property
    def is_group(self) -> bool:
        """An issue or aspect whose parts are issues themselves."""
        return any(child.is_issue for child in self.children)

    @property
    def path(self) -> tuple[int, ...]:
        numbers: list[int] = []
        node: Node | None = self
        while node is not None:
            numbers.append(node.number)
            node = node.parent
        return tuple(reversed(numbers))


@dataclass(slots=True)
class Tree:
    """`owner[i]` is the node row i of the items belongs to; None above the first number."""

    roots: list[Node]
    nodes: list[Node]
    owner: list[Node | None]
    titles: set[int] = field(default_factory=set)  # line numbers that hold nothing but the title of an aspect


def build_tree(rows: list[Row]) -> Tree:
    """Nest the rows: a number of a form already open closes it, any other opens below the last."""
    ranks = _ranks(rows)
    tree = Tree([], [], [])
    stack: list[Node] = []
    for index, row in enumerate(rows):
        node = _node_of(rows, index, stack)
        if node is not None:
            _place(node, stack, ranks, tree)
        elif stack and _is_title_below(stack[-1], row):
            stack[-1].title = row.title
            tree.titles.add(row.line.number)
        elif stack:
            _note(stack[-1], row)
        tree.owner.append(stack[-1] if stack else None)
    return tree


def _is_title_below(node: Node, row: Row) -> bool:
    """第一方面问题 alone in its line: the next line is its title."""
    return (
        node.kind is Kind.ASPECT
        and not node.title
        and not node.texts
        and row.label is None
        and row.is_title_only
        and len(row.title) <= 120
    )


def _ranks(rows: list[Row]) -> dict[Kind, float]:
    """The usual order, except where a notice puts 问题N: above its sections."""
    kinds = [row.kind for row in rows]
    if (
        Kind.PROBLEM in kinds
        and Kind.SECTION in kinds
        and kinds.index(Kind.PROBLEM) < kinds.index(Kind.SECTION)
    ):
        return _RANKS | {Kind.PROBLEM: 1.5}
    return _RANKS


def _place(node: Node, stack: list[Node], ranks: dict[Kind, float], tree: Tree) -> None:
    while stack and ranks[stack[-1].kind] >= ranks[node.kind]:
        stack.pop()
    if node.implied:
        siblings = stack[-1].children if stack else tree.roots
        node.number = siblings[-1].number + 1 if siblings else 1
    if stack:
        node.parent = stack[-1]
        stack[-1].children.append(node)
    else:
        tree.roots.append(node)
    stack.append(node)
    tree.nodes.append(node)
    if node.row.rest < len(node.row.line.folded) and not node.row.is_title_only:
        node.texts += 1
        if ":" in node.row.line.folded[node.row.rest :][:24]:
            node.labels.extend(_inline_labels(node.row))


def _inline_labels(row: Row) -> list[Label]:
    from_rest = row.line.folded[row.rest :].lstrip()
    return [Label.BODY] if from_rest.startswith(("整改", "落实", "具体", "完成")) else []


def _note(node: Node, row: Row) -> None:
    if row.label is not None:
        node.labels.append(row.label)
    node.texts += 1


def _node_of(rows: list[Row], index: int, stack: list[Node]) -> Node | None:
    row = rows[index]
    if row.mark is not None:
        return Node(row, row.mark.kind, row.mark.number, row.title)
    if row.label is Label.PROBLEM and row.title and not _awaits_body(stack):
        return Node(row, Kind.PROBLEM, 0, row.title, implied=True)
    if row.label is None and _is_unnumbered_group(rows, index):
        return Node(row, Kind.ASPECT, 0, row.title, implied=True)
    if row.label is None and _is_unnumbered_issue(row) and not _awaits_body(stack):
        return Node(row, Kind.PROBLEM, 0, row.title, implied=True)
    return None


def _awaits_body(stack: list[Node]) -> bool:
    """The open item has a title that reads like an issue and nothing below it yet."""
    return bool(stack) and stack[-1].texts == 0 and stack[-1].row.sense in (Sense.ISSUE, Sense.FAULT)


_SHORT = 60


def _is_unnumbered_group(rows: list[Row], index: int) -> bool:
    row = rows[index]
    below = rows[index + 1] if index + 1 < len(rows) else None
    if below is None or below.mark is None or below.kind is Kind.ASPECT or len(row.line.folded) > _SHORT:
        return False
    return row.is_title_only and is_group_title(row.title) and not row.line.folded.endswith("。")


def _is_unnumbered_issue(row: Row) -> bool:
    if row.sense is not Sense.ISSUE or not row.line.folded.startswith(("关于", "针对", "关於")):
        return False
    rest = row.line.folded[row.rest :].strip()
    return not rest or bool(find_ordinals(rest)[:1]) or rest.startswith(("整改", "已完成", "阶段性"))


# --- which numbered rows are issues ------------------------------------------------------------------------------


def decide_issues(tree: Tree, *, letter: bool) -> None:
    """Set `is_issue`, siblings together; in a feedback letter nothing is a measure."""
    for root in tree.roots:
        root.is_issue = True
    for node in tree.nodes:  # parents come before their children
        if node.children:
            _decide_children(node, letter)


def _decide_children(parent: Node, letter: bool) -> None:
    for kind in dict.fromkeys(child.kind for child in parent.children):
        group = [child for child in parent.children if child.kind is kind]
        score = _score(parent, group)
        issues = parent.is_issue and (score > 0 or (letter and score > -len(group)))
        for child in group:
            child.is_issue = issues
        if parent.is_issue and not letter and abs(score) <= 0.25 * len(group):
            group[0].doubtful = True


_POINTS = {Sense.ISSUE: 3.0, Sense.FAULT: 1.2, Sense.PLAIN: 0.0, Sense.ACTION: -1.0}


def _score(parent: Node, group: list[Node]) -> float:
    """Above 0 the group are issues: what their titles say, what stands below them, what stands above them."""
    count = len(group)
    score = sum(_POINTS[node.row.sense] for node in group)
    labelled = [
        index
        for index, node in enumerate(group)
        if Label.BODY in node.labels or Label.PROGRESS in node.labels
    ]
    if len(labelled) > 1 or (labelled and labelled[0] < count - 1):
        score += 2.0 * len(labelled)
    elif labelled and Label.BODY in group[labelled[0]].labels:
        score += 1.0
    strong = sum(node.row.sense is Sense.ISSUE for node in group)
    if Label.BODY in parent.labels and strong * 2 < count:
        score -= 3.0 * count
    if is_group_title(parent.title) or parent.row.sense is Sense.PLAIN:
        score += 0.4 * count
    elif parent.row.sense is Sense.ISSUE and strong * 2 < count:
        score -= 0.6 * count
    return score
