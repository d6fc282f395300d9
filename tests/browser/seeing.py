"""What is wrong with the page a browser shows: for people who cannot see it well, use no mouse, or hold a phone."""

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
GRAVE = ("serious", "critical")
RUN = "axe.run(document, {resultTypes: ['violations']})"
# The element with the focus, and whether anything shows that it has it.
FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  const shown = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0;
  const box = e.getBoundingClientRect();
  const seen = box.width > 0 && box.height > 0 && box.right > 0 && box.left < innerWidth;
  return [e.tagName.toLowerCase() + "|" + (e.textContent || e.getAttribute("aria-label") || e.name || "").trim().slice(0, 24),
          shown, seen, e === document.body];
}"""


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical, one line a place. The source runs where the content policy of the
    page does not reach."""
    page.evaluate(AXE)
    found = page.evaluate(RUN)["violations"]
    return [
        f"{rule['id']}: {place['html'][:160]}"
        for rule in found
        if rule["impact"] in GRAVE
        for place in rule["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """The page is wider than the window."""
    width, shown = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{width} px wide in {shown}"] if width > shown else []


def tabbed(page: Page, most: int = 120) -> tuple[list[str], list[str]]:
    """The stops of the Tab key from the top of the page in order, and those at which nothing shows the focus."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    stops: list[str] = []
    unseen: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        name, shown, seen, over = page.evaluate(FOCUS)
        if over:
            break
        stops.append(name)
        if not (shown and seen):
            unseen.append(name)
    return stops, unseen
