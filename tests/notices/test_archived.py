"""Nothing that runs by itself, and no command, changes an archived notice. (Addresses: tests/test_archive.py.)

Each deed is done twice in the same world: while the notice runs it changes what the second column names, after archiving only
what the third one does.
"""

import datetime as dt

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import Model

from accounts.models import Unit
from accounts.people import Unfit
from accounts.roles import Role
from notices.domain import (
    handover,
    hook_sending,
    hooks,
    ledger_jobs,
    packages,
    plan_review,
    purges,
    reminders,
    search,
    unit_changes,
    unused_accounts,
    view_mails,
    week_desk,
)
from notices.domain.book import Moment
from notices.domain.leaving_tables import TABLES, model_of
from notices.domain.unit_changes import NewUnit
from notices.filters import rows_of_view
from notices.models import LedgerUpload, Message, Notice, Purge, Reminder, WeekSetting
from notices.terms import Stage
from tests.factories import AT, TODAY, make_evidence, make_task, make_unit, make_user, make_world
from tests.notices.large import ledger

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LOOKED_AT: dict[str, type[Model]] = {
    label.partition(".")[2]: model_of(label) for label, way in TABLES.items() if way is not None
} | {"reminder": Reminder, "message": Message}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def w(tmp_path):
    """An overdue task, a helped one and a file in an approved plan, a week that closes itself, somebody to take over."""
    w = make_world()
    w.tmp = tmp_path
    names = {"contact": w.staff, "contact_text": "安经办", "leader": w.leader, "leader_text": "樊领导"}
    w.task = make_task(w.issue, lead=w.bureau, deadline=TODAY - 3 * DAY, **names)
    w.helped = make_task(w.issue, lead=w.town, supporting=(w.bureau,), deadline=TODAY - 3 * DAY, **names)
    w.file = make_evidence(w.task)
    make_user("security", (Role.SECURITY, w.county), name="丁安全")
    w.heir = make_user("heir", (Role.STAFF, w.bureau), name="柏接手")
    plan_review.approve(plan_review.submit(w.notice, note="", by=w.office, at=AT), by=w.office_two, at=AT)
    WeekSetting.objects.create(notice=w.notice, closes_itself=True)
    w.notice.refresh_from_db()
    return w


def moment(at=AT + 3 * DAY):  # Monday, after the week of TODAY closed itself
    return Moment(today=at.date(), now=lambda: at)


def rows():
    """Every row of the tables a notice owns, and what people were told."""
    return {name: list(model._default_manager.order_by("pk").values()) for name, model in LOOKED_AT.items()}


def changed(before):
    after = rows()
    return {name for name in after if after[name] != before[name]}


def version(unit):
    return Unit.objects.get(pk=unit.pk).version


# ── Deeds ────────────────────────────────────────────────────────────────────
def sweep(w):
    reminders.run(moment())


def deliver(w):
    reminders.deliver(moment())


def close_weeks(w):
    week_desk.close_due(at=moment().at, today=moment().today)


def mail_views(w):
    view_mails.run(moment(), rows_of_view)


def tell_subscribers(w):
    hooks.gather(at=AT, today=TODAY)
    hook_sending.deliver(moment())
    hooks.tidy(AT)


def index_search(w):
    search.catch_up()


def look_for_unused_accounts(w):
    unused_accounts.look(at=AT + 400 * DAY, lasts=90 * DAY)


def work(w):
    ledger_jobs.work(moment(), lambda job: None)


def tidy(w):
    ledger_jobs.tidy(AT + 30 * DAY)


def purge(w):
    purges.finish_all(AT)


def hand_over(w):
    found = {item.key: item.version for item in handover.items(w.staff, user=w.office)}
    handover.hand_over(w.staff, dict.fromkeys(found, w.heir.pk), seen=found, by=w.office, at=AT)


def rename(w):
    row = Unit.objects.get(pk=w.bureau.pk)
    names = ("short_name", "aliases", "position", "is_active")
    values = {name: getattr(row, name) for name in names} | {"name": "云岭县教育和体育局"}
    unit_changes.edit(row, values, version=row.version, by=w.admin, at=AT)


def merge(w):
    into = make_unit("云岭县水利局", parent=w.county)
    unit_changes.merge(w.bureau, into, version=version(w.bureau), by=w.admin, at=AT, strict=False)


def split(w):
    unit_changes.split(
        w.bureau, NewUnit("云岭县体育局"), tasks=[w.task.pk], people=[], version=version(w.bureau),
        by=w.admin, at=AT, strict=False,
    )  # fmt: skip


def move(w):
    unit_changes.move(w.bureau, w.town, version=version(w.bureau), by=w.admin, at=AT)


def import_ledger(w):
    path = w.tmp / "台账.csv"
    path.write_bytes(ledger(1, lines=1))
    call_command("import_ledger", str(w.notice.pk), str(path), "--apply", "--reason", "补录", verbosity=0)


def export_ledger(w):
    call_command("export_ledger", str(w.notice.pk), str(w.tmp / "台账.xlsx"), verbosity=0)


def export_everything(w):
    call_command("export_everything", str(w.tmp / "全部.zip"), verbosity=0)


def run_due(w):
    call_command("run_due", "--today", moment().today.isoformat(), verbosity=0)


