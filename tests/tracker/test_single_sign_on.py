"""What is wrong with the settings of signing in elsewhere stops the start with a sentence."""

import pytest

from tracker import single_sign_on
from tracker.environment import BadSetting

OIDC = {"OIDC_ISSUER": "https://id.example.cn/", "OIDC_CLIENT_ID": "tracker", "OIDC_CLIENT_SECRET": "s"}
LDAP = {"LDAP_URL": "ldaps://ldap.example.cn", "LDAP_NAME": "uid={username},dc=example"}


def found(monkeypatch, kind, given, *, debug=False):
    for name in (*OIDC, *LDAP, "CAS_URL", "OIDC_CLAIM", "LDAP_STARTTLS"):
        monkeypatch.setenv(name, given.get(name, ""))
    return single_sign_on.settings_of(kind, debug=debug)


def test_what_is_read(monkeypatch):
    assert found(monkeypatch, "OFF", {}) == {}
    assert found(monkeypatch, "OIDC", OIDC) == {
        "issuer": "https://id.example.cn",
        "client_id": "tracker",
        "client_secret": "s",
        "claim": "preferred_username",
    }
    assert found(monkeypatch, "CAS", {"CAS_URL": "http://127.0.0.1/cas"}, debug=True) == {
        "server": "http://127.0.0.1/cas"
    }
    assert found(monkeypatch, "LDAP", LDAP)["start_tls"] is False


@pytest.mark.parametrize(
    ("kind", "given", "sentence"),
    [
        ("OIDC", {**OIDC, "OIDC_CLIENT_SECRET": ""}, "没有填写环境变量 OIDC_CLIENT_SECRET"),
        (
            "OIDC",
            {**OIDC, "OIDC_ISSUER": "id.example.cn"},
            "OIDC_ISSUER 的值是「id.example.cn」，应为完整网址",
        ),
        ("OIDC", {**OIDC, "OIDC_ISSUER": "http://id.example.cn"}, "OIDC_ISSUER 应以 https:// 开头"),
        ("CAS", {}, "没有填写环境变量 CAS_URL"),
        ("CAS", {"CAS_URL": "http://cas.example.cn"}, "CAS_URL 应以 https:// 开头"),
        ("LDAP", {**LDAP, "LDAP_URL": "ldap://ldap.example.cn"}, "密码不能明文传输"),
        ("LDAP", {**LDAP, "LDAP_URL": "https://ldap.example.cn"}, "应形如 ldaps://"),
        ("LDAP", {**LDAP, "LDAP_NAME": "uid=x"}, "应含有一处 {username}"),
    ],
)
def test_what_stops_the_start(monkeypatch, kind, given, sentence):
    with pytest.raises(BadSetting, match="配置有误，未启动") as stopped:
        found(monkeypatch, kind, given)

    assert sentence in str(stopped.value)


def test_a_library_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setitem(single_sign_on._LIBRARY, "OIDC", "no_such_library")

    with pytest.raises(BadSetting, match="pip install -r requirements-sso.txt"):
        found(monkeypatch, "OIDC", OIDC)
