"""A saved web page → the lines of the notice on it, without the page around it."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

_NOISE = (
    "script", "style", "noscript", "iframe", "nav", "header", "footer", "aside", "form", "select", "button", "svg", "template", "object", "head link",
)  # fmt: skip
_BLOCKS = frozenset(
    ("p", "div", "section", "article", "main", "table", "tbody", "thead", "tr", "td", "th", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "center", "body", "form", "fieldset", "pre", "address")
)  # fmt: skip
_CONTAINERS = frozenset(
    (
        "div",
        "section",
        "article",
        "main",
        "td",
        "body",
        "center",
        "ucapcontent",
        "zoom",
        "table",
        "tbody",
        "tr",
    )
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_SHARE = 0.72  # of a block's own words that must lie in one child for the child to be the article
_HEADLINE = re.compile(r"(?:通报|报告|公告|公示|情况|意见|通知)$")
_ABOUT_DAY = re.compile(r"(?:发布|发文|公开|更新)?(?:时间|日期)\s*[:：]?\s*\d{4}")


def read_web(markup: str) -> list[str]:
    """Title and publication line when the page has them, then the lines of the densest block."""
    tree = LexborHTMLParser(markup)
    named = _from_meta(tree)
    for selector in _NOISE:
        for node in tree.css(selector):
            node.decompose()
    for node in tree.css("[style]"):
        if _HIDDEN.search(node.attributes.get("style") or ""):
            node.decompose()
    body = tree.body
    if body is None:
        return []
    article = _densest(body)
    lines = _lines(article)
    if article.mem_id == body.mem_id:
        return lines
    return _above(_lines(body), lines, named) + lines


def _from_meta(tree: LexborHTMLParser) -> list[str]:
    """Title and day that Chinese government pages carry in their meta tags."""
    found = []
    for name, label in (("ArticleTitle", ""), ("PubDate", "发布时间：")):
        node = tree.css_first(f'meta[name="{name}"]') or tree.css_first(f'meta[name="{name.lower()}"]')
        content = (node.attributes.get("content") or "").strip() if node else ""
        if content:
            found.append(label + content)
    return found


def _above(page: list[str], article: list[str], named: list[str]) -> list[str]:
    """The page's title and day lines that stand before the article, unless it holds them itself."""
    held = set(article[:6])
    start = page.index(article[0]) if article and article[0] in page else len(page)
    before = page[max(0, start - 25) : start]
    titles = [
        line
        for line in before
        if _HEADLINE.search(line)
        and len(line) <= 80
        and "整改" in line
        or "反馈意见" in line
        and len(line) <= 60
    ]
    days = [line for line in before if _ABOUT_DAY.search(line) and len(line) <= 120]
    chosen = (titles[-1:] or [line for line in named if not line.startswith("发布时间")]) + (
        days[-1:] or [line for line in named if line.startswith("发布时间")]
    )
    return [line for line in chosen if line not in held]


def _weight(node: LexborNode) -> int:
    """Characters of running text below a node; words of links do not count."""
    words = len("".join(node.text(deep=True, separator="").split()))
    links = sum(len("".join(link.text(deep=True).split())) for link in node.css("a"))
    return max(0, words - links)


def _densest(body: LexborNode) -> LexborNode:
    """Go down while one child holds nearly all of the words."""
    node, total = body, _weight(body)
    for _ in range(60):
        heaviest, weight = None, 0
        for part in node.iter():
            if (
                part.tag in _CONTAINERS
                or (part.tag or "").isalpha()
                and part.tag not in ("p", "span", "font", "strong", "b", "a")
            ):
                held = _weight(part)
                if held > weight:
                    heaviest, weight = part, held
        if heaviest is None or total == 0 or weight < _SHARE * total:
            return node
        node, total = heaviest, weight
    return node


def _lines(root: LexborNode) -> list[str]:
    """Text in reading order; blocks and <br> begin a new line, cells of one row are joined by a tab."""
    pieces: list[str] = []
    _collect(root, pieces)
    text = "".join(pieces)
    lines = (_BLANKS.sub(" ", line.replace("\xa0", " ")).strip() for line in text.split("\n"))
    return [line for line in lines if line]


def _collect(root: LexborNode, pieces: list[str]) -> None:
    """Depth first without recursion: pages may nest deeper than Python's stack."""
    stack: list[tuple[LexborNode | None, str]] = [(root, "")]
    while stack:
        node, closing = stack.pop()
        if node is None:
            pieces.append(closing)
            continue
        tag = node.tag or ""
        if tag == "-text":
            pieces.append(re.sub(r"\s+", " ", node.text(deep=False) or ""))
            continue
        if tag == "br":
            pieces.append("\n")
            continue
        edge = _edge(node, tag)
        pieces.append(edge)
        stack.append((None, edge))
        stack.extend((part, "") for part in reversed(list(node.iter(include_text=True))))


def _edge(node: LexborNode, tag: str) -> str:
    if tag in ("td", "th") and not any(part.tag in _BLOCKS for part in node.iter()):
        return "\t"
    return "\n" if tag in _BLOCKS else ""
