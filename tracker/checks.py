"""What `manage.py check` says about how this installation is set up."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Warning


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


def check_endless_redirect(**_kwargs: Any) -> list[CheckMessage]:
    """HTTPS that ends in front of us unannounced: every request looks plain and is sent to HTTPS again. Said, not refused:
    gunicorn may end TLS itself (decision 0051)."""
    of_our_own = "certfile" in os.environ.get("GUNICORN_CMD_ARGS", "")
    if settings.DEBUG or not settings.HTTPS or settings.PROXY_COUNT or of_our_own:
        return []
    return [
        Info(
            "HTTPS=1 而 PROXY_COUNT=0：如果 HTTPS 由前面的 nginx、网关等代理提供，网页会不停地跳转，打不开。",
            hint="前面有几层自己的代理，PROXY_COUNT 就填几（一般是 1），并让代理设置 X-Forwarded-Proto 和 X-Forwarded-For；"
            "由 gunicorn 自己提供证书（--certfile）的不用改。",
            id="tracker.I001",
        )
    ]
