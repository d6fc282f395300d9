"""What a password may not be, beyond Django's own rules. Sources: OWASP ASVS 5, V6.2; GB/T 22239-2019, 8.1.4.1."""

import re

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

# Words everybody here would try first.
WORDS: tuple[str, ...] = (
    "zhenggai",
    "xunshi",
    "xuncha",
    "duban",
    "jiwei",
    "jijian",
    "dangwei",
    "zhengfu",
    "admin",
    "mima",
    "password",
)
WORDS += ("zhonggong", "wangluo", "qwerty", "12345", "abcd1234", "1qaz", "2wsx", "88888", "66666")
KINDS = ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]")


class ContextWords:
    """Refuses a password that is little more than a word of the field: what is left without it is too short."""

    least = 8

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        left = password.lower()
        for word in sorted(WORDS, key=len, reverse=True):
            left = left.replace(word, "")
        if len(left) < min(self.least, len(password)):
            raise ValidationError(
                "密码里含有容易猜到的词（如系统名称、拼音、键盘顺序），请换一个。", code="context"
            )

    def get_help_text(self) -> str:
        return "不要用系统名称、单位拼音、键盘顺序等容易猜到的词。"


class KindsOfCharacters:
    """Three of four kinds: small letters, capitals, digits, others."""

    least = 3

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if sum(bool(re.search(kind, password)) for kind in KINDS) < self.least:
            raise ValidationError("密码须含大写字母、小写字母、数字、符号中的至少三类。", code="kinds")

    def get_help_text(self) -> str:
        return "须含大写字母、小写字母、数字、符号中的至少三类。"
