"""What `manage.py check` says about how this installation is set up."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning


def check_plain_http(**_kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or settings.HTTPS:
        return []
    return [
        Warning(
            "HTTPS=0：密码和台账在网络上以明文传输。",
            hint="只用于没有证书的内网；装好证书后设置 HTTPS=1。",
            id="tracker.W001",
        )
    ]
