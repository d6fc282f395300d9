"""The item-by-item part: rows → aspects, issues with their measures and status, and what could not be placed."""

import re
from dataclasses import dataclass, field, replace

from notices.records import (
    ParsedAspect,
    ParsedIssue,
    ParsedLabel,
    ParsedMeasure,
    ParsedSection,
    Warned,
)
from notices.text.clean import fold
from notices.text.labels import Label, Piece, split_pieces
from notices.text.layout import Layout, Role
from notices.text.marks import Kind, find_mark
from notices.text.measures import Block, Status, bare_status, build_measures, strip_status, take_status
from notices.text.progress import progress_code
from notices.text.rows import Row
from notices.text.tree import Node, Tree, build_tree, decide_issues


@dataclass(slots=True)
class _Draft:
    """What is gathered for one issue while its rows pass by in printed order."""

    node: Node
    title: str
    blocks: list[Block] = field(default_factory=list)
    labels: list[ParsedLabel] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    details: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """The result; `roles` says for each line number of part two what the line became."""

    aspects: list[ParsedAspect] = field(default_factory=list)
    sections: list[ParsedSection] = field(default_factory=list)
    issues: list[ParsedIssue] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    roles: dict[int, Role] = field(default_factory=dict)


def build_outline(layout: Layout, *, letter: bool) -> Outline:
    """Aspects and issues of the item rows; `letter` is a feedback letter, whose issues have no measures."""
    tree = build_tree(layout.items)
    decide_issues(tree, letter=letter)
    return _Builder(layout, tree, letter).build()


# 关于…的问题（责任单位：县财政局）
_ASSIGNED_IN_TITLE = re.compile(
    r"[(（]((?:整改|牵头|责任|分管|包案|配合|完成)(?:时限|期限|领导|单位|部门|责任人|人)?[:：][^()（）]{2,200})[)）]$"
)
_QUOTED = 2000  # characters of a line that a warning repeats


