"""The suite runs twice, on SQLite and on PostgreSQL. Grids of thousands of like cases are dealt out: each case belongs to
one of the two rounds, and the ordinary run tries one case of five, always the same. `PROOF=1` tries all of them in
both, and so does whoever looks for a first fault.

The edges (pages, interface, jobs, commands, documents, drills with real processes) stand on rules that are tried in both
rounds: when both are run, each of their tests belongs to one of the two. Not so tests that deal out their cases by
`mine`: half of the cases would be tried in neither."""

import os
import zlib

from django.db import connection

FIRST_FAULT = os.environ.get("FIRST_FAULT") == "1"  # stop at the first fault instead of telling of all
ALL = FIRST_FAULT or os.environ.get("PROOF") == "1"
ROUNDS = ("sqlite", "postgresql")
ONE_OF_TWO = os.environ.get("ROUNDS") == "2" and not ALL  # set by the run of both rounds, nowhere else
EDGES = (
    "tests/accounts/management/",
    "tests/accounts/test_views.py",
    "tests/browser/",
    "tests/notices/api/",
    "tests/notices/domain/test_contacts.py",
    "tests/notices/domain/test_inspection_report.py",
    "tests/notices/domain/test_leaving.py",
    "tests/notices/domain/test_papers.py",
    "tests/notices/domain/test_posting.py",
    "tests/notices/domain/test_preview.py",
    "tests/notices/domain/test_previews.py",
    "tests/notices/domain/test_publication_round_trip.py",
    "tests/notices/domain/test_publications.py",
    "tests/notices/management/",
    "tests/notices/test_archived.py",
    "tests/notices/test_drills.py",
    "tests/notices/test_jobs.py",
    "tests/notices/test_ledger_workers.py",
    "tests/notices/views/",
    "tests/test_access_attacks.py",
    "tests/test_access_matrix.py::test_a_request",
)
_DEALT = 5 * len(ROUNDS)


def mine(*case: object) -> bool:
    """Whether this round tries the case; its parts are texts and numbers that are the same in every process."""
    return ALL or zlib.crc32(repr(case).encode()) % _DEALT == ROUNDS.index(connection.vendor)


def dealt(*case: object) -> bool:
    """Whether the ordinary run tries the case, in whichever round."""
    return ALL or zlib.crc32(repr(case).encode()) % _DEALT < len(ROUNDS)


def belongs(test: str, marks: set[str]) -> bool:
    """Whether this round runs the test, named as pytest does; what its marks give to one round stays there."""
    if not ONE_OF_TWO or marks & {"pure", "postgres"} or not test.startswith(EDGES):
        return True
    return zlib.crc32(test.encode()) % len(ROUNDS) == ROUNDS.index(connection.vendor)
