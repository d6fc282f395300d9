import io
import zipfile

import docx
import pytest

from notices.report.template import fill, places


def template(*paragraphs, cell=""):
    """A .docx; a paragraph given as a list is split into runs."""
    file = docx.Document()
    for paragraph in paragraphs:
        made = file.add_paragraph()
        for run in [paragraph] if isinstance(paragraph, str) else paragraph:
            made.add_run(run)
    if cell:
        file.add_table(1, 1).rows[0].cells[0].text = cell
    target = io.BytesIO()
    file.save(target)
    return target.getvalue()


def words(content):
    file = docx.Document(io.BytesIO(content))
    cells = [c.text for t in file.tables for row in t.rows for c in row.cells]
    return [p.text for p in file.paragraphs] + cells


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("致〔单位〕：", "致云岭县水利局："),
        (["致〔单", "位〕", "："], "致云岭县水利局："),
        (["〔", "单位", "〕与〔单位〕"], "云岭县水利局与云岭县水利局"),
        ("〔 单位 〕", "云岭县水利局"),
        ("云整〔2026〕1号", "云整〔2026〕1号"),
        ("〔不认识〕", "〔不认识〕"),
    ],
)
def test_places_are_filled_wherever_they_stand(paragraph, expected):
    made = fill(template(paragraph), {"单位": "云岭县水利局"})

    assert words(made.content) == [expected]


def test_places_in_tables_are_filled():
    assert words(fill(template("甲", cell="时限〔时限〕"), {"时限": "2026-12-31"}).content) == [
        "甲",
        "时限2026-12-31",
    ]


def test_a_place_alone_becomes_a_paragraph_for_each_line():
    assert words(fill(template("前", "〔正文〕", "后"), {"正文": "一段\n二段\n"}).content) == [
        "前",
        "一段",
        "二段",
        "后",
    ]


def test_what_is_unknown_and_unused_is_said():
    made = fill(template("〔标题〕〔落款〕"), {"标题": "题", "日期": "今日"})

    assert (made.unknown, made.unused) == (("落款",), ("日期",))
    assert places(template("〔标题〕", "云整〔2026〕号〔标题〕", "〔正文〕")) == ("标题", "正文")


def test_every_other_part_stays_as_it_was():
    before = template("〔标题〕")
    after = fill(before, {"标题": "题"}).content
    old, new = (zipfile.ZipFile(io.BytesIO(x)) for x in (before, after))

    assert old.namelist() == new.namelist()
    assert [n for n in old.namelist() if old.read(n) != new.read(n)] == ["word/document.xml"]
    assert fill(before, {"标题": "题"}).content == after
