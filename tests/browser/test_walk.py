"""One walk through the product in a real browser: a report, a submit, an approval, a closing, a push."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from notices.models import Message, Task
from notices.terms import State
from tests.factories import PASSWORD, make_task, make_world

pytestmark = [pytest.mark.pure, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def walk(browser_page):
    """Sign in as somebody, whoever was signed in before."""

    def sign_in(username):
        browser_page.goto("about:blank")  # what the page before still asks for must not set cookies again
        browser_page.context.clear_cookies()
        browser_page.goto(reverse("login"))
        browser_page.fill("[name=username]", username)
        browser_page.fill("[name=password]", PASSWORD)
        browser_page.click("text=登录 >> visible=true")
        browser_page.wait_for_selector("h1:has-text('待办')")
        return browser_page

    return sign_in


def in_drawer(page, number):
    page.goto("/tasks")
    page.click(f"tr:has-text('{number}') a[data-in-drawer]")
    page.wait_for_selector("dialog[open] .task")


def take(page, label):
    """Press a step's button in the drawer, and confirm where it asks."""
    page.click(f"dialog .steps >> text={label}")


def state_of(task):
    return Task.objects.get(pk=task.pk).state


def test_task_from_report_to_closing(walk):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING, deadline=timezone.localdate())

    page = walk("staff")
    page.click(".todo-act button")
    page.wait_for_selector("text=已办理“签收”")
    in_drawer(page, task.number)
    page.fill("dialog [name=text]", "已修订学习制度并印发。")
    page.set_input_files(
        "dialog .report input[name=files]",
        {"name": "学习制度.txt", "mimeType": "text/plain", "buffer": "制度全文".encode()},
    )
    page.click("text=提交进展")
    page.wait_for_selector("text=进展已保存")
    with page.expect_download() as caught:
        page.click("dialog .files a")
    assert caught.value.suggested_filename == "学习制度.txt"
    take(page, "申请销号")
    page.click("text=确认申请销号")
    page.wait_for_selector("text=已办理“申请销号”")

    page = walk("head")
    in_drawer(page, task.number)
    take(page, "审核通过")
    page.wait_for_selector("text=已办理“审核通过”")

    page = walk("office")
    in_drawer(page, task.number)
    take(page, "验收销号")
    page.check("#step-form input[value=completed]")
    page.click("text=确认验收销号")
    page.wait_for_selector("text=已办理“验收销号”")
    assert state_of(task) == State.COMPLETED


def test_cell_is_typed_into_with_the_keyboard(walk):
    w = make_world()
    make_task(w.issue, lead=w.bureau)
    second = make_task(w.issue, lead=w.bureau)

    page = walk("staff")
    page.goto("/tasks")
    page.focus("td.cell-latest")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-editor]")
    page.keyboard.type("正在汇总")
    page.keyboard.press("Enter")
    page.wait_for_selector("td.saved")

    assert Task.objects.get(pk=second.pk).latest_text == "正在汇总"
    page.keyboard.press("F2")
    page.wait_for_selector("[data-editor]")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-editor]", state="detached")
    assert second.progress.count() == 1


def test_leader_pushes_what_is_overdue_and_it_arrives(walk):
    w = make_world()
    late = timezone.localdate() - dt.timedelta(days=3)
    task = make_task(w.issue, lead=w.bureau, deadline=late)

    page = walk("leader")
    page.goto("/tasks?light=red")
    page.click("td.c-act >> text=催办")
    page.wait_for_selector("text=催办已送达")
    assert Message.objects.filter(recipient=w.staff, task=task).count() == 1

    page = walk("staff")
    page.click("a.bell")
    page.click(f"text=查看任务 {task.number}")
    page.wait_for_selector(".timeline >> text=催办")


def test_draft_survives_a_reload(walk):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)

    page = walk("staff")
    page.goto(f"/tasks/{task.pk}")
    page.fill("[name=text]", "写到一半")
    page.wait_for_selector("text=草稿已自动保存")
    page.reload()

    page.wait_for_selector("text=已恢复上次未提交的草稿")
    assert page.input_value("[name=text]") == "写到一半"


def test_nothing_scrolls_sideways_on_a_phone(walk):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, text="很长的整改措施" * 60, deadline=timezone.localdate())

    page = walk("office")
    widths = {}
    for width in (320, 375):
        page.set_viewport_size({"width": width, "height": 700})
        for path in ("/", "/tasks", f"/tasks/{task.pk}", f"/tasks/{task.pk}/edit", "/inbox", "/password"):
            page.goto(path)
            widths[width, path] = page.evaluate("document.documentElement.scrollWidth")

    assert {key: found for key, found in widths.items() if found != key[0]} == {}


def test_filters_work_without_script(walk, browser, live_server):
    w = make_world()
    make_task(w.issue, lead=w.bureau, text="食堂采购")
    make_task(w.issue, lead=w.bureau, text="别的措施")
    kept = walk("office").context.storage_state()

    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=kept, locale="zh-CN"
    )
    page = context.new_page()
    page.goto("/tasks")
    page.fill("#id_q", "食堂")
    page.click("text=查询")
    assert page.locator(".sheet tbody tr").count() == 1
    page.click(".sheet tbody th a")
    assert page.locator(".task-facts").count() == 1
    context.close()
