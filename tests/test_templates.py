"""Templates carry no script, no style, no handler, no query and no address outside this server."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = [path for path in sorted((ROOT / "static").rglob("*")) if path.suffix in (".css", ".js", ".svg")]
SCRIPTS = [path for path in STATIC if path.suffix == ".js"]
BAD = {
    "inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)",
    "inline style": r"\sstyle=|<style",
    "event handler": r"\son[a-z]+=",
    "htmx script": r"\bhx-on\b|\bhx-vals=[\"']js:",
    "outside address": r"(?:src|href|action|hx-[a-z]+)=[\"'](?:https?:)?//",
    "embedded file": r"(?:src|href)=[\"']data:",
    "unescaped value": r"\|\s*safe\b|autoescape off|\|\s*safeseq\b",
    "query": r"[{][{%][^}]*(?:\.objects\b|_set\b|\.exists\b|\.iterator\b)",
    "unfinished mark": r"\b(?:TODO|FIXME|XXX|lorem)\b",
}
OUTSIDE = re.compile(r"@import|url\(\s*[\"']?(?:https?:)?//|\bfetch\(\s*[\"']https?://|!important|\beval\(")
# What the kernels of browsers in offices (Chromium 86) do not know, with the version that brought it.
NEWER = {
    ".css": {
        r":has\(": 105, r":(?:is|where)\(": 88, r"\binset(?:-\w+)*:": 87, r"\baspect-ratio:": 88, r"\baccent-color:": 93,
        r"\btext-underline-offset:": 87, r"\btext-decoration-thickness:": 87, r"@layer\b": 99, r"@container\b": 105,
        r"\bcolor-mix\(": 111, r"\blight-dark\(": 123, r"\bok(?:lch|lab)\(": 111, r"\d[sdl]v[hw]\b": 108,
        r"\bscrollbar-gutter:": 94, r"overflow[^;]*:\s*clip": 90, r"\btext-wrap": 114, r"(?m)^\s*(?:rotate|scale|translate):": 104,
        r"(?m)^\s+&": 112, r"@supports\s+selector": 87, r"\b(?:hwb|lab|lch)\(": 101,
    },
    ".js": {
        r"\.at\(": 92, r"\bstructuredClone\(": 98, r"\bObject\.hasOwn\(": 93, r"\.find(?:Last|LastIndex)\(": 97,
        r"\brandomUUID\(": 92, r"\.to(?:Sorted|Reversed|Spliced)\(": 110, r"\bAbortSignal\.(?:timeout|any)\(": 103,
        r"\.showPicker\(": 99, r"\bObject\.groupBy\(": 117, r"\.showPopover\(": 114, r"\bcheckVisibility\(": 105,
        r"\bPromise\.withResolvers": 119, r"\bstatic\s*\{": 94, r"#\w+\s+in\s": 91,
    },
}  # fmt: skip


def label(path):
    return str(path.relative_to(ROOT))


def breaches(rule, paths):
    """What a rule finds in which file: one test for each rule, that names every file against it."""
    assert paths != []
    return {label(path): found for path in paths if (found := rule(path, path.read_text("utf-8")))}


def test_templates_are_clean():
    def wrong(path, text):
        return [why for why, pattern in BAD.items() if re.search(pattern, text)]

    assert breaches(wrong, TEMPLATES) == {}


def test_templates_are_short():
    def long(path, text):
        return path.parent.name != "emails" and len(text.splitlines()) > 150

    assert breaches(long, TEMPLATES) == {}


def test_static_stays_home():
    assert breaches(lambda path, text: OUTSIDE.findall(text), STATIC) == {}


def test_static_is_known_to_old_browsers():
    def newer(path, text):
        return [why for why in NEWER.get(path.suffix, {}) if re.search(why, text)]

    assert breaches(newer, STATIC) == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (".css", ".a:has(.b) { top: 0; }"),
        (".css", ".a { inset: 0; }"),
        (".css", ".a { color: color-mix(in srgb, red, blue); }"),
        (".css", ".a { height: 100dvh; }"),
        (".css", ".a {\n  & .b { top: 0; }\n}"),
        (".js", "list.at(-1)"),
        (".js", "structuredClone(a)"),
        (".js", "Object.hasOwn(a, 'b')"),
    ],
)
def test_what_is_newer_is_found(kind, text):
    assert [why for why in NEWER[kind] if re.search(why, text)] != []


def test_own_scripts_stay_small():
    sizes = {label(path): len(path.read_text("utf-8").splitlines()) for path in SCRIPTS}
    assert [name for name, lines in sizes.items() if lines > 200] == []
    assert sum(sizes.values()) <= 1200


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("inline script", "<script>let a</script>"),
        ("inline style", '<p style="x">'),
        ("event handler", '<a onclick="x">'),
        ("htmx script", '<a hx-on:click="x">'),
        ("outside address", '<img src="//cdn.example.cn/a.png">'),
        ("embedded file", '<link href="data:image/png;base64,AA">'),
        ("unescaped value", "{{ text|safe }}"),
        ("query", "{% for task in issue.task_set %}"),
        ("unfinished mark", "<!-- TODO -->"),
    ],
)
def test_each_rule_finds_its_breach(why, text):
    assert [name for name, pattern in BAD.items() if re.search(pattern, text)] == [why]
