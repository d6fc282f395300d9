"""The log: written with the act or not at all, chained, and every tampering is found and named."""

import datetime as dt

import pytest
from django.db import connection, transaction

from accounts import audit
from accounts.audit import Act, Head
from accounts.models import Event
from accounts.roles import Role
from tests.factories import AT, make_unit, make_user

pytestmark = pytest.mark.django_db


def write(count: int) -> list[Event]:
    return [
        audit.record(Act("task.report", "task", n, 1, data={"text": f"进展{n}"}), by=None, at=AT)
        for n in range(count)
    ]


def numbers() -> list[int | None]:
    return list(Event.objects.order_by("pk").values_list("seq", flat=True))


# ── Writing ──────────────────────────────────────────────────────────────────


def test_an_event_names_who_from_where_and_on_what():
    user = make_user("office", (Role.OFFICE, make_unit("云岭县")), name="葛主任")

    row = audit.record(
        Act("notice.intake", "notice", 7, 7, data={"title": "通报"}), by=user, at=AT, address="10.0.0.8"
    )

    row.refresh_from_db()
    assert (row.actor, row.actor_name, row.unit_name, row.address) == (user, "葛主任", "云岭县", "10.0.0.8")
    assert (row.action, row.subject_type, row.subject_id, row.notice_id) == ("notice.intake", "notice", 7, 7)
    assert (row.ok, row.at, row.data) == (True, AT, {"title": "通报"})


def test_the_address_of_the_request_is_taken_from_the_person():
    user = make_user("office")
    user.address = "10.0.0.9"

    assert audit.record(Act("x"), by=user, at=AT).address == "10.0.0.9"


def test_the_name_stays_when_the_person_is_renamed():
    user = make_user("office", name="葛主任")
    row = audit.record(Act("x"), by=user, at=AT)

    type(user).objects.update(name="葛局长")

    row.refresh_from_db()
    assert row.actor_name == "葛主任"


def test_an_act_that_fails_leaves_no_event():
    with pytest.raises(RuntimeError), transaction.atomic():
        write(1)
        raise RuntimeError

    assert not Event.objects.exists()


def test_many_acts_are_written_set_wise(django_assert_max_num_queries):
    user = make_user("office", (Role.OFFICE, make_unit("云岭县")), name="葛主任")
    acts = [Act("task.edit", "task", n) for n in range(300)]

    with django_assert_max_num_queries(8):
        assert audit.record_many(acts, by=user, at=AT) == 300

    assert set(Event.objects.values_list("actor_name", "unit_name")) == {("葛主任", "云岭县")}


# ── Sealing ──────────────────────────────────────────────────────────────────


def test_rows_are_chained_in_order_and_only_once():
    write(3)

    assert audit.seal() == 3
    assert audit.seal() == 0
    write(2)
    assert audit.seal() == 2

    assert numbers() == [1, 2, 3, 4, 5]
    assert len(set(Event.objects.values_list("digest", flat=True))) == 5
    assert audit.first_broken() is None


