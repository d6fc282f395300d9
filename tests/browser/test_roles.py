"""No page has anything that axe-core calls serious or critical, none is wider than its window, none fails in script."""

import pytest
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from pypdfium2 import PdfDocument

from accounts.models import Unit
from notices.models import Issue, Progress, Task
from tests.access_world import build
from tests.browser.addresses import MAIN, ORDER, addresses
from tests.browser.days import DAYS, sign_in
from tests.browser.inside import PHONE, WIDE, opened
from tests.browser.seeing import faults, sideways, tabbed
from tests.rounds import ALL

pytestmark = [pytest.mark.pure, pytest.mark.django_db]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for the module; whatever a page writes is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def clients(world):
    found = {"": Client()}
    for code in ORDER:
        found[code] = Client()
        found[code].force_login(world.users[code])
    return found


@pytest.fixture(scope="module")
def pages(world, clients, django_db_blocker):
    """Every page by name in the full run; in the ordinary one the main pages and one of twenty others."""
    with django_db_blocker.unblock():
        return list(addresses(world, clients, every=ALL))


def look(browser, clients, pages, size):
    """(how many were looked at, what is wrong with them)"""
    wrong = []
    with opened(browser, size) as window:
        for address in pages:
            window.client = clients[address.code]
            window.page.goto(address.url)
            found = faults(window.page) + sideways(window.page) + window.take()
            wrong += [f"{address.name} {words}" for words in found]
    return wrong


def test_pages_on_a_usual_screen(browser, clients, pages, figure):
    assert look(browser, clients, pages, WIDE) == []

    figure("pages looked at with axe-core", len(pages))


def test_main_pages_on_a_phone(browser, clients, pages):
    main = [page for page in pages if page.name in MAIN]

    assert look(browser, clients, main if ALL else main[::4], PHONE) == []


# ── Long texts, nothing at all, and paper ────────────────────────────────────
def stretch():
    """Every text as long as people write them, and one word that nothing breaks."""
    word = "W" * 70
    Unit.objects.update(
        name=Concat(Value("云岭县自然资源和规划局不动产登记中心及所属乡镇派出机构联合工作专班"), "name")
    )
    Issue.objects.update(
        title="关于统筹推进重点领域改革发展中存在的责任落实不到位、措施不精准、成效不明显的问题" * 3
    )
    Task.objects.update(
        text="对照反馈意见逐项制定整改措施，明确责任单位、责任人和完成时限，" * 10 + word, latest_text=word
    )
    Progress.objects.update(text="已完成排查并形成问题台账，逐项销号。" * 20 + word)


def wide_ones(browser, clients, pages, size):
    with opened(browser, size) as window:
        for address in pages:
            window.client = clients[address.code]
            window.page.goto(address.url)
            yield from (f"{address.name} {words}" for words in sideways(window.page))


def test_long_texts_stay_in_the_window(browser, clients, pages, world):
    stretch()
    some = pages if ALL else [page for page in pages if page.name in MAIN][1:5]

    assert list(wide_ones(browser, clients, some, PHONE)) == []
    assert list(wide_ones(browser, clients, pages if ALL else [], WIDE)) == []


def test_somebody_new_finds_no_broken_page(browser, clients, world):
    """Without a task, without a post: each page says what will stand there."""
    with opened(browser, PHONE) as window:
        window.client.force_login(world.users["nobody"])
        found = round_of(window)

        assert found == []
        assert window.page.locator("main").inner_text().strip() != ""


A4, A3 = [297, 210], [420, 297]  # lying, in millimetres


@pytest.mark.parametrize(
    ("path", "paper", "size", "most"),
    [("/board", "A3", A4, 1), ("/tasks", "A4", A4, 40), ("/tasks", "A3", A3, 20)],
)
def test_paper_has_its_format_and_no_buttons(browser, clients, path, paper, size, most):
    """The brief is one sheet of A4 whatever is chosen; a list takes the paper that is chosen, its head on each sheet."""
    with opened(browser) as window:
        window.client = clients["b_office"]
        window.page.goto(path)
        sheets = PdfDocument(window.page.pdf(format=paper, prefer_css_page_size=True))

        texts = ["".join(sheet.get_textpage().get_text_range().split()) for sheet in sheets]
        assert [round(points / 72 * 25.4) for points in sheets[0].get_size()] == size
        assert 1 <= len(texts) <= most
        assert [
            words for words in ("退出登录", "查询", "检索", "导出") if any(words in t for t in texts)
        ] == []
        assert path == "/board" or all("完成时限" in text for text in texts)


# ── Days ─────────────────────────────────────────────────────────────────────
def round_of(window):
    """Every page of the person's menu: a heading, nothing wider than the window, no error."""
    window.page.goto("/")
    ways = [a.get_attribute("href") for a in window.page.locator(".nav a").all()]
    wrong = []
    for way in ways:
        window.page.goto(way)
        headed = [] if window.page.locator("h1").count() else ["no heading"]
        wrong += [f"{way} {words}" for words in headed + sideways(window.page) + window.take()]
    return wrong


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["screen", "phone"])
def test_every_role_has_its_day(world, browser, size):
    """In the ordinary run those whose work no other walk tries (test_walk.py), without the round of their pages."""
    if size == PHONE and not ALL:
        pytest.skip("in the full run; the ordinary one looks at the main pages on a phone")
    wrong = []
    for day in DAYS if ALL else [d for d in DAYS if d.alone]:
        with opened(browser, size) as window:
            sign_in(window.page, day.code)
            day.deed(window.page, world)
            found = sideways(window.page) + window.take()
            found += round_of(window) if ALL else []
            wrong += [f"{day.role} {words}" for words in found]

    assert wrong == []


# ── Without a mouse ──────────────────────────────────────────────────────────
BUTTONS = """() => [...document.querySelectorAll("main button, main a.btn, main input[type=file], main summary")]
  .filter(e => e.offsetParent && !e.disabled && !e.closest("[tabindex='-1']:not(main)"))
  .map(e => e.tagName.toLowerCase() + "|" + (e.textContent || e.getAttribute("aria-label") || e.name || "").trim().slice(0, 24))"""


@pytest.mark.parametrize(
    "name",
    ("notices:home", "notices:task_detail", *(("notices:verify_queue", "notices:board") if ALL else ())),
)
def test_everything_is_reached_by_tab_and_seen(world, clients, browser, pages, name):
    address = next(page for page in pages if page.name == name)
    with opened(browser) as window:
        window.client = clients[address.code]
        window.page.goto(address.url)

        stops, unseen = tabbed(window.page, most=260)

        assert stops[0] == "a|跳到主要内容"
        assert unseen == []
        assert [b for b in window.page.evaluate(BUTTONS) if b not in stops] == []


def test_the_first_stop_leads_past_the_menu(clients, browser):
    with opened(browser) as window:
        window.client = clients["a_office"]
        window.page.goto("/tasks")
        window.page.keyboard.press("Tab")
        window.page.keyboard.press("Enter")

        assert window.page.evaluate("document.activeElement.id") == "main"
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("Boolean(document.activeElement.closest('main'))")
