"""Python's search for rings of garbage, paused while tens of thousands of rows are made. Pure.

Rows, plans and events form no rings, but each thousand of them sets the search off again over all that are there: a
sixth of an import's time. What little garbage other requests leave meanwhile is found after the block.
"""

import gc
from contextlib import ContextDecorator
from typing import Self


class paused(ContextDecorator):  # noqa: N801 - reads as a word: `with paused():`, `@paused()`
    """Block or function during which the search does not run; blocks may stand inside each other."""

    def __init__(self) -> None:
        self.ran: list[bool] = []

    def __enter__(self) -> Self:
        self.ran.append(gc.isenabled())
        gc.disable()
        return self

    def __exit__(self, *_: object) -> None:
        if self.ran.pop():
            gc.enable()
