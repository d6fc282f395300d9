"""The second factor at sign-in: codes of an authenticator app (RFC 6238), and recovery codes for the day the phone is lost.

The arithmetic is django-otp's; the row, the count of failures and what is recorded are ours (decision 0031).
Source: GB/T 22239-2019, 8.1.4.1 d (two ways of proof for administrators).
"""

import base64
import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django_otp.oath import TOTP

from accounts import audit, sessions
from accounts.access import roles
from accounts.models import RecoveryCode, SecondFactor, User
from accounts.people import Unfit
from accounts.roles import ADMINISTRATIVE
from accounts.vault import KeyGone, seal, unseal

ISSUER = "整改督办"
LIMIT, COOLOFF = 5, dt.timedelta(minutes=10)  # as for passwords
CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that look alike on paper
_BORDER = 4  # modules of quiet around a QR code
CODE, ENROL = "code", "enrol"  # what a sign-in still lacks


@dataclass(frozen=True)
class Picture:
    """A QR code as one SVG path in a square of `size` units."""

    size: int
    path: str


def enrolled(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user).first()


def lacking(user: User, *, required: bool) -> str:
    """What this person still has to do after the password: CODE, ENROL or nothing. `required`: of administrators."""
    if enrolled(user) is not None:
        return CODE
    return ENROL if required and roles(user) & set(ADMINISTRATIVE) else ""


def new_secret() -> str:
    """The key to enrol with, in base 32; kept in the session until the first right code."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address_of(user: User, secret: str) -> str:
    """The otpauth address that authenticator apps read."""
    name = quote(f"{ISSUER}:{user.username}")
    return f"otpauth://totp/{name}?{urlencode({'secret': secret, 'issuer': ISSUER}, quote_via=quote)}"


def picture(text: str) -> Picture:
    matrix = segno.make(text, error="m", micro=False).matrix
    dark = [(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module]
    path = "".join(f"M{x + _BORDER} {y + _BORDER}h1v1h-1z" for x, y in dark)
    return Picture(len(matrix) + 2 * _BORDER, path)


def in_groups(secret: str) -> str:
    """The key for typing, four letters a group."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


@transaction.atomic
def confirm(user: User, secret: str, code: str, *, session_key: str, at: dt.datetime) -> list[str]:
    """The first right code puts the authenticator in force and ends every other sign-in. Returns the recovery codes,
    which are kept nowhere else."""
    User.objects.select_for_update().get(pk=user.pk)
    if enrolled(user) is not None:
        raise Unfit("动态口令已经启用，没有重复办理。")
    step = _step_of(secret, code, 0, at)
    if step is None:
        raise Unfit("动态口令不正确。请核对手机时间是否准确，输入应用中当前显示的 6 位数字。")
    row = SecondFactor(user=user, secret=seal(secret), confirmed_at=at, last_step=step)
    row.save(force_insert=True)
    codes = ["-".join(_random() for _ in range(3)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=row, digest=_digest(one)) for one in codes)
    sessions.end(sessions.of(user).exclude(session_key=session_key), by=user, at=at)
    audit.record(audit.Act("user.factor_on", "user", user.pk), by=user, at=at)
    return codes


def _random() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def _digest(code: str) -> str:
    return hashlib.sha256(code.replace("-", "").replace(" ", "").lower().encode()).hexdigest()


def _secret_of(row: SecondFactor) -> str:
    """The seed of the codes, kept sealed; "" when the key that sealed it is gone: then recovery codes still open, and
    the security administrator resets."""
    try:
        return unseal(row.secret)
    except KeyGone:
        return ""


def _step_of(secret: str, code: str, last: int, at: dt.datetime) -> int | None:
    """The time step a code belongs to, one before or after allowed; None for a wrong one and for one taken before."""
    digits = code.replace(" ", "")
    if not secret or not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        return None
    totp = TOTP(base64.b32decode(secret))
    totp.time = at.timestamp()
    return totp.t() if totp.verify(int(digits), tolerance=1, min_t=last + 1) else None


def locked_until(row: SecondFactor, *, at: dt.datetime) -> dt.datetime | None:
    """While too many wrong codes in a row lie back no longer than ten minutes."""
    if row.failures < LIMIT or row.failed_at is None or row.failed_at + COOLOFF <= at:
        return None
    return row.failed_at + COOLOFF


@transaction.atomic
def refuse_code(user: User, code: str, *, at: dt.datetime) -> str | None:
    """None when the code opens, and then never again; else the sentence. Every try is counted and recorded."""
    row = SecondFactor.objects.select_for_update().filter(user=user).first()
    if row is None:
        return "动态口令已被重置，请重新登录。"
    until = locked_until(row, at=at)
    why = (
        f"动态口令连续输错 {LIMIT} 次，请在 {until.astimezone():%H:%M} 以后重试，或请安全管理员解除。"
        if until
        else ""
    )
    data: dict[str, object] = {}
    if not why:
        step, spare = _step_of(_secret_of(row), code, row.last_step, at), _spare(row, code)
        if step is not None or spare is not None:
            if spare is not None:
                RecoveryCode.objects.filter(pk=spare.pk).update(used_at=at)
                data["recovery_left"] = row.codes.filter(used_at=None).count()
            SecondFactor.objects.filter(pk=row.pk).update(
                last_step=step or row.last_step, failures=0, failed_at=None
            )
            audit.record(audit.Act("user.code", "user", user.pk, data=data), by=user, at=at)
            return None
        failures = 1 if row.failures >= LIMIT else row.failures + 1
        SecondFactor.objects.filter(pk=row.pk).update(failures=failures, failed_at=at)
        data["failures"] = failures
        left = LIMIT - failures
        why = (
            f"动态口令不正确，再输错 {left} 次将锁定 10 分钟。"
            if left
            else f"动态口令连续输错 {LIMIT} 次，已锁定 10 分钟。"
        )
    audit.record(audit.Act("user.code", "user", user.pk, ok=False, data=data), by=user, at=at)
    return why


def _spare(row: SecondFactor, code: str) -> RecoveryCode | None:
    return row.codes.filter(used_at=None, digest=_digest(code)).first() if code.strip() else None


@transaction.atomic
def leave(user: User, *, required: bool, at: dt.datetime) -> None:
    """The person gives the authenticator up, where none is required; the caller has asked for a code."""
    if required and roles(user) & set(ADMINISTRATIVE):
        raise Unfit("本系统要求管理员使用动态口令，不能停用；更换手机请安全管理员重置。")
    SecondFactor.objects.filter(user=user).delete()
    audit.record(audit.Act("user.factor_off", "user", user.pk), by=user, at=at)
