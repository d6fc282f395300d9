"""The browser the walks use: a real one, on the live server, that notices what a page must not do."""

import pytest


@pytest.mark.django_db(transaction=True)
def test_a_real_browser_reads_the_live_server(browser_page):
    answer = browser_page.goto("/healthz/ready")

    assert answer.status == 200
    assert '"database": "ok"' in browser_page.text_content("body")
    assert browser_page.evaluate("[innerWidth, innerHeight, navigator.language]") == [1366, 768, "zh-CN"]
