"""The two sizes of upload: what a form may carry, and what a background job may carry.

Sizes are bytes, times seconds. `rows` is per sheet, `tags` per file. The figures come from measurements:
an ordinary ledger of 60,000 rows and 20 columns has about 3.5 million tags and 100 MB of sheet text.
"""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB

MAX_MEMBERS = 3_000
MAX_RATIO = 250
RATIO_FREE = 4 * MIB  # parts up to this size may be compressed as well as they like
MAX_TOKEN = MIB
MAX_DEPTH = 64
MAX_ATTRIBUTES = 256  # of one tag; the richest ones of Excel have about fifty
MAX_COLUMNS = 300
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
MAX_NAMES = 2_000
MAX_NAME_LENGTH = 2_048
MAX_SHEETS = 1_000
MAX_PIXELS = 50_000_000


@dataclass(frozen=True)
class Profile:
    """`part` bounds one inflated member, `total` all of them together; `cells` bounds height × width of a sheet.

    `odd_tags` bounds the tags that no sieve recognises and the parser must see: each costs about 2 µs. `text`
    bounds the characters of all values read, where one text may stand in many cells.
    """

    code: str
    size: int
    tags: int
    odd_tags: int
    rows: int
    part: int
    total: int
    cells: int
    cpu: int
    wall: int
    memory: int
    text: int

    @property
    def merges(self) -> int:
        return 2 * self.rows

    @property
    def merged(self) -> int:
        """Cells in all merges of a sheet."""
        return 40 * self.rows


FORM = Profile(
    code="form",
    size=40 * MIB,
    tags=3_500_000,
    odd_tags=1_600_000,
    rows=60_000,
    part=250 * MIB,
    total=400 * MIB,
    cells=6_000_000,
    cpu=8,
    wall=30,
    memory=280_000_000,
    text=100_000_000,
)
LARGE = Profile(
    code="large",
    size=120 * MIB,
    tags=12_000_000,
    odd_tags=8_000_000,
    rows=200_000,
    part=600 * MIB,
    total=900 * MIB,
    cells=24_000_000,
    cpu=120,
    wall=180,
    memory=1_070_000_000,
    text=300_000_000,
)

PROFILES = {profile.code: profile for profile in (FORM, LARGE)}

# Refusals that only say "too much for this profile": a larger profile may take the same file.
TOO_MUCH = frozenset(
    {
        "size", "part_size", "zip_total", "xml_tags", "rows", "sparse", "merges",
        "text_total", "child_cpu", "child_memory", "child_result",
    }
)  # fmt: skip

PDF_SIZE = 100 * MIB  # evidence only
TEXT_SIZE = 10 * MIB
