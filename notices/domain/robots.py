"""Posting to group robots and web hooks: how each signs, what each answers.

企业微信: /cgi-bin/webhook/send?key=…, errcode 0. 钉钉: /robot/send?access_token=…, signed with timestamp and secret
(HmacSHA256, base64), errcode 0. 飞书: /open-apis/bot/v2/hook/…, signed in the body, code 0. A plain web hook gets JSON
with the signature in a header. All of them answer 200 also when they refuse: the code in the body decides.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from notices.domain import vault, wire
from notices.domain.wire import Parcel, origin
from notices.errors import Refused
from notices.models import Outlet
from notices.terms import Channel

_MOST_BYTES = {Channel.WECOM: 2048, Channel.DINGTALK: 15_000, Channel.FEISHU: 15_000, Channel.WEBHOOK: 60_000}
# The addresses of the three services; a private edition has its own.
USUAL = {
    Channel.WECOM: "https://qyapi.weixin.qq.com",
    Channel.DINGTALK: "https://oapi.dingtalk.com",
    Channel.FEISHU: "https://open.feishu.cn",
}


def check_address(address: str) -> None:
    """Refused unless the machine's administrator allows this server: people must not make ours call any other."""
    if not wire.is_clean(address):
        raise Refused(
            "地址应以 http:// 或 https:// 开头，只写服务器地址和路径，例如 https://qyapi.weixin.qq.com。"
        )
    if not wire.is_listed(address, settings.CHANNEL_ADDRESSES):
        raise Refused(
            f"服务器“{origin(address)}”不在允许的推送地址中，请系统管理员在环境变量 CHANNEL_ADDRESSES 中加入后再保存。"
        )


def cut(text: str, kind: str) -> str:
    """No longer than the service takes."""
    most = _MOST_BYTES[Channel(kind)]
    whole = text.encode()
    if len(whole) <= most:
        return text
    return whole[: most - 60].decode(errors="ignore") + "\n…内容较多，请登录系统查看。"


def pack(outlet: Outlet, text: str, *, at: dt.datetime, ids: Sequence[int] = ()) -> Parcel:
    """`ids`: the reminders, so that a receiver of a web hook can tell a repeated post. Refused when the token cannot be
    read any more."""
    text = cut(text, outlet.kind)
    base = outlet.address.rstrip("/")
    token, secret = vault.unseal(outlet.token), vault.unseal(outlet.secret)
    content: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "tracker"}
    if outlet.kind == Channel.WECOM:
        url = f"{base}/cgi-bin/webhook/send?{urlencode({'key': token})}"
    elif outlet.kind == Channel.DINGTALK:
        query = {"access_token": token}
        if secret:
            stamp = str(int(at.timestamp() * 1000))
            query |= {"timestamp": stamp, "sign": sign(secret, f"{stamp}\n{secret}")}
        url = f"{base}/robot/send?{urlencode(query)}"
    elif outlet.kind == Channel.FEISHU:
        content = {"msg_type": "text", "content": {"text": text}}
        if secret:
            stamp = str(int(at.timestamp()))
            content |= {"timestamp": stamp, "sign": sign(f"{stamp}\n{secret}", "")}
        url = f"{base}/open-apis/bot/v2/hook/{quote(token, safe='')}"
    else:
        url, stamp = outlet.address, str(int(at.timestamp()))
        content = {"event": "reminder", "at": at.isoformat(), "reminders": list(ids), "text": text}
        headers["X-Tracker-Timestamp"] = stamp
    body = json.dumps(content, ensure_ascii=False).encode()
    if outlet.kind == Channel.WEBHOOK:
        headers |= _hook_headers(token, secret, stamp, body)
    return Parcel(url, body, headers)


def _hook_headers(token: str, secret: str, stamp: str, body: bytes) -> dict[str, str]:
    """sha256=hex of HMAC over timestamp, a dot and the body; the token, where given, as a bearer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if secret:
        headers["X-Tracker-Signature"] = wire.signature(secret, stamp, body)
    return headers


def sign(key: str, message: str) -> str:
    """HmacSHA256 in base64, as 钉钉 (key: the secret) and 飞书 (key: timestamp and secret, no message) ask for it."""
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def send(outlet: Outlet, text: str, *, at: dt.datetime, ids: Sequence[int] = ()) -> str:
    """Post once. "" when the receiver took it; else what it answered or why it could not be reached.

    The address is judged again here, no redirect is followed, nothing is tried twice, and the whole exchange ends
    after wire.WHOLE seconds, however slowly the other side talks.
    """
    try:
        check_address(outlet.address)
        parcel = pack(outlet, text, at=at, ids=ids)
        answer = wire.post(parcel)
        return judged(answer.status, answer.body)
    except Refused as why:
        return str(why)
    except wire.Unreachable as error:
        return _hushed(outlet, str(error))


def judged(status: int, body: bytes) -> str:
    """ "" for a 2xx whose body carries no error code."""
    words = body.decode(errors="replace").strip()
    if not 200 <= status < 300:
        return f"HTTP {status}：{words[:200]}"
    try:
        answer = json.loads(words) if words else {}
    except ValueError:
        answer = {}
    codes = (
        [answer[n] for n in ("errcode", "code", "StatusCode") if n in answer]
        if isinstance(answer, dict)
        else []
    )
    bad = next((code for code in codes if str(code) not in ("0", "200") or code is False), None)
    if bad is None:
        return ""
    said = (
        answer.get("errmsg")
        or answer.get("msg")
        or answer.get("message")
        or answer.get("StatusMessage")
        or ""
    )
    return f"对方返回错误码 {bad}：{str(said)[:200]}"


def _hushed(outlet: Outlet, words: str) -> str:
    """Errors of the library quote the address with its token."""
    token, secret = vault.unseal(outlet.token), vault.unseal(outlet.secret)
    for hidden in (token, quote(token, safe=""), secret):
        words = words.replace(hidden, "***") if hidden else words
    return words[:300]
