"""Rows handed over as tuples come back as the fields' own values, on either database."""

import datetime as dt

import pytest
from django.db import transaction

from accounts.models import Event
from accounts.sql import insert, rewrite
from tests.factories import AT

pytestmark = pytest.mark.django_db
NAMES = (
    "at",
    "actor_id",
    "actor_name",
    "unit_name",
    "address",
    "digest",
    "action",
    "subject_type",
    "subject_id",
)
NAMES += ("notice_id", "ok", "data")


def rows(*data):
    return [(AT, None, "系统", "", "", "", "x", "task", n, None, n > 1, one) for n, one in enumerate(data, 1)]


def test_instants_truth_and_documents_come_back():
    data = ({}, {"名": ["甲\t乙\n", None, 1.5]}, {"空": ""})

    with transaction.atomic():
        assert insert(Event, NAMES, rows(*data)) == 3

    found = list(Event.objects.order_by("pk"))
    assert [row.data for row in found] == list(data)
    assert [row.ok for row in found] == [False, True, True]
    assert {row.at for row in found} == {AT}
    assert {(row.actor_id, row.notice_id) for row in found} == {(None, None)}


def test_nothing_to_insert_is_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert(Event, NAMES, []) == 0


def test_rows_are_rewritten_by_their_key():
    with transaction.atomic():
        insert(Event, NAMES, rows({}, {}))
        first, second = Event.objects.order_by("pk")
        rewrite(Event, ("seq", "digest"), [(7, "f" * 64, first.pk)])

    first.refresh_from_db()
    second.refresh_from_db()
    assert ((first.seq, first.digest), (second.seq, second.digest)) == ((7, "f" * 64), (None, ""))
    assert first.at == AT.astimezone(dt.UTC)
