"""Secrets kept in the database, sealed with a key made from SECRET_KEY: a copy of the database alone does not tell them.

SECRET_KEY_FALLBACKS still opens what an earlier key sealed. What no key opens is said in a sentence and has to be
entered again.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from notices.errors import Refused

_SEALED = "sealed:"
_SALT = "notices.vault"


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac(_SALT, "", secret=key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(text: str) -> str:
    """Nothing stays nothing."""
    return _SEALED + _box().encrypt(text.encode()).decode() if text else ""


def unseal(kept: str) -> str:
    """The text again; Refused when the key that sealed it is gone. What was never sealed is given back as it is."""
    if not kept.startswith(_SEALED):
        return kept
    try:
        return _box().decrypt(kept.removeprefix(_SEALED).encode()).decode()
    except InvalidToken as why:
        raise Refused(
            "系统密钥（SECRET_KEY）已更换，原来保存的令牌和密钥无法读取，请到“推送渠道”重新填写后保存。"
        ) from why


def is_readable(kept: str) -> bool:
    try:
        unseal(kept)
    except Refused:
        return False
    return True
