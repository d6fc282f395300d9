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


def label(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=label)
def test_template_is_clean(path):
    text = path.read_text("utf-8")
    assert [why for why, pattern in BAD.items() if re.search(pattern, text)] == []
    assert path.parent.name == "emails" or len(text.splitlines()) <= 150


@pytest.mark.parametrize("path", STATIC, ids=label)
def test_static_stays_home(path):
    assert OUTSIDE.findall(path.read_text("utf-8")) == []


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
