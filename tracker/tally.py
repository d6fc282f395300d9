"""How many requests were answered and how long they took, over all processes of the web server.

The numbers lie in memory that is made before the server forks, one row a process; a row is added to by one process only.
"""

import mmap
import multiprocessing
import os
import threading
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Next = Callable[[HttpRequest], HttpResponse]
_ROWS, _COLUMNS = 64, 6  # answers of 1xx … 5xx, and the seconds of all
_numbers = memoryview(mmap.mmap(-1, _ROWS * _COLUMNS * 8)).cast("d")
_next = multiprocessing.Value("i", 0)
_mine = threading.Lock()
_rows: dict[int, int] = {}  # process → row; a fork inherits its parent's and takes a new one


def _row() -> int:
    me = os.getpid()
    if me not in _rows:
        with _next.get_lock():
            _rows[me] = _next.value % _ROWS
            _next.value += 1
    return _rows[me] * _COLUMNS


def add(status: int, seconds: float) -> None:
    with _mine:
        start = _row()
        _numbers[start + min(max(status // 100, 1), 5) - 1] += 1
        _numbers[start + _COLUMNS - 1] += seconds


def totals() -> tuple[dict[str, int], float]:
    """Answers by class of status ("2xx"), and the seconds of all of them."""
    sums = [sum(_numbers[i::_COLUMNS]) for i in range(_COLUMNS)]
    return {f"{i + 1}xx": int(n) for i, n in enumerate(sums[:-1])}, sums[-1]


def with_tally(get_response: Next) -> Next:
    def middleware(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        status = 500
        try:
            response = get_response(request)
            status = response.status_code
            return response
        finally:
            add(status, time.perf_counter() - begun)

    return middleware