# ── What lies ready before ───────────────────────────────────────────────────
def uploaded(w):
    path = w.tmp / "大台账.csv"
    path.write_bytes(ledger(1, lines=1))
    return ledger_jobs.order_reading(w.notice, str(path), name=path.name, by=w.office, at=AT)


def planned(w):
    uploaded(w)
    work(w)
    return LedgerUpload.objects.get()


def to_apply(w):
    ledger_jobs.order_applying(planned(w), {}, by=w.office, at=AT, reason="补录")


def to_undo(w):
    to_apply(w)
    work(w)
    ledger_jobs.order_undoing(LedgerUpload.objects.get(), by=w.office, at=AT)


def to_export(w):
    ledger_jobs.order_export(w.notice, filters="", today=TODAY, by=w.office, at=AT)


def to_pack(w):
    packages.order(packages.KINDS[0], w.notice, by=w.office, at=AT, today=TODAY)


def to_leave(w):
    packages.order(packages.KINDS[1], w.notice, by=w.office, at=AT, today=TODAY)


def exported(w):
    to_export(w)
    work(w)


def reminded(w):
    """Mail that is due and waits for the morning."""
    night = AT.replace(hour=23)
    reminders.run(Moment(today=TODAY, now=lambda: night))


def approved(w):
    row = purges.Evidence.objects.select_related("task__notice").get(pk=w.file.pk)
    purges.approve(purges.ask(row, why="误传", by=w.staff, at=AT), by=w.office, at=AT)
    assert Purge.objects.count() == 1


def nothing(w):
    pass


JOB = {"ledgerjob"}  # how the job ended is told in its row
PURGED = {"purge", "evidence", "task", "message"}
DEEDS = [
    # deed, what lies ready, changes while it runs, changes when archived, refusal when archived
    (sweep, nothing, {"reminder", "message"}, set(), None),
    (deliver, reminded, {"reminder"}, {"reminder"}, None),  # what waited is crossed out
    (close_weeks, nothing, {"snapshot"}, set(), None),
    (mail_views, nothing, set(), set(), None),
    (tell_subscribers, nothing, set(), set(), None),
    (index_search, nothing, set(), set(), None),
    (look_for_unused_accounts, nothing, {"message"}, {"message"}, None),  # about accounts, not the notice
    (work, uploaded, {"ledgerjob", "ledgerupload"}, {"ledgerjob", "ledgerupload"}, None),
    (work, to_apply, {"aspect", "issue", "task", "taskunit", "transition", "ledgerupload", "ledgerjob"}, JOB, None),
    (work, to_undo, {"task", "transition", "ledgerupload", "ledgerjob"}, JOB, None),
    (work, to_export, {"ledgerexport", "ledgerjob"}, {"ledgerexport", "ledgerjob"}, None),
    (work, to_pack, JOB, JOB, None),
    (work, to_leave, {"ledgerexport", "ledgerjob"}, {"ledgerexport", "ledgerjob"}, None),
    (tidy, exported, JOB, JOB, None),
    (purge, approved, PURGED, PURGED, None),  # a secret file must go, whatever the stage
    (hand_over, nothing, {"task", "message"}, set(), Unfit),
    (rename, nothing, {"taskunit", "planchange"}, set(), None),
    (merge, nothing, {"task", "taskunit", "planchange"}, set(), None),
    (split, nothing, {"task", "taskunit", "planchange"}, set(), Unfit),
    (move, nothing, set(), set(), None),
    (import_ledger, nothing, {"aspect", "issue", "task", "taskunit", "ledgerupload"}, set(), CommandError),
    (export_ledger, nothing, {"ledgerexport"}, {"ledgerexport"}, None),
    (export_everything, nothing, {"ledgerexport"}, {"ledgerexport"}, None),
    (run_due, nothing, {"reminder", "message"}, set(), None),
]  # fmt: skip


def name_of(deed):
    return f"{deed[0].__name__} {deed[1].__name__}".removesuffix(" nothing")


@pytest.mark.parametrize("deed", DEEDS, ids=name_of)
def test_while_it_runs_the_deed_does_something(w, deed):
    act, ready, running, *_ = deed
    ready(w)
    before = rows()
    act(w)

    assert changed(before) >= running


@pytest.mark.parametrize("deed", DEEDS, ids=name_of)
def test_archived_it_changes_nothing_of_the_notice(w, deed):
    act, ready, _, archived, refusal = deed
    ready(w)
    Notice.objects.filter(pk=w.notice.pk).update(stage=Stage.ARCHIVED)
    w.notice.refresh_from_db()
    before, mails = rows(), len(mail.outbox)
    if refusal is None:
        act(w)
    else:
        with pytest.raises(refusal):
            act(w)

    assert changed(before) == archived
    assert len(mail.outbox) == mails


@pytest.mark.parametrize("ready", [to_apply, to_undo], ids=["apply", "undo"])
def test_a_job_ordered_before_says_why_it_ended(w, ready):
    ready(w)
    Notice.objects.filter(pk=w.notice.pk).update(stage=Stage.ARCHIVED)
    work(w)

    job = ledger_jobs.LedgerJob.objects.order_by("-pk")[0]
    assert (job.state, job.message) == ("failed", "该批次已归档，只能查看，不能导入台账。")
