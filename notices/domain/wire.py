"""Requests of ours to other servers: one exchange, a bound on the whole of it, no redirect, no hidden retry.

Which servers may be called is a setting. A name on that list that turns out to stand for this machine, for its link or
for a cloud's metadata service is refused all the same, unless the list names that very address.
"""

import hashlib
import hmac
import ipaddress
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3

CONNECT, WHOLE = 3.0, 8.0  # seconds
_MOST_ANSWER = 20_000
# Metadata services outside the link-local range.
_METADATA = {ipaddress.ip_address("100.100.100.200"), ipaddress.ip_address("fd00:ec2::254")}


class Unreachable(Exception):
    """Nobody there, or not in time; or an address that must not be called. The text is for the log."""


@dataclass(frozen=True)
class Parcel:
    """One request, ready to send."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


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


def is_clean(address: str) -> bool:
    return bool(origin(address)) and not any(c.isspace() or ord(c) < 32 for c in address)


def is_listed(address: str, servers: Iterable[str]) -> bool:
    return origin(address) in {origin(known) for known in servers} - {""}


def signature(secret: str, stamp: str, body: bytes) -> str:
    """sha256=hex of HMAC over timestamp, a dot and the body."""
    seal = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"sha256={seal.hexdigest()}"


def post(parcel: Parcel, *, guarded: bool = False) -> Answer:
    """Post once; Unreachable with a reason. `guarded`: the address is looked up here and judged, and that very address
    is called, so that a name cannot stand for another one a moment later."""
    end = time.monotonic() + WHOLE
    try:
        with _pool(parcel.url, guarded) as pool:
            answer = pool.urlopen(
                "POST",
                _target(parcel.url),
                body=parcel.body,
                headers={**parcel.headers, "Host": urlsplit(parcel.url).netloc},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            try:
                return Answer(answer.status, _read(answer, end))
            finally:
                answer.close()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def _target(url: str) -> str:
    parts = urllib3.util.parse_url(url)
    return parts.request_uri


def _pool(url: str, guarded: bool) -> urllib3.HTTPConnectionPool:
    parts = urllib3.util.parse_url(url)
    host = (parts.host or "").strip("[]")
    called = _looked_up(host, parts.port or (443 if parts.scheme == "https" else 80)) if guarded else host
    timeout = urllib3.Timeout(connect=CONNECT, total=WHOLE)
    if parts.scheme == "https":
        return urllib3.HTTPSConnectionPool(
            called, parts.port, timeout=timeout, server_hostname=host, assert_hostname=host
        )
    return urllib3.HTTPConnectionPool(called, parts.port, timeout=timeout)


def _looked_up(host: str, port: int) -> str:
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for each in found:
        if each != host and host != "localhost" and is_inward(each):
            raise Unreachable(f"{host} stands for {each}, which is not called")
    return found[0]


def is_inward(address: str) -> bool:
    """This machine, its link, a group, nothing, or a metadata service. Addresses of an intranet are not."""
    at = ipaddress.ip_address(address.partition("%")[0])
    at = getattr(at, "ipv4_mapped", None) or at
    inward = at.is_loopback or at.is_link_local or at.is_multicast or at.is_unspecified or at.is_reserved
    return bool(inward or at in _METADATA)


def _read(answer: urllib3.BaseHTTPResponse, end: float) -> bytes:
    """As it comes, until it is enough: a reader that waits for all of it would wait for a server that drips."""
    found = b""
    while len(found) < _MOST_ANSWER and (chunk := answer.read1(4096)):
        found += chunk
        if time.monotonic() > end:
            raise TimeoutError("the answer takes too long")
    return found
