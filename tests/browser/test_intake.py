"""The outline put right by keyboard in a real browser, then confirmed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from notices.domain import drafts
from notices.models import IntakeDraft, Notice
from notices.text.parse import parse_notice
from tests.factories import PASSWORD, make_world
from tests.notices.views.test_intake import TEXT

pytestmark = [pytest.mark.pure, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser_page):
    world = make_world()
    drafts.begin(
        parse_notice(TEXT), unit=world.county, text=TEXT, file_name="", by=world.office, at=timezone.now()
    )
    browser_page.goto(reverse("login"))
    browser_page.fill("[name=username]", "office")
    browser_page.fill("[name=password]", PASSWORD)
    browser_page.click("text=登录 >> visible=true")
    browser_page.wait_for_selector("h1:has-text('待办')")
    browser_page.goto(reverse("notices:intake_review", args=[IntakeDraft.objects.get().pk]))
    return browser_page


def kinds():
    return [n["kind"] for n in IntakeDraft.objects.get().nodes]


def test_keys_change_merge_and_take_back(page):
    page.focus("#N3")
    assert page.get_attribute("#L6", "class") == "taken lit"
    page.keyboard.press("2")
    page.wait_for_selector("#N3.node-issue:focus")
    assert kinds()[2] == "issue"

    page.keyboard.press("z")
    page.wait_for_selector("#N3.node-measure")
    page.focus("#N4")
    page.keyboard.press("m")
    page.wait_for_selector("#N4", state="detached")
    page.wait_for_selector("#N3:focus")
    assert kinds().count("measure") == 2


def test_arrows_move_along_and_the_light_follows(page):
    page.focus("#N2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")

    assert page.evaluate("document.activeElement.id") == "N4"
    page.keyboard.press("0")
    page.wait_for_selector("#N4.node-dropped")


def test_the_cursor_splits_and_the_confirmation_takes(page):
    page.focus("#N3")
    page.keyboard.press("Enter")
    page.wait_for_selector("#N3.chosen textarea:focus")
    page.evaluate("document.activeElement.setSelectionRange(2, 2)")
    page.click("#N3 button[value=split]")
    page.wait_for_selector(".outline-head p:has-text('4 条措施')")

    page.click("text=确认录入")
    page.click("[data-ask-yes]")
    page.wait_for_selector("h1:has-text('分解任务')")
    assert Notice.objects.count() == 2
