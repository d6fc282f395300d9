"""Walls and views: see views.toml."""

from notices.models import Notice

LETTERS: dict[str, str] = {}
BODIES = {
    "notices:notice_ranks": lambda w, t: {"version": Notice.objects.get(pk=t.pk).version, "shown": "0"},
}


def build(world):
    """Nothing yet."""
