import base64
import datetime as dt
import hashlib
import hmac
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from notices.domain import robots, wire
from notices.errors import Refused
from notices.models import Outlet
from notices.terms import Channel
from tests.factories import AT
from tests.receiver import receiving


@pytest.fixture
def receiver(settings):
    with receiving() as found:
        settings.CHANNEL_ADDRESSES = [found.url]
        yield found


def outlet(kind, url, *, token="abc+/=1", secret="SEC1"):
    address = f"{url}/hooks/整改" if kind == Channel.WEBHOOK else url
    return Outlet(kind=kind, name="整改办工作群", address=address, token=token, secret=secret)


def only_post(receiver):
    [(path, headers, body)] = receiver.posts
    return urlsplit(path), headers, json.loads(body)


def test_wecom_puts_the_key_into_the_address(receiver):
    assert robots.send(outlet(Channel.WECOM, receiver.url), "第一行\n第二行", at=AT) == ""

    path, headers, body = only_post(receiver)
    assert (path.path, parse_qs(path.query)) == ("/cgi-bin/webhook/send", {"key": ["abc+/=1"]})
    assert body == {"msgtype": "text", "text": {"content": "第一行\n第二行"}}
    assert headers["Content-Type"] == "application/json; charset=utf-8"


def test_dingtalk_signs_milliseconds_and_secret(receiver):
    assert robots.send(outlet(Channel.DINGTALK, receiver.url), "内容", at=AT) == ""

    path, _, body = only_post(receiver)
    stamp = "1795140000000"
    seal = hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256).digest()
    assert path.path == "/robot/send"
    assert parse_qs(path.query) == {
        "access_token": ["abc+/=1"],
        "timestamp": [stamp],
        "sign": [base64.b64encode(seal).decode()],
    }
    assert body == {"msgtype": "text", "text": {"content": "内容"}}


def test_feishu_signs_in_the_body(receiver):
    receiver.answer = '{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}'

    assert robots.send(outlet(Channel.FEISHU, receiver.url), "内容", at=AT) == ""

    path, _, body = only_post(receiver)
    seal = hmac.new(b"1795140000\nSEC1", b"", hashlib.sha256).digest()
    assert path.path == "/open-apis/bot/v2/hook/abc%2B%2F%3D1"
    assert body == {
        "msg_type": "text",
        "content": {"text": "内容"},
        "timestamp": "1795140000",
        "sign": base64.b64encode(seal).decode(),
    }


def test_robots_without_a_secret_are_not_signed(receiver):
    receiver.answer = "{}"
    for kind in (Channel.DINGTALK, Channel.FEISHU):
        assert robots.send(outlet(kind, receiver.url, secret=""), "内容", at=AT) == ""

    assert all("sign" not in path and b"sign" not in body for path, _, body in receiver.posts)


def test_web_hook_is_signed_over_time_and_body(receiver):
    receiver.answer = ""

    assert robots.send(outlet(Channel.WEBHOOK, receiver.url), "内容", at=AT, ids=[3, 4]) == ""

    [(path, headers, raw)] = receiver.posts
    seal = hmac.new(b"SEC1", b"1795140000." + raw, hashlib.sha256).hexdigest()
    assert path == "/hooks/%E6%95%B4%E6%94%B9"
    assert headers["X-Tracker-Timestamp"] == "1795140000"
    assert headers["X-Tracker-Signature"] == f"sha256={seal}"
    assert headers["Authorization"] == "Bearer abc+/=1"
    assert json.loads(raw) == {
        "event": "reminder",
        "at": "2026-11-20T10:00:00+08:00",
        "reminders": [3, 4],
        "text": "内容",
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"", ""),
        (204, b"", ""),
        (200, b"ok", ""),
        (200, b"[1]", ""),
        (200, b'{"errcode":0,"errmsg":"ok"}', ""),
        (200, b'{"code":0,"msg":"success"}', ""),
        (200, b'{"code":200,"message":"ok"}', ""),
        (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', "对方返回错误码 93000：invalid webhook url"),
        (200, b'{"errcode":310000,"errmsg":"sign not match"}', "对方返回错误码 310000：sign not match"),
        (200, b'{"code":19021,"msg":"sign match fail"}', "对方返回错误码 19021：sign match fail"),
        (200, b'{"code":9499,"msg":"Bad Request","data":{}}', "对方返回错误码 9499：Bad Request"),
        (200, '{"code":"E1","message":"拒绝"}'.encode(), "对方返回错误码 E1：拒绝"),
        (302, b"", "HTTP 302："),
        (404, b"page not found", "HTTP 404：page not found"),
        (500, b"", "HTTP 500："),
    ],
)  # fmt: skip
def test_the_answer_is_judged_by_its_body_too(status, body, expected):
    assert robots.judged(status, body) == expected


