"""Long ledger work in the world: an upload that a worker read, and downloads a worker wrote for two people."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from notices.domain import ledger_jobs
from notices.domain.book import Moment
from notices.models import LedgerJob, LedgerUpload, Notice
from tests.access import Thing

LETTERS = {"j": "ledger_job"}
BODIES: dict[str, Callable[..., Any]] = {}
OWNERS = ("a1_staff", "b_office")


def build(world: Any) -> None:
    for sent in list(world.things["upload"]):
        upload = LedgerUpload.objects.get(pk=sent.pk)
        job = LedgerJob.objects.create(
            kind="read",
            state="done",
            notice_id=upload.notice_id,
            upload=upload,
            by=upload.by,
            by_name=upload.by_name,
            at=timezone.now(),
            finished_at=timezone.now(),
        )
        _add(world, "ledger_job", job, owner=sent.owner, notice=sent.notice, tasks=(sent,))
    moment = Moment(today=timezone.localdate(), now=timezone.now)
    for code in OWNERS:
        of = next(n for n in world.things["notice"] if n.party == code[0] and n.stage == "running")
        ledger_jobs.order_export(
            Notice.objects.get(pk=of.pk),
            filters="",
            today=moment.today,
            by=world.users[code],
            at=timezone.now(),
        )
        job = ledger_jobs.work(moment, lambda job: None)
        assert job is not None
        for kind in ("ledger_job", "ledger_copy"):
            _add(world, kind, job, owner=code, notice=of)


def _add(world: Any, kind: str, job: LedgerJob, **more: Any) -> None:
    LedgerJob.objects.filter(pk=job.pk).update(message=f"zkj{job.pk}k办完")
    world.add(Thing(kind=kind, pk=job.pk, party=more["notice"].party, **more))
