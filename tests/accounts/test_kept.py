"""What the database itself refuses, whoever writes to it."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import Event, Membership
from accounts.roles import Role
from tests.factories import AT, make_unit, make_user
from tests.kept import GUARDS

pytestmark = pytest.mark.django_db
ONLY_ADDED = "操作记录只能追加，不能修改或删除"


@pytest.fixture
def guarded(db):
    with connection.cursor() as cursor:
        for statement in GUARDS[connection.vendor]:
            cursor.execute(statement)


def refused(act) -> str:
    """The sentence of the database; empty when it let the act through."""
    try:
        with transaction.atomic():
            act()
    except DatabaseError as error:
        return str(error)
    return ""


# ── Events ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        {"actor_name": "别人"},
        {"data": {"text": "改过"}},
        {"ok": False},
        {"address": "10.1.1.1"},
        {"action": "task.other"},
        {"notice_id": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_row_is_changed(guarded, change, sealed):
    row = audit.record(audit.Act("task.report", "task", 1, 1, data={"text": "进展"}), by=None, at=AT)
    if sealed:
        audit.seal()

    assert ONLY_ADDED in refused(lambda: Event.objects.filter(pk=row.pk).update(**change))


def test_no_row_is_deleted(guarded):
    audit.record(audit.Act("x"), by=None, at=AT)

    assert ONLY_ADDED in refused(lambda: Event.objects.all().delete())
    assert Event.objects.count() == 1


def test_a_row_is_sealed_once(guarded):
    row = audit.record(audit.Act("x"), by=None, at=AT)

    assert audit.seal() == 1
    assert ONLY_ADDED in refused(lambda: Event.objects.filter(pk=row.pk).update(digest="0" * 64))
    assert ONLY_ADDED in refused(lambda: Event.objects.filter(pk=row.pk).update(seq=None, digest=""))
    audit.record(audit.Act("y"), by=None, at=AT)
    assert audit.seal() == 1
    assert audit.first_broken() is None


@pytest.mark.postgres
def test_the_table_is_not_emptied(guarded):
    with connection.cursor() as cursor:
        assert ONLY_ADDED in refused(lambda: cursor.execute("TRUNCATE accounts_event"))


# ── Roles that exclude each other ────────────────────────────────────────────
ALONE = (Role.ADMIN, Role.SECURITY, Role.AUDITOR)


@pytest.mark.parametrize("second", Role)
@pytest.mark.parametrize("first", [*ALONE, Role.OFFICE, Role.STAFF])
def test_administrative_roles_stand_alone(first, second):
    county, town = make_unit("云岭县"), make_unit("青禾镇")
    user = make_user("somebody", (first, county))
    together = first == second or (first not in ALONE and second not in ALONE)

    said = refused(lambda: Membership.objects.create(user=user, unit=town, role=second))

    assert ("互斥" in said) == (not together), said


def test_a_role_is_not_turned_into_one_that_excludes_the_other():
    county, town = make_unit("云岭县"), make_unit("青禾镇")
    user = make_user("somebody", (Role.OFFICE, county), (Role.STAFF, town))

    assert "互斥" in refused(
        lambda: Membership.objects.filter(user=user, unit=town).update(role=Role.AUDITOR)
    )
    make_user("other", (Role.AUDITOR, town))