def quote(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "……"


class _Builder:
    """Walks the rows once, in printed order."""

    def __init__(self, layout: Layout, tree: Tree, letter: bool) -> None:
        self.layout = layout
        self.tree = tree
        self.letter = letter
        self.out = Outline()
        self.drafts: dict[int, _Draft] = {}
        self.pending: Piece | None = None
        self.aspects = _aspect_nodes(tree)

    def build(self) -> Outline:
        for row in self.layout.containers:
            self.out.roles[row.line.number] = Role.PART
        for row, node in zip(self.layout.items, self.tree.owner, strict=True):
            self._pass(row, node)
        for draft in self.drafts.values():
            self.out.issues.append(self._finish(draft))
        self._check_numbers()
        return self.out

    # -- one row ---------------------------------------------------------------------------------------------------

    def _pass(self, row: Row, node: Node | None) -> None:
        if node is not None and node.row is row:
            self.pending = None
            self._open(node)
        elif row.line.number in self.tree.titles:
            self._set_role(row.line.number, Role.ASPECT)
        elif node is None:
            self._leave(row.line.number, row.line.text, "intro_text", "不属于任何问题，未列入提纲")
        else:
            self._take(row, node, 0, numbered=False)

    def _open(self, node: Node) -> None:
        row = node.row
        if not node.is_issue:
            self._set_role(row.line.number, Role.MEASURE)
            self._take(row, node, row.start, numbered=True)
            return
        is_aspect = node in self.aspects
        if is_aspect:
            self.out.aspects.append(ParsedAspect(node.number, node.title or row.line.text, row.line.number))
        elif node.is_group:
            self.out.sections.append(ParsedSection(node.path, node.title or row.line.text, row.line.number))
        self._set_role(row.line.number, Role.ASPECT if is_aspect else Role.ISSUE)
        self._note_node(node)
        if node.is_group or (is_aspect and node.kind is Kind.ASPECT and not node.texts and not node.children):
            rest = row.line.text[row.rest :].strip(" 。；;.，,：:")
            if rest:
                self._warn(
                    row.line.number,
                    "intro_text",
                    f"第{row.line.number}行“{quote(rest)}”在标题之后、第一个问题之前，未列入提纲，请核对。",
                )
            return
        draft = self.drafts[id(node)] = _Draft(node, node.title or row.line.text)
        self._lift_status(draft)
        self._take(row, node, row.rest, numbered=False)

    def _note_node(self, node: Node) -> None:
        line = node.row.line.number
        if node.implied:
            self._warn(
                line,
                "number_missing",
                f"第{line}行“{quote(node.title)}”没有编号，按先后次序记为第{node.number}项，请核对。",
            )
        elif node.row.mark and node.row.mark.damaged:
            self._warn(
                line,
                "number_damaged",
                f"第{line}行“{node.row.line.text[:20]}”的编号后缺少标点，已按编号{node.number}读取，请核对。",
            )
        if any(child.doubtful for child in node.children):
            child = next(child for child in node.children if child.doubtful)
            kind = "问题" if child.is_issue else "整改措施"
            self._warn(
                child.row.line.number,
                "kind_unsure",
                f"第{child.row.line.number}行起的编号段落已按{kind}读取，把握不大，请核对。",
            )

    def _lift_status(self, draft: _Draft) -> None:
        """(已完成整改) at either end of a title is the status and no part of the title."""
        match = re.search(r"[(（【\[]\s*([^()（）【】\[\]]{2,30})\s*[)）】\]]\s*$", draft.title)
        match = match or re.match(r"[(（【\[]\s*([^()（）【】\[\]]{2,30})\s*[)）】\]]\s*", draft.title)
        code = bare_status(match.group(1)) if match else None
        assigned = _ASSIGNED_IN_TITLE.search(draft.title)
        if assigned:
            line = draft.node.row.line
            draft.title = draft.title[: assigned.start()].rstrip()
            for piece in split_pieces(fold(assigned.group(1))):
                words = assigned.group(1)[piece.start : piece.end]
                self._keep_label(draft, Block(words, fold(words), line.number), piece.name or "责任")
            return
        if match and code:
            draft.title = (draft.title[: match.start()] + draft.title[match.end() :]).strip().rstrip("。；;")
            draft.statuses.append(Status(match.group(1).strip(), code, draft.node.row.line.number))

    # -- the pieces of a row ---------------------------------------------------------------------------------------

    def _take(self, row: Row, node: Node, start: int, *, numbered: bool) -> None:
        draft = self._draft_of(node)
        if draft is None:
            self._leave(
                row.line.number, row.line.text[start:].strip(), "intro_text", "不属于任何问题，未列入提纲"
            )
            return
        for piece in split_pieces(row.line.folded, start):
            self._take_piece(draft, row, piece, numbered and piece.start == start)

    def _draft_of(self, node: Node | None) -> _Draft | None:
        while node is not None:
            if node.is_issue:
                return self.drafts.get(id(node))
            node = node.parent
        return None

    def _take_piece(self, draft: _Draft, row: Row, piece: Piece, numbered: bool) -> None:
        line = row.line
        block = Block(line.text, line.folded, line.number).part(piece.start, piece.end)
        if block.folded.strip("。;,.、:- ") == "":
            self.pending = piece if piece.label not in (None, Label.BODY) else self.pending
            self._set_role(
                line.number,
                Role.PROGRESS
                if piece.label is Label.PROGRESS
                else Role.MEASURE
                if piece.label
                else Role.ISSUE,
            )
            return
        label, name = piece.label, piece.name
        if label is None and self.pending is not None:
            label, name = self.pending.label, self.pending.name
        self.pending = None
        if label is Label.PROGRESS:
            self._take_progress(draft, block, name)
        elif label in (Label.ASSIGNED, Label.DETAIL, Label.PROBLEM):
            self._keep_label(draft, block, name)
        elif label is Label.BODY and (code := progress_code(block.text)):
            self._take_mislabelled(draft, block, name, Status(strip_status(block.text), code, line.number))
        elif self.letter:
            self._set_role(line.number, Role.ISSUE)
            draft.details.append(block)
        else:
            self._set_role(line.number, Role.MEASURE)
            numbered = numbered or (piece.numbered and label is None)
            draft.blocks.append(_body_block(block, numbered, labelled=label is Label.BODY))

    def _take_progress(self, draft: _Draft, block: Block, name: str) -> None:
        words = strip_status(block.text)
        code = progress_code(words) or progress_code(re.split(r"[(（,，。;；]", words)[0])
        if code is None and (len(words) > 40 or "是" in words[:3]):
            self._set_role(block.line, Role.MEASURE)
            draft.blocks.append(block)
            return
        self._set_role(block.line, Role.PROGRESS)
        draft.statuses.append(Status(words, code, block.line))
        if code is None:
            self._warn(
                block.line,
                "progress_unknown",
                f"第{block.line}行“{name}:{quote(words)}”不是已知的整改状态，请核对后选择。",
            )

    def _take_mislabelled(self, draft: _Draft, block: Block, name: str, status: Status) -> None:
        self._set_role(block.line, Role.PROGRESS)
        draft.statuses.append(status)
        if draft.blocks and not re.search(r"进展|结果|成效|完成", name):
            self._warn(
                block.line,
                "label_mismatch",
                f"第{block.line}行“{name}:{status.text}”的内容是整改状态，已按“整改进度”读取，请核对。",
            )

    def _keep_label(self, draft: _Draft, block: Block, name: str) -> None:
        self._set_role(block.line, Role.WARNING)
        draft.labels.append(ParsedLabel(name, strip_status(block.text), block.line))
        self._warn(
            block.line,
            "label_kept",
            f"第{block.line}行“{name}:{quote(block.text)}”不是整改措施，已另存，供分解任务时填写。",
        )

    # -- closing an issue ------------------------------------------------------------------------------------------

    def _finish(self, draft: _Draft) -> ParsedIssue:
        node, blocks, statuses = draft.node, draft.blocks, draft.statuses
        if not statuses and not self.letter:
            blocks, status = take_status(blocks)
            if status:
                statuses = [status]
                if (
                    not any(block.line == status.line for block in blocks)
                    and status.line != node.row.line.number
                ):
                    self.out.roles[status.line] = Role.PROGRESS
        measures, warnings = build_measures(blocks)
        self.out.warnings.extend(warnings)
        status = self._agreed(statuses)
        labels = [
            *draft.labels,
            *(ParsedLabel("具体表现", block.text, block.line) for block in draft.details),
        ]
        labels.sort(key=lambda label: label.line)
        if not measures and not statuses and not self.letter:
            line = node.row.line.number
            self._warn(
                line,
                "no_measures",
                f"第{line}行“{quote(draft.title)}”之下没有读到整改措施和整改进度，请核对。",
            )
        return _issue(node, draft.title, status, measures, labels)

    def _agreed(self, statuses: list[Status]) -> Status | None:
        if not statuses:
            return None
        first = statuses[0]
        if len({status.code for status in statuses}) == 1:
            return first
        shown = "、".join(f"第{status.line}行“{quote(status.text)}”" for status in statuses)
        self._warn(
            statuses[-1].line, "progress_conflict", f"同一问题有几个不同的整改状态：{shown}，请核对后选择。"
        )
        return Status("；".join(status.text for status in statuses), None, first.line)

    # -- numbers ---------------------------------------------------------------------------------------------------

    def _check_numbers(self) -> None:
        """Numbers that repeat or skip are said, never mended; a number may run on from the group before."""
        last: dict[Kind, int] = {}
        groups: list[list[Node]] = [
            self.tree.roots,
            *(node.children for node in self.tree.nodes if node.children),
        ]
        order = sorted(
            (node for group in groups for node in group if node.is_issue), key=lambda n: n.row.line.number
        )
        previous: dict[tuple[int, Kind], int] = {}
        for node in order:
            key = (id(node.parent), node.kind)
            before = previous.get(key)
            if before is None:
                self._check_first(node, last.get(node.kind, 0))
            elif node.number != before + 1 and not node.implied:
                self._warn_number(node, before)
            previous[key] = node.number
            last[node.kind] = node.number

    def _check_first(self, node: Node, run_on: int) -> None:
        if node.number in (1, run_on + 1) or node.implied:
            return
        if node.kind is Kind.PART:
            return  # 二、 may be the first heading of the items after the organisation part
        self._warn_number(node, run_on if node.number > run_on else 0)

    def _warn_number(self, node: Node, before: int) -> None:
        line = node.row.line.number
        repeated = node.number <= before
        what = f"与前面重复（前一项是{before}）" if repeated else f"不连续（前一项是{before}）"
        message = f"第{line}行的编号{node.number}{what}，编号照原文保留，请核对。"
        self._warn(line, "number_repeated" if repeated else "number_skipped", message)

    # -- small things ----------------------------------------------------------------------------------------------

    def _set_role(self, line: int, role: Role) -> None:
        self.out.roles.setdefault(line, role)

    def _leave(self, line: int, text: str, code: str, why: str) -> None:
        self._set_role(line, Role.WARNING)
        self._warn(line, code, f"第{line}行“{quote(text)}”{why}，请核对。")

    def _warn(self, line: int, code: str, message: str) -> None:
        self.out.warnings.append(Warned(line, code, message))


_NEXT_INLINE = re.compile(r"[。;；]\s*[(（]?\s*(?:2|二)\s*[)）.．、]")


def _body_block(block: Block, numbered: bool, *, labelled: bool) -> Block:
    """The block as it counts: a number right behind its label is the block's number."""
    block = replace(block, numbered=numbered, labelled=labelled)
    mark = find_mark(block.folded) if labelled else None
    if mark is None or mark.kind in (Kind.ASPECT, Kind.PART) or _NEXT_INLINE.search(block.folded):
        return block
    return replace(block.part(mark.end, len(block.text)), numbered=True, labelled=labelled)


def _issue(
    node: Node, title: str, status: Status | None, measures: list[ParsedMeasure], labels: list[ParsedLabel]
) -> ParsedIssue:
    return ParsedIssue(
        path=node.path,
        title=title,
        line=node.row.line.number,
        progress=status.code.value if status and status.code else None,
        progress_text=status.text if status else None,
        measures=tuple(measures),
        labels=tuple(labels),
    )


def _aspect_nodes(tree: Tree) -> set[Node]:
    """第N方面 headings, or the top headings when at least one of them groups issues."""
    aspects = [node for node in tree.roots if node.kind is Kind.ASPECT]
    if not aspects and any(node.is_group for node in tree.roots):
        aspects = tree.roots
    return set(aspects)
