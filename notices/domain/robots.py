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
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from django.conf import settings

from notices.domain import vault
from notices.errors import Refused
from notices.models import Outlet
from notices.terms import Channel

CONNECT, WHOLE = 3.0, 8.0  # seconds
_MOST_BYTES = {Channel.WECOM: 2048, Channel.DINGTALK: 15_000, Channel.FEISHU: 15_000, Channel.WEBHOOK: 60_000}
_MOST_ANSWER = 20_000
# The addresses of the three services; a private edition has its own.
USUAL = {
    Channel.WECOM: "https://qyapi.weixin.qq.com",
    Channel.DINGTALK: "https://oapi.dingtalk.com",
    Channel.FEISHU: "https://open.feishu.cn",
}


@dataclass(frozen=True)
class Parcel:
    """One request, ready to send."""

    url: str
    body: bytes
    headers: dict[str, str]


def origin(address: str) -> str:
    """scheme://host[:port] in lower case; "" when the address is none we would call."""
    try:
        found = urlsplit(address)
        port = f":{found.port}" if found.port else ""
    except ValueError:
        return ""
    if found.scheme not in ("http", "https") or not found.hostname or found.username or found.password:
        return ""
    host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
    return f"{found.scheme}://{host}{port}".lower()


def check_address(address: str) -> None:
    """Refused unless the machine's administrator allows this server: people must not make ours call any other."""
    allowed = {origin(known) for known in settings.CHANNEL_ADDRESSES} - {""}
    if not origin(address) or any(c.isspace() or ord(c) < 32 for c in address):
        raise Refused(
            "地址应以 http:// 或 https:// 开头，只写服务器地址和路径，例如 https://qyapi.weixin.qq.com。"
        )
    if origin(address) not in allowed:
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
        seal = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        headers["X-Tracker-Signature"] = f"sha256={seal.hexdigest()}"
    return headers


def sign(key: str, message: str) -> str:
    """HmacSHA256 in base64, as 钉钉 (key: the secret) and 飞书 (key: timestamp and secret, no message) ask for it."""
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()


def send(outlet: Outlet, text: str, *, at: dt.datetime, ids: Sequence[int] = ()) -> str:
    """Post once. "" when the receiver took it; else what it answered or why it could not be reached.

    The address is judged again here, no redirect is followed, nothing is tried twice, and the whole exchange ends
    after WHOLE seconds, however slowly the other side talks.
    """
    try:
        check_address(outlet.address)
        parcel = pack(outlet, text, at=at, ids=ids)
        end = time.monotonic() + WHOLE
        timeout = urllib3.Timeout(connect=CONNECT, total=WHOLE)
        with urllib3.PoolManager(num_pools=1, retries=False, timeout=timeout) as pool:
            answer = pool.request(
                "POST",
                parcel.url,
                body=parcel.body,
                headers=parcel.headers,
                redirect=False,
                preload_content=False,
            )
            try:
                return judged(answer.status, _read(answer, end))
            finally:
                answer.close()
    except Refused as why:
        return str(why)
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return _hushed(outlet, f"{type(error).__name__}: {error}")


def _read(answer: urllib3.BaseHTTPResponse, end: float) -> bytes:
    """As it comes, until it is enough: a reader that waits for all of it would wait for a server that drips."""
    found = b""
    while len(found) < _MOST_ANSWER and (chunk := answer.read1(4096)):
        found += chunk
        if time.monotonic() > end:
            raise TimeoutError("the answer takes too long")
    return found


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
