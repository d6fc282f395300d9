"""`make old-browser`: every role's pages in Chromium 87, the kernel of browsers that offices have, as the wheel
PyQtWebEngine carries it (requirements-old-browser.txt). Pictures go to var/old-browser/. Exit code 1: something broke."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Before Qt is loaded: no screen, no graphics card, no sandbox (it is ours to look at).
os.environ |= {
    "QT_QPA_PLATFORM": "offscreen",
    "QT_QUICK_BACKEND": "software",
    "QTWEBENGINE_DISABLE_SANDBOX": "1",
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --disable-gpu --lang=zh-CN",
}

from PyQt5 import sip  # noqa: E402
from PyQt5.QtCore import QEventLoop, QTimer, QUrl  # noqa: E402
from PyQt5.QtWebEngineCore import QWebEngineUrlRequestInterceptor  # noqa: E402
from PyQt5.QtWebEngineWidgets import QWebEnginePage, QWebEngineProfile, QWebEngineView  # noqa: E402
from PyQt5.QtWidgets import QApplication  # noqa: E402

from tests.browser.demo import Demo, running  # noqa: E402
from tests.browser.inside import PHONE, WIDE  # noqa: E402
from tests.processes import ROOT  # noqa: E402

TARGET = ROOT / "var" / "old-browser"
PEOPLE = (
    ("整改办", ""), ("经办人", "水利局"), ("单位负责人", "财政局"), ("责任领导", "教育局"), ("责任领导", "县"), ("督导组", ""),
    ("系统管理员", ""), ("安全管理员", ""), ("审计员", ""),
)  # fmt: skip
SECONDS = 20
HEADER = "rgb(166, 29, 36)"  # --brand: the variables of the style sheets are understood
# What must be seen on every page: [a heading, the colour of the header, the width, the window]
STATE = """[Boolean(document.querySelector("h1")),
  document.querySelector(".top") ? getComputedStyle(document.querySelector(".top")).backgroundColor : "",
  document.documentElement.scrollWidth, innerWidth]"""


class Watch(QWebEngineUrlRequestInterceptor):
    """Refuses and notes what is asked of another host."""

    def __init__(self, base: str, wrong: list[str]) -> None:
        super().__init__()
        self.base, self.wrong = base, wrong

    def interceptRequest(self, asked: Any) -> None:  # noqa: N802
        address = asked.requestUrl().toString()
        if not address.startswith((self.base, "data:", "blob:", "about:")):
            self.wrong.append(f"asks another host: {address}")
            asked.block(True)


class Shown(QWebEnginePage):
    """Notes what the console calls an error."""

    def __init__(self, profile: QWebEngineProfile, wrong: list[str]) -> None:
        super().__init__(
            profile, None
        )  # with one argument Qt takes it for the parent, and keeps cookies on disk
        self.wrong = wrong

    def javaScriptConsoleMessage(self, level: int, text: str, line: int, source: str) -> None:  # noqa: N802
        if level == QWebEnginePage.ErrorMessageLevel:
            self.wrong.append(f"{source}:{line}: {text}")


class Window:
    """One window with a profile of its own, driven step by step."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.wrong: list[str] = []
        self.profile = QWebEngineProfile()
        self.watch = Watch(base, self.wrong)
        self.profile.setUrlRequestInterceptor(self.watch)
        self.profile.setHttpAcceptLanguage("zh-CN")
        self.view = QWebEngineView()
        self.page = Shown(self.profile, self.wrong)
        self.view.setPage(self.page)
        self.size(WIDE)
        self.view.show()

    def size(self, size: tuple[int, int]) -> None:
        self.view.resize(*size)

    def _until(self, start: Callable[[Callable[[Any], None]], None]) -> Any:
        loop, got = QEventLoop(), []

        def finish(value: Any) -> None:
            got.append(value)
            loop.quit()

        QTimer.singleShot(SECONDS * 1000, loop.quit)
        start(finish)
        if not got:
            loop.exec_()
        return got[0] if got else None

    def run(self, code: str) -> Any:
        """The value of an expression."""
        return self._until(lambda finish: self.page.runJavaScript(code, finish))

    def wait(self, code: str) -> None:
        """Until the expression is true."""
        for _ in range(SECONDS * 10):
            if self.run(f"Boolean({code})"):
                return
            self.pause(100)
        self.wrong.append(f"{self.page.url().path()}: never came true: {code}")

    def pause(self, milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec_()

    def go(self, path: str) -> None:
        def start(finish: Callable[[Any], None]) -> None:
            self.page.loadFinished.connect(finish)
            self.page.load(QUrl(self.base + path))

        done = self._until(start)
        self.page.loadFinished.disconnect()
        if not done:
            self.wrong.append(f"{path}: did not load")

    def picture(self, name: str) -> None:
        self.pause(150)
        self.view.grab().save(str(TARGET / f"{name}.png"))

    def close(self) -> None:
        """In this order: a profile must outlive the pages that use it."""
        for part in (self.view, self.page, self.profile):
            sip.delete(part)


@contextmanager
def window(base: str) -> Iterator[Window]:
    found = Window(base)
    try:
        yield found
    finally:
        found.close()


def sign_in(at: Window, login: str, password: str) -> None:
    at.go("/login")
    at.run(f"document.querySelector('[name=username]').value = {login!r}")
    at.run(f"document.querySelector('[name=password]').value = {password!r}")
    at.run("document.querySelector('.gate-go').click()")
    at.wait("document.querySelector('h1') && document.querySelector('.who')")


def looked_at(at: Window, path: str, size: tuple[int, int]) -> list[str]:
    at.go(path)
    headed, colour, width, shown = at.run(STATE) or (False, "", 0, 0)
    wrong = [] if headed else ["no heading"]
    if colour != HEADER and path != "/wall":
        wrong.append(f"header is {colour!r}")
    if width > shown:
        wrong.append(f"{width} px wide in {shown}")
    return [f"{path} at {size[0]}: {words}" for words in wrong]


def behaves(at: Window) -> None:
    """The parts with script: the drawer over the list, a cell typed into, a draft kept."""
    at.go("/tasks?state=active")
    at.wait("window.htmx")
    at.run("document.querySelector('a[data-in-drawer]').click()")
    at.wait("document.querySelector('dialog[open] .task')")
    at.picture("drawer")
    at.run("document.querySelector('dialog[open] [data-close]').click()")
    at.wait("!document.querySelector('dialog[open]')")
    enter = "new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true})"
    at.run("document.querySelector('td.cell-latest').focus()")
    at.run(f"document.querySelector('td.cell-latest').dispatchEvent({enter})")
    at.wait("document.querySelector('[data-editor]')")
    at.picture("cell")
    at.go(str(at.run("document.querySelector('tbody th a').getAttribute('href')")))
    at.run(
        "var box = document.querySelector('[name=text]'); box.value = '写到一半'; box.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    at.wait("document.body.innerText.includes('草稿已自动保存')")


def day(demo: Demo, role: str, unit: str) -> tuple[int, list[str]]:
    """(pages looked at, what is wrong)"""
    wrong, count = [], 0
    with window(demo.base) as at:
        sign_in(at, *demo.account(role, unit))
        ways = at.run(
            "Array.from(document.querySelectorAll('.nav a')).map(function (a) { return a.getAttribute('href'); })"
        )
        for size in (WIDE, PHONE):
            at.size(size)
            for way in ways or []:
                wrong += looked_at(at, way, size)
                count += 1
                if role == "整改办":
                    at.picture(f"{way.strip('/').replace('/', '-') or 'home'}-{size[0]}")
        at.size(WIDE)
        if role == "经办人":
            behaves(at)
        wrong += at.wrong
    return count, [f"{role} {words}" for words in wrong]


def main() -> int:
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in Path(TARGET).glob("*.png"):
        old.unlink()
    program = QApplication(sys.argv[:1])
    with running() as demo:
        wrong, count = [], 0
        for role, unit in PEOPLE:
            pages, found = day(demo, role, unit)
            count, wrong = count + pages, wrong + found
        with window(demo.base) as at:
            kernel = at.run("navigator.userAgent.match(/Chrome.([0-9.]+)/)[1]")
    program.quit()
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"Chromium {kernel}：看了 {count} 页，{len(wrong)} 处不对；图片在 {TARGET}。\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
