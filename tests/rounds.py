"""The suite runs twice, on SQLite and on PostgreSQL. Grids of thousands of like cases are shared out between the two
rounds: each case is tried in one of them. `PROOF=1` tries all in both, and so does whoever looks for a first fault."""

import os
import zlib

from django.db import connection

FIRST_FAULT = os.environ.get("FIRST_FAULT") == "1"  # stop at the first fault instead of telling of all
ALL = FIRST_FAULT or os.environ.get("PROOF") == "1"


def mine(*case: object) -> bool:
    """Whether this round tries the case; its parts are texts and numbers that are the same in every process."""
    return ALL or zlib.crc32(repr(case).encode()) % 2 == (connection.vendor == "postgresql")
