"""One act on many tasks over HTTP: what was done, and of each other task why not."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField
from rest_framework import serializers
from rest_framework.request import Request

from notices.api.within import within
from notices.domain.batch import Batch, Row
from notices.models import Task

MOST = 200  # tasks of one request
_UNKNOWN = "没有这项任务，或您无权查看。"


class LeftSerializer(serializers.Serializer[Any]):
    """A task nothing was done about; `number` "" when the caller sees no such task."""

    task = serializers.IntegerField()
    number = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


def refuse_twice(ids: Sequence[int]) -> None:
    """Raises when a task stands in the request twice."""
    twice = sorted({pk for pk in ids if ids.count(pk) > 1})
    if twice:
        raise serializers.ValidationError(f"任务 {'、'.join(map(str, twice))} 出现了不止一次。")


def seen_tasks(request: Request, ids: Sequence[int]) -> dict[int, Task]:
    """Those of them the caller may see. A number no key can be is the key of nothing."""
    keys = [pk for pk in ids if 0 < pk <= BigIntegerField.MAX_BIGINT]
    rows = Task.objects.visible_to(request.user).filter(pk__in=keys)  # type: ignore[arg-type]
    joined = within(rows, request).select_related("notice__unit", "lead_unit", "leader", "contact")
    return {task.pk: task for task in joined.defer("notice__text")}


def left(batch: Batch[Row], ids: Sequence[int]) -> list[dict[str, Any]]:
    """Every task asked for that was not done, in the order asked."""
    done = {task.pk for task, _ in batch.made}
    why = {task.pk: (task.number, why.code, str(why)) for task, why in batch.left}
    names = ("number", "code", "detail")
    rows = ((pk, why.get(pk, ("", "not_found", _UNKNOWN))) for pk in ids if pk not in done)
    return [{"task": pk, **dict(zip(names, said, strict=True))} for pk, said in rows]