def test_sealing_goes_in_bounded_portions():
    write(5)

    assert [audit.seal(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert audit.first_broken() is None


def test_equal_acts_have_different_digests():
    for _ in range(2):
        audit.record(Act("x"), by=None, at=AT)
    audit.seal()

    first, second = Event.objects.order_by("seq")
    assert first.digest != second.digest


def test_an_empty_log_holds():
    assert audit.first_broken() is None
    assert audit.seal() == 0


# ── Tampering ────────────────────────────────────────────────────────────────

EDITS = [
    {"actor_name": "别人"},
    {"unit_name": "别处"},
    {"address": "10.0.0.1"},
    {"action": "task.close"},
    {"subject_id": 99},
    {"notice_id": 99},
    {"ok": False},
    {"data": {"text": "改写"}},
    {"at": AT + dt.timedelta(seconds=1)},
    {"digest": "0" * 64},
]


@pytest.mark.parametrize("edit", EDITS, ids=[next(iter(e)) for e in EDITS])
def test_an_edited_column_is_found(edit):
    write(4)
    audit.seal()

    Event.objects.filter(seq=3).update(**edit)

    assert audit.first_broken() == (3, "第 3 号记录与散列不符，可能被改动")


def test_an_edit_with_a_fresh_digest_breaks_the_next_row():
    write(4)
    audit.seal()
    row, before = Event.objects.get(seq=2), Event.objects.get(seq=1)
    row.data = {"text": "改写"}
    Event.objects.filter(seq=2).update(data=row.data, digest=audit.digest_of(row, before.digest))

    assert audit.first_broken() == (3, "第 3 号记录与散列不符，可能被改动")


def test_a_deleted_row_is_found():
    write(4)
    audit.seal()

    Event.objects.filter(seq=2).delete()

    assert audit.first_broken() == (2, "第 2 号记录缺失")


def test_the_first_row_deleted_is_found():
    write(3)
    audit.seal()

    Event.objects.filter(seq=1).delete()

    assert audit.first_broken() == (1, "第 1 号记录缺失")


def test_swapped_rows_are_found():
    write(4)
    audit.seal()

    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_event SET seq = 1000 WHERE seq = 2")
        cursor.execute("UPDATE accounts_event SET seq = 2 WHERE seq = 3")
        cursor.execute("UPDATE accounts_event SET seq = 3 WHERE seq = 1000")

    assert audit.first_broken() == (2, "第 2 号记录与散列不符，可能被改动")


def test_a_row_slipped_in_between_is_found():
    write(3)
    audit.seal()
    forged = audit.record(Act("x"), by=None, at=AT)
    Event.objects.filter(seq=3).update(seq=4)

    Event.objects.filter(pk=forged.pk).update(seq=3, digest="f" * 64)

    assert audit.first_broken() == (3, "第 3 号记录与散列不符，可能被改动")


# ── The head outside the database ────────────────────────────────────────────


@pytest.fixture
def head_file(tmp_path):
    return tmp_path / "audit" / "head.jsonl"


def test_a_tail_cut_off_is_found_by_the_head_only(head_file):
    write(5)
    audit.seal()
    audit.write_head(head_file, at=AT)

    Event.objects.filter(seq__gt=3).delete()

    assert audit.first_broken() is None
    assert audit.first_broken(audit.read_head(head_file)) == (4, "第 4 号记录缺失，库外留存显示应有 5 条")


def test_a_chain_written_anew_is_found_by_the_head(head_file):
    write(4)
    audit.seal()
    audit.write_head(head_file, at=AT)

    Event.objects.filter(seq=2).update(data={"text": "改写"})
    Event.objects.update(seq=None, digest="")
    audit.seal()

    assert audit.first_broken() is None
    assert audit.first_broken(audit.read_head(head_file)) == (
        4,
        "第 4 号记录与库外留存的散列不符，整条链可能被重写",
    )


def test_a_log_that_grew_since_the_head_holds(head_file):
    write(2)
    audit.seal()
    audit.write_head(head_file, at=AT)
    write(2)
    audit.seal()

    assert audit.first_broken(audit.read_head(head_file)) is None


def test_the_head_is_appended_when_it_moved(head_file):
    assert audit.write_head(head_file, at=AT) is None
    assert not head_file.exists()
    write(1)
    audit.seal()

    for _ in range(3):
        audit.write_head(head_file, at=AT)
    write(1)
    audit.seal()
    audit.write_head(head_file, at=AT)

    assert len(head_file.read_text().splitlines()) == 2
    assert audit.read_head(head_file) == Head(2, Event.objects.get(seq=2).digest)


def test_a_line_torn_by_a_power_failure_is_skipped(head_file):
    write(1)
    audit.seal()
    head = audit.write_head(head_file, at=AT)
    with head_file.open("a") as file:
        file.write('{"at": "2026-11-2')

    assert audit.read_head(head_file) == head
    assert audit.read_head(head_file.with_name("none")) is None
