"""Search: which rows contain some words, as a plain comparison of every text (`icontains`) would say, only sooner.

The index names candidates, the database compares their present texts. A word that too many rows hold has no candidates:
then the list is walked in its own order and its first page is full soon. Objects whose texts changed since they were
indexed are marked by the database in the transaction of the change, and compared without the index.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from notices.models import (
    Evidence,
    Issue,
    Progress,
    SearchEntry,
    SearchMark,
    Task,
    TaskUnit,
)
from notices.sql import search as index
from notices.sql.search import Entry
from notices.terms import Sought, UnitRole

MOST = 1_000  # candidates; above, walking the list is sooner
_TASKS_OF = 4  # an issue's, about
SHORTEST = 2  # characters the index knows
LONGEST = 100
_BATCH = 2_000  # marks taken off in one transaction
_CHUNK = 500  # keys in one statement
_Rows = TypeVar("_Rows", bound=QuerySet[Any])


@dataclass(frozen=True)
class _Kind:
    """What is searched of one kind of objects. `code` is the kind of its entries in the index."""

    code: int
    model: type[Any]
    columns: tuple[str, ...]


_TITLE = _Kind(5, Issue, ("title",))  # for tasks: the title of their issue
_KINDS: Mapping[Sought, _Kind] = {
    Sought.ISSUE: _Kind(
        1, Issue, ("number", "title", "detail", "leader_text", "lead_text", "responsible_text")
    ),
    Sought.TASK: _Kind(2, Task, ("number", "heading", "text", "latest_text", "leader_text", "contact_text")),
    Sought.PROGRESS: _Kind(3, Progress, ("text", "next_step", "blocked")),
    Sought.EVIDENCE: _Kind(4, Evidence, ("name",)),
}
_ALL = (*_KINDS.values(), _TITLE)


# --- find ------------------------------------------------------------------------------------------------------


def seen(kind: Sought, user: User) -> QuerySet[Any]:
    """Everything of this kind the person may see; voided files are not sought."""
    if kind == Sought.ISSUE:
        return Issue.objects.visible_to(user)
    tasks = Task.objects.visible_to(user)
    if kind == Sought.TASK:
        return tasks
    if kind == Sought.PROGRESS:
        return Progress.objects.filter(task__in=tasks)
    return Evidence.objects.filter(task__in=tasks, removed_at=None)


def containing(rows: _Rows, kind: Sought, words: str) -> _Rows:
    """The rows one of whose searched texts contains the words. One more query, for the candidates.

    A candidate is compared by the texts it is a candidate for: a task by its own, the tasks of an issue by its title.
    """
    words = words.strip()
    if not words:
        return rows
    found = _candidates(kind, words)
    if found is None:
        return rows.filter(said(kind, words))
    some = Q()
    if found.rows:
        some |= Q(pk__in=found.rows) & _own(kind, words)
    if found.issues:
        some |= Q(issue__in=found.issues) & _title(words)
    return rows.filter(some) if some else rows.none()


def said(kind: Sought, words: str) -> Q:
    """The plain comparison. A task also answers to the title of its issue and to the units that have a part in it now."""
    return _own(kind, words) | _title(words) if kind == Sought.TASK else _own(kind, words)


def _own(kind: Sought, words: str) -> Q:
    found = Q()
    for name in _KINDS[kind].columns:
        found |= Q(**{f"{name}__icontains": words})
    if kind == Sought.TASK:
        units = TaskUnit.objects.filter(task=OuterRef("pk"), unit_text__icontains=words)
        found |= Q(Exists(units.exclude(role=UnitRole.FORMER)))
    return found


def _title(words: str) -> Q:
    return Q(issue__title__icontains=words)


@dataclass(frozen=True)
class _Named:
    """Keys of the rows that may contain the words themselves, and of the issues whose titles may."""

    rows: set[int]
    issues: set[int]


def _candidates(kind: Sought, words: str) -> _Named | None:
    """All there are; None when they are too many to name."""
    code = _KINDS[kind].code
    codes = (code, _TITLE.code) if kind == Sought.TASK else (code,)
    found = index.candidates(words, codes, most=MOST)
    if found is None:
        return None
    named = _Named(found[code], found.get(_TITLE.code, set()))
    return None if len(named.rows) + _TASKS_OF * len(named.issues) > MOST else named


# --- keep ------------------------------------------------------------------------------------------------------


def catch_up(*, most: int | None = None) -> int:
    """Index what is marked, in short transactions. Returns how many marks were taken off; `most` bounds the batches.
    Safe to run twice and on two workers: one of them finds nothing to do."""
    done, left = 0, most
    while left is None or left > 0:
        taken = _take_batch()
        if not taken:
            break
        done += taken
        left = None if left is None else left - 1
    if done:
        index.tidy()
    return done


@transaction.atomic
def _take_batch() -> int:
    """1. lock; 2. read the oldest marks; 3. read the texts, which are now at least as new as the marks; 4. index; 5. take
    the marks off. A mark of a transaction that ends later stays, so nothing is missed."""
    if not index.alone():
        return 0
    marks = list(SearchMark.objects.order_by("pk").values_list("pk", "entry")[:_BATCH])
    keys = sorted({entry for _, entry in marks})
    index.write(_moved(keys))
    for part in _chunks([pk for pk, _ in marks]):
        SearchMark.objects.filter(pk__in=part).delete()
    return len(marks)


def _moved(keys: Sequence[int]) -> Iterator[Entry]:
    for part in _chunks(keys):
        old = dict(SearchEntry.objects.filter(pk__in=part).values_list("pk", "text"))
        new = _texts(part)
        yield from (Entry(key, old.get(key), new.get(key)) for key in part)


def _texts(keys: Sequence[int]) -> dict[int, str]:
    """What is searched of the objects behind these keys of the index, now."""
    texts: dict[int, str] = {}
    for kind in _ALL:
        pks = [pk for code, pk in map(index.kind_and_pk, keys) if code == kind.code]
        if not pks:
            continue
        rows = kind.model.objects.filter(pk__in=pks).values_list("pk", *kind.columns)
        texts.update((index.key_of(kind.code, pk), "\n".join(filter(None, said))) for pk, *said in rows)
        if kind.model is Task:
            units = TaskUnit.objects.filter(task__in=pks).order_by("pk").values_list("task", "unit_text")
            for pk, name in units:
                key = index.key_of(kind.code, pk)
                texts[key] = f"{texts.get(key, '')}\n{name}"
    return texts


def rebuild() -> int:
    """The whole index anew, in short transactions: until it is done every word is compared without it."""
    with transaction.atomic():
        if not index.alone():
            return 0
        index.empty()
        SearchMark.objects.all().delete()
        index.mark_all([(kind.code, kind.model._meta.db_table) for kind in _ALL])
    return catch_up()


def waiting() -> int:
    """Marks not yet taken off."""
    return SearchMark.objects.count()


def wrong_entries() -> list[str]:
    """Each object whose entry differs from its texts though it is not marked, as a sentence; and triggers that are
    missing. Empty when all is right."""
    found = [f"数据库缺少触发器 {name}，改动不会进入检索" for name in index.missing_triggers()]
    marked = set(SearchMark.objects.values_list("entry", flat=True))
    known = set(SearchEntry.objects.values_list("pk", flat=True))
    labels = {kind.code: kind.model._meta.verbose_name for kind in _ALL}
    for kind in _ALL:
        pks = kind.model.objects.order_by("pk").values_list("pk", flat=True)
        known.update(index.key_of(kind.code, pk) for pk in pks)
    if not index.postings_agree():
        found.append("索引内容与检索条目不一致")
    for part in _chunks(sorted(known - marked)):
        found += [
            f"{labels[code]} {pk} 的检索条目与实际不符"
            for entry in _moved(part)
            if entry.old != entry.new
            for code, pk in [index.kind_and_pk(entry.key)]
        ]
    return found


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
