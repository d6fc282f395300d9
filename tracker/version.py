"""The version of this program. A backup of a newer one is refused."""

VERSION = "0.2.0"


def number(version: str) -> tuple[int, ...]:
    """For comparing: "0.10.1" → (0, 10, 1); whatever is no number counts as 0."""
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
