"""Secrets at rest: sealed, opened again, and a changed key said in a sentence."""

import pytest

from notices.domain import outlets, robots, vault
from notices.errors import Refused
from notices.models import Outlet
from notices.terms import Channel
from tests.factories import AT
from tests.receiver import receiving

WORDS = "SEC000令牌"


def test_sealed_words_come_back_and_say_nothing():
    kept = vault.seal(WORDS)

    assert WORDS not in kept and kept != vault.seal(WORDS)
    assert vault.unseal(kept) == WORDS
    assert (vault.seal(""), vault.unseal("")) == ("", "")


def test_what_was_never_sealed_is_given_back():
    assert vault.unseal(WORDS) == WORDS


def test_changed_key_is_a_sentence_and_the_old_one_still_opens(settings):
    kept = vault.seal(WORDS)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-of-fifty-characters-for-this-test-000000"

    with pytest.raises(Refused) as refused:
        vault.unseal(kept)
    assert str(refused.value) == (
        "系统密钥（SECRET_KEY）已更换，原来保存的令牌和密钥无法读取，请到“推送渠道”重新填写后保存。"
    )
    assert not vault.is_readable(kept)

    settings.SECRET_KEY_FALLBACKS = [old]
    assert vault.unseal(kept) == WORDS


@pytest.mark.django_db
def test_table_holds_no_secret_and_the_post_is_still_signed(settings):
    with receiving() as receiver:
        settings.CHANNEL_ADDRESSES = [receiver.url]
        wanted = outlets.Wanted(Channel.DINGTALK, "群", receiver.url, token="token-1", secret="SEC-1")
        row = outlets.add(None, wanted, by=None, at=AT)
        kept = Outlet.objects.get()
        assert all(value.startswith("sealed:") for value in (kept.token, kept.secret))

        assert robots.send(kept, "话", at=AT) == ""
        path = receiver.posts[0][0]
        assert path.startswith("/robot/send?access_token=token-1&timestamp=") and "&sign=" in path

        settings.SECRET_KEY = "another-key-of-fifty-characters-for-this-test-000000"
        assert robots.send(row, "话", at=AT).startswith("系统密钥（SECRET_KEY）已更换")
        assert len(receiver.posts) == 1