@pytest.mark.parametrize(
    ("manner", "answer", "expected"),
    [
        ("accept", '{"errcode": 45009, "errmsg": "api freq out of limit"}', "对方返回错误码 45009：api freq out of limit"),
        ("refuse", "busy", "HTTP 503：busy"),
        ("redirect", "", "HTTP 302："),
    ],
)  # fmt: skip
def test_refusals_are_told_in_its_words(receiver, manner, answer, expected):
    receiver.manner, receiver.answer = manner, answer

    assert robots.send(outlet(Channel.WECOM, receiver.url), "内容", at=AT) == expected
    assert len(receiver.posts) == 1  # neither repeated nor followed


@pytest.mark.parametrize("manner", ["hang", "drop", "drip"])
def test_a_server_that_misbehaves_costs_a_bounded_time_and_tells_no_token(receiver, manner, monkeypatch):
    monkeypatch.setattr(wire, "WHOLE", 0.7)
    receiver.manner = manner
    begun = time.monotonic()

    error = robots.send(outlet(Channel.WECOM, receiver.url, token="topsecret"), "内容", at=AT)

    assert error and "topsecret" not in error
    assert time.monotonic() - begun < 3


def test_nobody_listening_is_an_error_without_the_token(settings):
    settings.CHANNEL_ADDRESSES = ["http://127.0.0.1:1"]

    error = robots.send(outlet(Channel.WECOM, "http://127.0.0.1:1", token="topsecret"), "内容", at=AT)

    assert "refused" in error and "topsecret" not in error


def test_long_text_is_cut_to_what_the_service_takes():
    text = "整改" * 2000

    cut = robots.cut(text, Channel.WECOM)

    assert len(cut.encode()) <= 2048
    assert cut.endswith("整\n…内容较多，请登录系统查看。") or cut.endswith("改\n…内容较多，请登录系统查看。")
    assert robots.cut("短", Channel.WECOM) == "短"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://OAPI.dingtalk.com", "https://oapi.dingtalk.com"),
        ("http://10.1.2.3:8080/x?y=1", "http://10.1.2.3:8080"),
        ("http://[::1]:80/", "http://[::1]:80"),
        ("ftp://a.example.cn", ""),
        ("file:///etc/passwd", ""),
        ("//a.example.cn", ""),
        ("https://user:pw@oapi.dingtalk.com", ""),
        ("https://", ""),
        ("http://a:b:c", ""),
        ("http://a:99999", ""),
    ],
)
def test_origin(address, expected):
    assert robots.origin(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest",
        "https://oapi.dingtalk.com.example.cn/robot",
        "https://oapi.dingtalk.com@example.cn/",
        "https://oapi.dingtalk.com:444/",
        "http://oapi.dingtalk.com/",
        "https://oapi.dingtalk.com/a b",
        "https://oapi.dingtalk.com/\r\nX: y",
        "",
    ],
)
def test_only_servers_the_administrator_allows_are_called(address):
    with pytest.raises(Refused):
        robots.check_address(address)
    assert robots.send(outlet(Channel.DINGTALK, address), "内容", at=AT) != ""


def test_usual_servers_are_allowed():
    for address in robots.USUAL.values():
        robots.check_address(address)
    robots.check_address("https://oapi.dingtalk.com/robot/send")


def test_the_moment_is_that_of_the_tests():
    assert AT.astimezone(dt.UTC).timestamp() == 1795140000
