"""A browser whose every request the test client answers, in this process and in the transaction of the test: no
server, no port, nothing to clear afterwards. What a page asks of another host is refused and told of."""

import contextvars
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route

BASE = "http://inside.test"
WIDE, PHONE = (1366, 768), (375, 780)
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}


@dataclass
class Inside:
    """One window. `wrong`: what went wrong on its pages, each with the address it happened at."""

    page: Page
    client: Client = field(default_factory=Client)
    wrong: list[str] = field(default_factory=list)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)

    def told(self, words: str) -> None:
        self.wrong.append(f"{urlsplit(self.page.url).path}: {words}")

    def take(self) -> list[str]:
        """What went wrong since the last time."""
        found, self.wrong = self.wrong, []
        return found

    def answer(self, route: Route) -> None:
        asked = urlsplit(route.request.url)
        path = f"{asked.path}?{asked.query}" if asked.query else asked.path
        if f"{asked.scheme}://{asked.netloc}" != BASE:
            self.told(f"asks another host: {route.request.url}")
            route.abort()
        elif asked.path.startswith("/static/"):
            found = finders.find(asked.path.removeprefix("/static/"))
            kind = KINDS.get(asked.path.rpartition(".")[2], "application/octet-stream")
            if found:
                route.fulfill(path=str(found), content_type=kind)
            else:
                route.fulfill(status=404)
        else:
            self._ask(route, path)

    def _ask(self, route: Route, path: str) -> None:
        """Where a browser runs, a connection to the database belongs to the context it was opened in."""
        sent = route.request
        answer = self.context.run(self._send, sent, path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if answer.status_code >= 500:
            self.told(f"answered {answer.status_code} at {path}")
        heads = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
        if answer.status_code in (301, 302):  # a browser asks for the next address past us
            onward = f"<!doctype html><title>…</title><script>location.replace({json.dumps(heads['Location'])})</script>"
            route.fulfill(content_type="text/html", body=onward)
        else:
            route.fulfill(status=answer.status_code, headers=heads, body=body)

    def _send(self, sent: Request, path: str) -> Any:
        given = {k: v for k, v in sent.headers.items() if k.startswith(("hx-", "referer"))}
        kind = sent.headers.get("content-type", "")
        body = sent.post_data_buffer or b""
        follow = "hx-request" in given
        return self.client.generic(sent.method, path, body, content_type=kind, headers=given, follow=follow)


def _watched(context: BrowserContext) -> Inside:
    window = Inside(context.new_page())
    window.page.on("pageerror", lambda error: window.told(f"script: {error}"))
    window.page.on("console", lambda line: line.type == "error" and window.told(f"console: {line.text}"))
    context.route("**/*", window.answer)
    return window


@contextmanager
def opened(browser: Browser, size: tuple[int, int] = WIDE) -> Iterator[Inside]:
    context = browser.new_context(
        base_url=BASE,
        viewport={"width": size[0], "height": size[1]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(60_000)  # a busy machine is no fault of the page
    try:
        yield _watched(context)
    finally:
        context.close()
