"""Rows that are written once: what is frozen can be added and read, never changed or taken away."""

from typing import Any, ClassVar, NoReturn

from django.db import models


class FrozenError(RuntimeError):
    """Code tried to change what is written once: a fault of the program, not of a person."""


def _refuse(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    raise FrozenError(f"{type(self).__name__}: rows are written once and never changed")


class FrozenQuerySet(models.QuerySet[Any]):
    """Refuses every set-wise way of changing rows."""

    update = _refuse
    bulk_update = _refuse
    update_or_create = _refuse
    delete = _refuse


class Frozen(models.Model):
    """Refuses to write a row that is there and to take one away."""

    objects: ClassVar[Any] = FrozenQuerySet.as_manager()

    class Meta:
        abstract = True

    delete = _refuse
    _do_update = _refuse
