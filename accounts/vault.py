"""Secrets kept in the database, sealed with a key made from SECRET_KEY: a copy of the database alone does not tell them.

SECRET_KEY_FALLBACKS still opens what an earlier key sealed.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

_SEALED = "sealed:"
_SALT = "notices.vault"


class KeyGone(Exception):
    """No key of the settings opens it: it has to be entered again."""


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [salted_hmac(_SALT, "", secret=key, algorithm="sha256").digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(text: str) -> str:
    """Nothing stays nothing."""
    return _SEALED + _box().encrypt(text.encode()).decode() if text else ""


def unseal(kept: str) -> str:
    """The text again; KeyGone when the key that sealed it is gone. What was never sealed is given back as it is."""
    if not kept.startswith(_SEALED):
        return kept
    try:
        return _box().decrypt(kept.removeprefix(_SEALED).encode()).decode()
    except InvalidToken as why:
        raise KeyGone from why
