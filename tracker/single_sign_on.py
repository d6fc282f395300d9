"""What signing in elsewhere needs: off by default; what is missing or cannot be meant stops the start with a sentence."""

from importlib.util import find_spec
from typing import Any

from tracker import environment as read

KINDS = ["OFF", "OIDC", "CAS", "LDAP"]
_LIBRARY = {"OIDC": "authlib", "CAS": "cas", "LDAP": "ldap3"}


def settings_of(kind: str, *, debug: bool) -> dict[str, Any]:
    """The settings of that kind of server; empty for OFF. Addresses are encrypted ones in production."""
    if kind == "OFF":
        return {}
    if find_spec(_LIBRARY[kind]) is None:
        read.stop(
            f"环境变量 SSO 的值是 {kind}，但没有安装所需的软件包，请先运行 pip install -r requirements-sso.txt。",
            f"SSO is {kind}, but its library is not installed; run pip install -r requirements-sso.txt.",
        )
    if kind == "OIDC":
        return {
            "issuer": _address("OIDC_ISSUER", debug=debug),
            "client_id": _needed("OIDC_CLIENT_ID"),
            "client_secret": _needed("OIDC_CLIENT_SECRET"),
            "claim": read.text("OIDC_CLAIM", "preferred_username"),
        }
    if kind == "CAS":
        return {"server": _address("CAS_URL", debug=debug)}
    return _directory(debug=debug)


def _needed(name: str) -> str:
    value = read.text(name, "")
    if not value:
        read.stop(
            f"已启用单点登录，但没有填写环境变量 {name}。",
            f"single sign-on is on, but environment variable {name} is empty.",
        )
    return value


def _address(name: str, *, debug: bool) -> str:
    _needed(name)
    found = read.address(name, default="")
    if not debug and not found.startswith("https://"):
        read.stop(
            f"环境变量 {name} 应以 https:// 开头：登录凭据不能明文传输。",
            f"environment variable {name} must begin with https://: it carries who signs in.",
        )
    return found


def _directory(*, debug: bool) -> dict[str, Any]:
    server, name = _needed("LDAP_URL"), _needed("LDAP_NAME")
    start_tls = read.flag("LDAP_STARTTLS", default=False)
    if not server.startswith(("ldap://", "ldaps://")):
        read.stop(
            "环境变量 LDAP_URL 应形如 ldaps://ldap.example.cn。",
            "environment variable LDAP_URL must be such as ldaps://ldap.example.cn.",
        )
    if not debug and server.startswith("ldap://") and not start_tls:
        read.stop(
            "环境变量 LDAP_URL 应以 ldaps:// 开头，或设置 LDAP_STARTTLS=1：密码不能明文传输。",
            "LDAP_URL must begin with ldaps://, or LDAP_STARTTLS must be 1: it carries passwords.",
        )
    if name.count("{username}") != 1:
        read.stop(
            "环境变量 LDAP_NAME 应含有一处 {username}，例如 uid={username},ou=people,dc=example,dc=cn。",
            "LDAP_NAME must hold {username} once, such as uid={username},ou=people,dc=example,dc=cn.",
        )
    return {"server": server, "name": name, "start_tls": start_tls}
