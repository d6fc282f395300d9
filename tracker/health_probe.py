"""`python -m tracker.health_probe`: 0 when the web server of this container is ready, for images without curl."""

import sys
import urllib.error
import urllib.request

from tracker import environment as read


def main() -> int:
    port = read.count("PORT", default=8000, least=1, most=65535)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/ready", timeout=8) as answer:
            sys.stdout.write(answer.read().decode())
    except urllib.error.HTTPError as refused:
        sys.stdout.write(refused.read().decode())
        return 1
    except OSError as failed:
        sys.stdout.write(f"没有应答：{failed}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
