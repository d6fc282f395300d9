"""A usual day of each role: what a person does with mouse and keyboard after signing in, in the world of the access tests."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.access_world import World
from tests.factories import PASSWORD


@dataclass(frozen=True)
class Day:
    """`code`: the person. `deed`: what is done, by the page of the browser in the world. `alone`: no other walk does it."""

    role: str
    code: str
    deed: Callable[[Page, World], None]
    alone: bool = False


def sign_in(page: Page, code: str) -> None:
    page.goto("/login")
    page.fill("[name=username]", code)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('待办')")


def staff(page: Page, world: World) -> None:
    """Take a new task on, report on another, ask to have it closed."""
    page.goto(f"/tasks/{world.task(state='pending', lead='a1', named='').pk}")
    page.click(".steps >> text=签收")
    page.wait_for_selector("text=已办理“签收”")
    page.goto(f"/tasks/{world.task(state='active', lead='a1', named='', open_parts=False).pk}")
    page.fill(".report [name=text]", "已修订学习制度并印发。")
    page.click("text=提交进展")
    page.wait_for_selector("text=进展已保存")
    page.click(".steps >> text=申请销号")
    page.click("text=确认申请销号")
    page.wait_for_selector("text=已办理“申请销号”")


def head(page: Page, world: World) -> None:
    """From the list of what waits to the task, and approve it."""
    page.click("#todo-approve .todo-act a, #todo-approve .todo-what a")
    page.wait_for_selector(".steps >> text=审核通过")
    page.click(".steps >> text=审核通过")
    page.wait_for_selector("text=已办理“审核通过”")


def leader(page: Page, world: World) -> None:
    """Push what is overdue."""
    page.goto("/tasks?light=red")
    page.click("td.c-act >> text=催办")
    page.wait_for_selector("text=催办已送达")


def party_head(page: Page, world: World) -> None:
    """From a number of the board to the list behind it; direct what is late."""
    page.goto("/board")
    page.click(".kpi-red a, a.kpi-red")
    page.wait_for_selector("h1:has-text('任务清单')")
    page.goto(f"/tasks/{world.task(state='active', lead='a1', named='').pk}/direct")
    page.fill("[name=text]", "请倒排工期，月底前办结。")
    page.click("text=发出批示")
    page.wait_for_selector("text=请倒排工期")


def office(page: Page, world: World) -> None:
    """Verify what a unit has applied for, and close it."""
    page.goto(f"/tasks/{world.task(state='verifying', lead='a1', named='').pk}")
    page.click(".steps >> text=验收销号")
    page.check("#step-form input[value=completed]")
    page.click("text=确认验收销号")
    page.wait_for_selector("text=已办理“验收销号”")


def supervisor(page: Page, world: World) -> None:
    """Send back what is not enough, with the reason."""
    page.goto(f"/tasks/{world.task(state='verifying', lead='a1s').pk}")
    page.click(".steps >> text=退回")
    page.fill("#step-form [name=reason]", "佐证材料与措施不符，请补充。")
    page.click("text=确认退回")
    page.wait_for_selector("text=已办理“退回”")


def admin(page: Page, world: World) -> None:
    """Look a person up and propose a post."""
    page.goto("/people")
    page.click(".mini tbody th a")
    page.wait_for_selector("text=提出任职")
    page.select_option("main form:has-text('提出') select[name=unit]", index=1)
    page.select_option("main form:has-text('提出') select[name=role]", value="staff")
    page.click("main form button:text-is('提出')")
    page.wait_for_selector("main .note")


def security(page: Page, world: World) -> None:
    """Grant what was proposed."""
    page.goto("/people/proposals")
    page.click("text=批准所选")
    page.wait_for_selector("main .note")


def auditor(page: Page, world: World) -> None:
    """Look for what was refused."""
    page.goto("/audit")
    page.click("text=查询")
    page.wait_for_selector("h1:has-text('审计日志')")


DAYS = (
    Day("整改办", "a_office", office),
    Day("经办人", "a1_staff", staff),
    Day("单位负责人", "a1_head", head),
    Day("责任领导", "a1_leader", leader),
    Day("党组织主要负责人", "z_leader", party_head, alone=True),
    Day("督导组", "a_supervisor", supervisor, alone=True),
    Day("系统管理员", "a_admin", admin, alone=True),
    Day("安全管理员", "a_security", security, alone=True),
    Day("审计员", "a_auditor", auditor, alone=True),
)
