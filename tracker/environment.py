"""Readers of the environment: one per type; a value that cannot be meant stops the start with a sentence."""

import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ

env = environ.Env()

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
DATABASES = ("sqlite", "postgres", "postgresql")
BROKERS = ("redis", "rediss", "redis+socket", "unix")


class BadSetting(SystemExit):
    """Ends the process with the sentence on stderr and exit code 1: no traceback."""


def stop(chinese: str, english: str) -> NoReturn:
    raise BadSetting(f"配置有误，未启动：{chinese}\nConfiguration error, not started: {english}")


def text(name: str, default: str) -> str:
    return str(env.str(name, default=default)).strip() or default


def flag(name: str, *, default: bool) -> bool:
    """1/0, true/false, yes/no, on/off in any case; an empty value means the default."""
    value = text(name, "").lower()
    if value in ("", *TRUE, *FALSE):
        return value in TRUE if value else default
    stop(
        f"环境变量 {name} 的值是「{value}」，应为 1 或 0。",
        f"environment variable {name} is {value!r}; it must be 1 or 0.",
    )


def count(name: str, *, default: int, least: int = 0, most: int) -> int:
    value = text(name, str(default))
    if value.isascii() and value.isdigit() and least <= int(value) <= most:
        return int(value)
    stop(
        f"环境变量 {name} 的值是「{value}」，应为 {least} 到 {most} 之间的整数。",
        f"environment variable {name} is {value!r}; it must be a whole number from {least} to {most}.",
    )


def choice(name: str, *, default: str, of: list[str]) -> str:
    value = text(name, default).upper()
    if value in of:
        return value
    stop(
        f"环境变量 {name} 的值是「{value}」，应为 {'、'.join(of)} 之一。",
        f"environment variable {name} is {value!r}; it must be one of {', '.join(of)}.",
    )


def names(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list; blanks around the items are dropped."""
    return [item.strip() for item in text(name, "").split(",") if item.strip()] or default


def _is_address(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.query


def address(name: str, *, default: str) -> str:
    """An http(s) address without the slash at its end."""
    value = text(name, default).rstrip("/")
    if _is_address(value):
        return value
    stop(
        f"环境变量 {name} 的值是「{value}」，应为完整网址，例如 https://zhenggai.example.cn。",
        f"environment variable {name} is {value!r}; it must be a full address such as https://host.",
    )


def addresses(name: str, *, default: list[str]) -> list[str]:
    """A comma-separated list of http(s) addresses: one without its scheme would silently allow nothing."""
    found = names(name, default=default)
    for value in found:
        if not _is_address(value):
            stop(
                f"环境变量 {name} 里的「{value}」不是网址，每一个都应写全，例如 https://oa.example.cn，用逗号分开。",
                f"environment variable {name} holds {value!r}; each must be a full address such as https://host.",
            )
    return found


def hosts(name: str) -> list[str]:
    """A comma-separated list of host names as browsers send them: an address or a port would match no request."""
    found = names(name, default=[])
    for value in found:
        if not re.fullmatch(r"\*|\.?[\w-]+(?:\.[\w-]+)*|\[[0-9a-fA-F:]+\]", value):
            stop(
                f"环境变量 {name} 里的「{value}」不是域名，应只写域名或 IP，不带 http:// 和端口，例如 zhenggai.example.cn。",
                f"environment variable {name} holds {value!r}; write a host name or IP only, no scheme, no port.",
            )
    return found


def broker(name: str, *, default: str) -> str:
    value = text(name, default)
    if urlsplit(value).scheme in BROKERS:
        return value
    stop(
        f"环境变量 {name} 不是 Redis 地址，应形如 redis://127.0.0.1:6379/0。",
        f"environment variable {name} is not a Redis address such as redis://127.0.0.1:6379/0.",
    )


def database(name: str, *, default: str) -> dict[str, Any]:
    """Django's settings of one database; SQLite and PostgreSQL only. The value may hold a password: never shown."""
    value = text(name, default)
    if urlsplit(value).scheme in DATABASES:
        try:
            return dict(env.db_url_config(value))
        except (ValueError, environ.ImproperlyConfigured):
            pass
    stop(
        f"环境变量 {name} 不是数据库地址，应形如 sqlite:////data/tracker.sqlite3"
        " 或 postgres://用户:密码@主机:5432/库名（密码中的特殊字符须转义）。",
        f"environment variable {name} is not a database address such as sqlite:////data/tracker.sqlite3"
        " or postgres://user:password@host:5432/name (escape special characters in the password).",
    )


def schema(name: str) -> str:
    """The name of a schema; "" for the server's default."""
    value = text(name, "")
    if not value or re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", value):
        return value
    stop(
        f"环境变量 {name} 的值是「{value}」，应由小写字母、数字、下划线组成。",
        f"environment variable {name} is {value!r}; it must be of small letters, digits and underscores.",
    )


def mail(name: str, *, default: str) -> Mapping[str, Any]:
    """Django's EMAIL_* settings."""
    value = text(name, default)
    scheme = urlsplit(value).scheme
    try:
        found = env.email_url_config(value) if scheme in env.EMAIL_SCHEMES else None
    except ValueError:
        found = None
    if found is None or ("smtp" in scheme and not found["EMAIL_HOST"]):
        stop(
            f"环境变量 {name} 不是邮件服务器地址，应形如 smtp+tls://用户:密码@主机:587 或 consolemail://。",
            f"environment variable {name} is not a mail address such as smtp+tls://user:password@host:587"
            " or consolemail://.",
        )
    return {key: value for key, value in found.items() if value is not None and key != "OPTIONS"}
