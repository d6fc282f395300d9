"""What became of one act on many tasks: one refusal does not stop the others."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from notices.errors import Refused
from notices.models import Task

Row = TypeVar("Row")


@dataclass(frozen=True)
class Batch(Generic[Row]):
    """Of each task, in the order asked, the row that was made, or why not."""

    made: list[tuple[Task, Row]] = field(default_factory=list)
    left: list[tuple[Task, Refused]] = field(default_factory=list)

    @property
    def done(self) -> list[str]:
        """Numbers; two notices may have the same."""
        return [task.number for task, _ in self.made]

    @property
    def refused(self) -> list[tuple[str, str]]:
        """(number, sentence)."""
        return [(task.number, str(why)) for task, why in self.left]
