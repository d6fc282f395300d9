import datetime as dt

import pytest

from notices.domain.once import AlreadyDone, new_token, only_once
from notices.errors import Refused
from notices.models import SpentToken
from tests.factories import AT, make_user

pytestmark = pytest.mark.django_db


def test_second_sending_is_not_done_again():
    user, done = make_user("a"), []
    only_once("token", lambda: done.append(1), by=user, at=AT)

    with pytest.raises(AlreadyDone):
        only_once("token", lambda: done.append(2), by=user, at=AT)

    assert done == [1]


def test_refused_act_leaves_the_token_unspent():
    user = make_user("a")

    def refuse():
        raise Refused("不行。")

    with pytest.raises(Refused, match="不行。"):
        only_once("token", refuse, by=user, at=AT)

    assert only_once("token", lambda: "done", by=user, at=AT) == "done"


def test_form_without_a_token_is_done_each_time():
    user, done = make_user("a"), []
    only_once("", lambda: done.append(1), by=user, at=AT)
    only_once("", lambda: done.append(2), by=user, at=AT)

    assert done == [1, 2]


def test_old_tokens_of_the_person_are_forgotten():
    user, other = make_user("a"), make_user("b")
    for token, by in (("old", user), ("other", other)):
        only_once(token, lambda: None, by=by, at=AT - dt.timedelta(days=3))
    only_once("new", lambda: None, by=user, at=AT)

    assert sorted(SpentToken.objects.values_list("token", flat=True)) == ["new", "other"]


def test_tokens_differ_and_fit():
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert max(map(len, tokens)) <= 64
