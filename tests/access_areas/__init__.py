"""What the world of the access tests holds beyond notices, tasks and their records: one file an area.

Each file offers
    LETTERS   canary letter → kind of Thing it marks (one letter nobody else uses)
    BODIES    URL name → (world, thing) → the body that would do the deed
    build     (world) → None: makes the rows and adds the things
"""

import pkgutil
from importlib import import_module

AREAS = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
_LETTERS = [letter for area in AREAS for letter in area.LETTERS]
assert len(_LETTERS) == len(set(_LETTERS)), "two kinds of things are marked with the same letter"
