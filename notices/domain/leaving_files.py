"""The files that leave the house with a notice: by issue its dossier, its timeline and its evidence; then the others."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

from django.utils.timezone import localtime

from accounts.models import User
from notices.domain import dossier, leaving_tables
from notices.domain.dossier import blocks_of, safe_name
from notices.domain.evidence import opened, opened_file
from notices.domain.timeline import timeline
from notices.errors import Refused
from notices.models import (
    Evidence,
    Issue,
    LedgerUpload,
    LetterFile,
    MeetingFile,
    Notice,
    OutcomeFile,
    PaperTemplate,
    PublicationFile,
    Rebuke,
    Snapshot,
    SupervisionFile,
    Task,
)

_NAME = 48  # characters of a file's name: Windows ends a path at 260, and these lie five folders deep


@dataclass(frozen=True)
class Kept:
    """One file; `path` inside the folder of its notice, `open` gives its blocks or raises Refused with the reason."""

    kind: str
    name: str
    path: str
    open: Callable[[], Iterable[bytes]]
    remark: str = ""


def of_notice(notice: Notice, user: User | None, *, today: dt.date) -> Iterator[Kept]:
    """`user` None is the system account. Issue by issue, so that memory holds one."""
    issues = Issue.objects.filter(notice=notice).with_progress()
    for issue in issues.select_related("notice", "aspect", "lead_unit").in_order():
        yield from _of_issue(issue, user, today)
    yield from _others(notice)
    yield from _uploads(notice)
    yield from _papers(notice)


def how_many(notice: Notice) -> int:
    """About how many files the package of the notice will hold, for whoever waits."""
    issues = Issue.objects.filter(notice=notice).count()
    rows: list[Any] = [
        Evidence.objects.filter(task__notice=notice),
        MeetingFile.objects.filter(meeting__notice=notice),
        OutcomeFile.objects.filter(outcome__notice=notice),
        SupervisionFile.objects.filter(supervision__notice=notice),
        Rebuke.objects.filter(notice=notice).exclude(stored_as=""),
        LedgerUpload.objects.filter(notice=notice).exclude(file=""),
        LetterFile.objects.filter(letter__notice=notice),
        PublicationFile.objects.filter(publication__notice=notice),
        Snapshot.objects.filter(notice=notice),
    ]
    tables = sum(way is not None for way in leaving_tables.TABLES.values())
    return 2 * issues + sum(found.count() for found in rows) + tables + 4


# ── By issue ─────────────────────────────────────────────────────────────────
def _of_issue(issue: Issue, user: User | None, today: dt.date) -> Iterator[Kept]:
    folder = f"问题/{safe_name(f'{issue.number} {issue.title}', 36)}"
    found = dossier.dossiers([issue], user, today=today)[0]
    yield Kept(
        "一题一档",
        str(issue),
        f"{folder}/一题一档.docx",
        partial(_given, partial(dossier.dossier_bytes, found)),
    )
    yield Kept("时间线", str(issue), f"{folder}/时间线.txt", partial(_given, partial(_story, issue)))
    rows = Evidence.objects.filter(task__issue=issue).select_related("task")
    counts: dict[int, int] = {}
    for row in rows.order_by("task__position", "task__pk", "at", "pk"):
        counts[row.task_id] = counts.get(row.task_id, 0) + 1
        voided = "（已作废）" if row.removed_at else ""
        name = f"{counts[row.task_id]:02} {voided}{PurePath(row.name.strip()).stem}"
        path = f"{folder}/{safe_name(row.task.number)}/{safe_name(name, _NAME)}.{row.kind}"
        yield Kept("佐证材料", row.name, path, partial(_opened, row), row.removed_why or row.category)


def _given(make: Callable[[], bytes]) -> list[bytes]:
    return [make()]


def _opened(row: Evidence) -> Iterator[bytes]:
    """Proved by its hash before anything is given."""
    return blocks_of(opened(row))


def _story(issue: Issue) -> bytes:
    """Everything that happened to the issue's tasks, oldest first."""
    lines = [f"{issue.number} {issue.title}", ""]
    for task in Task.objects.filter(issue=issue).in_order():
        lines += [f"【{task.number}】{task.text}", ""]
        for entry in reversed(timeline(task)):
            who = " ".join(filter(None, (entry.unit, entry.who)))
            lines.append(f"{localtime(entry.at):%Y-%m-%d %H:%M}　{entry.what}　{who}".rstrip())
            told = [entry.text or "".join(words for words, _ in entry.pieces)]
            told += [f"{label}：{words}" for label, words in entry.facts]
            told += [f"附：{file.name}" for file in entry.files]
            lines += [f"　　{line}" for text in told if text for line in text.splitlines()]
        lines.append("")
    return "\r\n".join(lines).encode("utf-8-sig")


