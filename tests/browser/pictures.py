"""`make pictures`: the pictures of the guide and the README, taken from the running product with its demo data."""

import os
import re
import sys
import tempfile
import urllib.request
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, sync_playwright

from tests.chromium import FLAGS, HINT, find
from tests.processes import ROOT, Running, free_port, run, wait_until

TARGET = ROOT / "docs" / "guide" / "img"
NOTICE = ROOT / "notices" / "management" / "demo" / "notice.txt"
WIDE = {"width": 1366, "height": 768}
PHONE = {"width": 375, "height": 780}
EDITS = {"责任人": "肖经办", "备注": "已现场核对", "完成时限": "2027年1月底前"}


class Tour:
    """One browser window, signed in as one person after another."""

    def __init__(self, page: Page, base: str, table: str) -> None:
        self.page, self.base = page, base
        self.rows = [line.split() for line in table.splitlines()]

    def sign_in(self, role: str, unit: str = "") -> None:
        row = next(r for r in self.rows if role in r[-3] and unit in r[-4])
        self.page.context.clear_cookies()
        self.page.goto(f"{self.base}/login")
        self.page.fill("input[name=username]", row[-2])
        self.page.fill("input[name=password]", row[-1])
        self.page.click("main button")

    def take(self, name: str, path: str = "", *, phone: bool = False) -> None:
        self.page.set_viewport_size(PHONE if phone else WIDE)
        if path:
            self.page.goto(self.base + path)
        self.page.wait_for_timeout(250)
        self.page.screenshot(path=str(TARGET / f"{name}.png"))


def office(tour: Tour, folder: Path, env: dict[str, str]) -> None:
    page = tour.page
    tour.sign_in("整改办")
    tour.take("board", "/board")
    tour.take("tasks", "/tasks")
    tour.take("issues", "/issues")
    tour.take("overdue", "/overdue")
    tour.take("planning", "/notices/1/planning")
    page.goto(f"{tour.base}/intake")
    page.select_option("select[name=unit]", index=1)
    page.fill("textarea[name=text]", another_notice())
    page.click("main form button.primary")
    page.click("li.node-measure >> nth=1 >> a.words")
    tour.take("intake")
    page.goto(f"{tour.base}/ledger/upload")
    page.set_input_files("input[type=file]", str(edited_ledger(folder, env)))
    page.click("main form button.primary")
    tour.take("ledger-plan")


def another_notice() -> str:
    """The demo's text as a notice of its own: another team, days filled in."""
    text = (
        NOTICE.read_text("utf-8").replace("市委第三巡察组", "市委第五巡察组").replace("推进情况", "进展情况")
    )
    days = {"start": "2026年3月2日", "end": "4月28日", "feedback": "2026年6月5日", "signed": "2026年11月16日"}
    return re.sub(r"\{(\w+)\}", lambda found: days.get(found[1], "2026年11月16日"), text)


def edited_ledger(folder: Path, env: dict[str, str]) -> Path:
    """The demo's ledger with three cells changed."""
    path = folder / "台账.xlsx"
    run("manage.py", "export_ledger", "1", str(path), env=env)
    book = openpyxl.load_workbook(path)
    sheet = book["任务清单"]
    head = next(r for r in range(1, 10) if "任务编号" in [c.value for c in sheet[r]])
    columns = {c.value: c.column for c in sheet[head]}
    for step, (name, words) in enumerate(EDITS.items(), start=1):
        sheet.cell(head + step * 2, columns[name]).value = words
    book.save(path)
    return path


def people(tour: Tour) -> None:
    page = tour.page
    tour.sign_in("经办人", "水利局")
    tour.take("home-staff", "/")
    tour.take("home-phone", "/", phone=True)
    page.set_viewport_size(WIDE)
    page.goto(f"{tour.base}/tasks?state=active")
    page.goto(tour.base + str(page.get_attribute("tbody th a", "href")))
    tour.take("task-staff")
    tour.sign_in("单位负责人", "财政局")
    page.goto(f"{tour.base}/tasks?state=submitted")
    page.goto(tour.base + str(page.get_attribute("tbody th a", "href")))
    tour.take("task-head")


def main() -> int:
    program = find()
    if program is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        env |= {"VAR_DIR": name, "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "tracker.serve", "--port", str(port)]
        product = Running(command, env=env, log=folder / "serve.log")
        base = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: answers(f"{base}/healthz/live"), seconds=180, what="the product")
            table = (folder / "demo-accounts.txt").read_text("utf-8")
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=program, args=FLAGS)
                tour = Tour(browser.new_context(locale="zh-CN").new_page(), base, table)
                office(tour, folder, env)
                people(tour)
                browser.close()
        finally:
            product.stop()
    return 0


def answers(address: str) -> bool:
    try:
        return bool(urllib.request.urlopen(address, timeout=2).status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    raise SystemExit(main())
