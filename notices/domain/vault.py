"""Sealed secrets of channels and subscriptions; what no key opens any more is said in a sentence."""

from accounts import vault
from notices.errors import Refused

seal = vault.seal


def unseal(kept: str) -> str:
    """The text again; Refused when the key that sealed it is gone."""
    try:
        return vault.unseal(kept)
    except vault.KeyGone as why:
        raise Refused(
            "系统密钥（SECRET_KEY）已更换，原来保存的令牌和密钥无法读取，请到“推送渠道”重新填写后保存。"
        ) from why


def is_readable(kept: str) -> bool:
    try:
        unseal(kept)
    except Refused:
        return False
    return True
