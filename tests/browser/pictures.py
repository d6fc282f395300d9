"""`make pictures`: the pictures of the guide and the README, taken from the running product with its demo data."""

import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.demo import Demo, running
from tests.browser.inside import PHONE, WIDE
from tests.chromium import FLAGS, HINT, find
from tests.processes import ROOT, run

TARGET = ROOT / "docs" / "guide" / "img"
NOTICE = ROOT / "notices" / "management" / "demo" / "notice.txt"
EDITS = {"责任人": "肖经办", "备注": "已现场核对", "完成时限": "2027年1月底前"}
COLOURS = 200  # a picture keeps so many: it stays readable and small


@dataclass(frozen=True)
class Shot:
    """`follow`: the first link of that kind on the page is opened. `down`: the first such place is at the top."""

    name: str
    path: str
    follow: str = ""
    down: str = ""
    phone: bool = False


FIRST = "tbody th a"
OFFICE = (
    Shot("board", "/board"),
    Shot("wall", "/wall"),
    Shot("tasks", "/tasks"),
    Shot("issues", "/issues"),
    Shot("dossier", "/issues/1/dossier"),
    Shot("overdue", "/overdue"),
    Shot("verify", "/verify"),
    Shot("extensions", "/extensions"),
    Shot("letters", "/letters"),
    Shot("letter", "/letters", follow=FIRST),
    Shot("planning", "/notices/1/planning"),
    Shot("notice", "/notices/1"),
    Shot("reminders", "/notices/1/reminders"),
    Shot("weekly", "/weekly"),
    Shot("publication", "/publications", follow="tbody a[href^='/publications/']"),
    Shot("supervision", "/supervisions"),
    Shot("finding", "/findings", follow=FIRST),
    Shot("lookback", "/lookbacks", follow=FIRST),
    Shot("outcomes", "/outcomes"),
    Shot("meetings", "/meetings"),
    Shot("views", "/views"),
    Shot("search", "/search?q=水库"),
    Shot("calendar", "/calendar"),
    Shot("handover", "/handover"),
    Shot("tokens", "/tokens"),
    Shot("board-phone", "/board", phone=True),
)
ADMIN = (
    Shot("people", "/people"),
    Shot("person", "/people", follow=FIRST),
    Shot("units", "/units"),
    Shot("status", "/status"),
)
SECURITY = (Shot("proposals", "/people/proposals"),)
AUDITOR = (Shot("audit", "/audit"),)
STAFF = (
    Shot("home-staff", "/"),
    Shot("home-phone", "/", phone=True),
    Shot("task-phone", "/tasks?state=active", follow=FIRST, phone=True),
    Shot("tasks-phone", "/tasks", phone=True),
    Shot("task-staff", "/tasks?state=active", follow=FIRST),
)
HEAD = (
    Shot("home-head", "/"),
    Shot("task-head", "/tasks?state=submitted", follow=FIRST),
    Shot("evidence", "/tasks?state=submitted", follow=FIRST, down="h3:has-text('最新进展')"),
)
LEADER = (Shot("home-leader", "/"),)
# Role, unit, and what that person shows.
TOUR = (
    ("整改办", "", OFFICE),
    ("系统管理员", "", ADMIN),
    ("安全管理员", "", SECURITY),
    ("审计员", "", AUDITOR),
    ("经办人", "水利局", STAFF),
    ("单位负责人", "财政局", HEAD),
    ("责任领导", "县", LEADER),
)
MADE = ("intake", "ledger-plan")  # by more than a look
NAMES = {shot.name for _, _, shots in TOUR for shot in shots} | {*MADE}


class Tour:
    """One browser window, signed in as one person after another."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.page, self.demo = page, demo

    def sign_in(self, role: str, unit: str = "") -> None:
        login, password = self.demo.account(role, unit)
        self.page.set_viewport_size(_size(WIDE))
        self.page.context.clear_cookies()
        self.go("/login")
        self.page.fill("input[name=username]", login)
        self.page.fill("input[name=password]", password)
        self.page.click("main button")

    def go(self, path: str) -> None:
        self.page.goto(self.demo.base + path)

    def take(self, shot: Shot) -> None:
        self.page.set_viewport_size(_size(PHONE if shot.phone else WIDE))
        self.go(shot.path)
        if shot.follow:
            self.go(str(self.page.get_attribute(shot.follow, "href")))
        if shot.down:
            self.page.locator(shot.down).first.evaluate(
                "e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 70)"
            )
        self.keep(shot.name)

    def keep(self, name: str) -> None:
        self.page.wait_for_timeout(250)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(TARGET / f"{name}.png", optimize=True)


def _size(size: tuple[int, int]) -> dict[str, int]:
    return {"width": size[0], "height": size[1]}


# ── What takes more than a look ──────────────────────────────────────────────
def propose(tour: Tour) -> None:
    """A post that waits for the security administrator."""
    page = tour.page
    tour.go("/people")
    page.click("tbody th a:has-text('叶思远')")
    page.select_option("select[name=unit]", label="云岭县财政局")
    page.select_option("select[name=role]", value="head")
    page.click("main form button:text-is('提出')")
    page.wait_for_selector("main .note")


def intake(tour: Tour) -> None:
    page = tour.page
    tour.go("/intake")
    page.select_option("select[name=unit]", index=1)
    page.fill("textarea[name=text]", another_notice())
    page.click("main form button.primary")
    page.click("li.node-measure >> nth=1 >> a.words")
    tour.keep("intake")


def ledger_plan(tour: Tour) -> None:
    tour.go("/ledger/upload")
    tour.page.set_input_files("input[type=file]", str(edited_ledger(tour.demo)))
    tour.page.click("main form button.primary")
    tour.keep("ledger-plan")


def another_notice() -> str:
    """The demo's text as a notice of its own: another team, days filled in."""
    text = (
        NOTICE.read_text("utf-8").replace("市委第三巡察组", "市委第五巡察组").replace("推进情况", "进展情况")
    )
    days = {"start": "2026年3月2日", "end": "4月28日", "feedback": "2026年6月5日", "signed": "2026年11月16日"}
    return re.sub(r"\{(\w+)\}", lambda found: days.get(found[1], "2026年11月16日"), text)


def edited_ledger(demo: Demo) -> Path:
    """The demo's ledger with three cells changed."""
    path = demo.folder / "台账.xlsx"
    run("manage.py", "export_ledger", "1", str(path), env=demo.env)
    book = openpyxl.load_workbook(path)
    sheet = book["任务清单"]
    head = next(r for r in range(1, 10) if "任务编号" in [c.value for c in sheet[r]])
    columns = {c.value: c.column for c in sheet[head]}
    for step, (name, words) in enumerate(EDITS.items(), start=1):
        sheet.cell(head + step * 2, columns[name]).value = words
    book.save(path)
    return path


def main() -> int:
    program = find()
    if program is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.glob("*.png"):
        old.unlink()
    with running() as demo, sync_playwright() as play:
        run("manage.py", "run_due", env=demo.env, seconds=300)  # what the scheduler does every few minutes
        browser = play.chromium.launch(
            executable_path=program, args=[*FLAGS, "--lang=zh-CN"], env={**demo.env, "LANGUAGE": "zh_CN"}
        )
        tour = Tour(browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai").new_page(), demo)
        for role, unit, shots in TOUR:
            tour.sign_in(role, unit)
            if role == "系统管理员":
                propose(tour)
            for shot in shots:
                tour.take(shot)
        tour.sign_in("整改办")
        intake(tour)
        ledger_plan(tour)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
