"""Lines with what they show by themselves: number, title, how the title reads, label."""

from dataclasses import dataclass

from notices.text.labels import Label, match_label
from notices.text.lines import Line
from notices.text.marks import Kind, Mark, find_mark
from notices.text.titles import Sense, sense_of, title_end, trim_title


@dataclass(frozen=True, slots=True)
class Row:
    """A line and its reading. `title` and `rest` (offset of what follows the title) only count for marked rows."""

    line: Line
    mark: Mark | None
    title: str
    rest: int
    sense: Sense
    label: Label | None

    @property
    def kind(self) -> Kind | None:
        return self.mark.kind if self.mark else None

    @property
    def start(self) -> int:
        """Offset of the words behind the printed number."""
        return self.mark.end if self.mark else 0

    @property
    def is_title_only(self) -> bool:
        return not self.line.folded[self.rest :].strip(" 。;.:,")


def read_row(line: Line) -> Row:
    """One line read for its own sake; a label behind a number takes the number with it."""
    mark = find_mark(line.folded)
    found = match_label(line.folded, mark.end if mark else 0)
    label = found[0] if found else None
    if mark and found and mark.kind in (Kind.PART, Kind.ASPECT) and found[2] >= len(line.folded):
        label = None  # 三、下一步计划 is a heading
    if mark and label is not None and label is not Label.PROBLEM:
        return Row(line, None, "", 0, Sense.PLAIN, label)
    start = found[2] if found and label is Label.PROBLEM else mark.end if mark else 0
    if mark is None and label is not None and label is not Label.PROBLEM:
        return Row(line, None, "", 0, Sense.PLAIN, label)
    end, rest = title_end(line.folded, start)
    title = trim_title(line.text[start:end])
    return Row(line, mark, title, rest, sense_of(title), label)
