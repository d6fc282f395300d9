"""No page has anything that axe-core calls serious or critical, none is wider than its window, none fails in script."""

import pytest
from django.db import transaction
from django.test import Client

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


@pytest.mark.parametrize("name", ["notices:home", "notices:task_detail", "notices:verify_queue"])
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