# ── The others ───────────────────────────────────────────────────────────────
def _others(notice: Notice) -> Iterator[Kept]:
    """Files of meetings, outcomes and visits, and of rebukes."""
    for model, way in ((MeetingFile, "meeting"), (OutcomeFile, "outcome"), (SupervisionFile, "supervision")):
        rows: Any = model._default_manager.filter(**{f"{way}__notice": notice}).order_by("pk")
        for row in rows:
            yield _stored(
                str(model._meta.verbose_name), row.pk, row.name, row.kind, row.stored_as, row.sha256
            )
    for row in Rebuke.objects.filter(notice=notice).exclude(stored_as="").order_by("pk"):
        yield _stored("约谈与通报批评", row.pk, row.file_name, row.file_kind, row.stored_as, row.sha256)


def _stored(folder: str, pk: int, name: str, kind: str, stored_as: str, sha256: str) -> Kept:
    path = f"其他材料/{folder}/{safe_name(f'{pk:04} {PurePath(name).stem}', _NAME)}.{kind}"
    return Kept(folder, name, path, partial(_opened_file, name, stored_as, sha256))


def _opened_file(name: str, stored_as: str, sha256: str) -> Iterator[bytes]:
    return blocks_of(opened_file(f"“{name}”", stored_as, sha256))


def _uploads(notice: Notice) -> Iterator[Kept]:
    for row in (
        LedgerUpload.objects.filter(notice=notice).exclude(file="").defer("plan", "result").order_by("pk")
    ):
        path = f"上传的台账/{safe_name(f'{row.pk:04} {PurePath(row.name).stem}', _NAME)}{PurePath(str(row.file.name)).suffix}"
        yield Kept("上传的台账", row.name, path, partial(_uploaded, row))


def _uploaded(row: LedgerUpload) -> Iterator[bytes]:
    try:
        return blocks_of(row.file.open("rb"))
    except OSError as error:
        raise Refused(f"上传的台账“{row.name}”在服务器上找不到。") from error


def _papers(notice: Notice) -> Iterator[Kept]:
    """Letters as they were issued and notices as they were released; by the key that their tables name."""
    for letter in LetterFile.objects.filter(letter__notice=notice).select_related("letter").order_by("pk"):
        name = f"{letter.pk:04} {letter.letter.name}"
        yield _paper("已签发函件", name, bytes(letter.content))
    rows = PublicationFile.objects.filter(publication__notice=notice).select_related("publication")
    for file in rows.order_by("pk"):
        yield _paper("已印发通报", f"{file.pk:04} {file.publication.title}", bytes(file.content))


def _paper(kind: str, name: str, content: bytes) -> Kept:
    return Kept(
        kind, name, f"文书/{kind}/{safe_name(name, _NAME)}.docx", partial(_given, partial(bytes, content))
    )


def templates() -> Iterator[tuple[str, Iterable[bytes]]]:
    """The Word templates of all units."""
    for row in PaperTemplate.objects.order_by("pk"):
        name = safe_name(f"{row.pk:04} {PurePath(row.name).stem}")
        yield f"文书/文书模板/{name}.docx", [bytes(row.content)]
