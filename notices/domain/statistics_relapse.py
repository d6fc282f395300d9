"""Counts of relapses, per unit and per aspect, over what a person's figures cover; a branch of statistics.py."""

from dataclasses import dataclass

from django.db.models import Count, Sum

from notices.domain.coverage import Coverage, covered_tasks


@dataclass(frozen=True)
class RelapseLine:
    """`tasks` that relapsed at least once, `times` in all. `key`: the unit's id, or the number of the aspect;
    `notice` is set for aspects."""

    key: int | None
    label: str
    tasks: int
    times: int
    notice: int | None = None


def relapses_by_unit(cover: Coverage) -> list[RelapseLine]:
    """By the unit that leads, most first."""
    return [
        RelapseLine(unit, name or "未分派", tasks, times)
        for unit, name, tasks, times in _counted(cover, "lead_unit", "lead_unit__name")
    ]


def relapses_by_aspect(cover: Coverage) -> list[RelapseLine]:
    """By the heading the issue stands under, most first."""
    rows = _counted(cover, "notice", "issue__aspect__number", "issue__aspect__title")
    return [
        RelapseLine(number, title or "未列方面", tasks, times, notice)
        for notice, number, title, tasks, times in rows
    ]


def _counted(cover: Coverage, *by: str) -> list[tuple]:
    relapsed = covered_tasks(cover).filter(relapse_count__gt=0).order_by()
    counted = relapsed.values(*by).annotate(n=Count("pk"), times=Sum("relapse_count"))
    return sorted(counted.values_list(*by, "n", "times"), key=lambda row: (-row[-1], -row[-2], str(row[1])))
