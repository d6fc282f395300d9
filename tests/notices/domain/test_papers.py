"""Forms of a task, and a party's own templates."""

import hashlib
import io

import docx
import pytest

from accounts.models import Event
from notices.domain import letters, papers
from notices.errors import Missing, Refused
from notices.models import LetterFile, PaperTemplate, Task
from notices.terms import LetterKind, PaperKind, State
from tests.factories import AT, TODAY, make_task, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def word(*lines):
    file = docx.Document()
    for line in lines:
        file.add_paragraph(line)
    target = io.BytesIO()
    file.save(target)
    return target.getvalue()


def cells(content):
    return {r.cells[0].text: r.cells[1].text for r in docx.Document(io.BytesIO(content)).tables[0].rows}


def lines(content):
    return [p.text for p in docx.Document(io.BytesIO(content)).paragraphs if p.text]


def test_the_closing_form_of_a_task(world):
    task = make_task(
        world.issue,
        lead=world.bureau,
        supporting=(world.town,),
        state=State.VERIFYING,
        deadline=TODAY,
        leader_text="樊领导",
    )

    content = papers.form_bytes(task, PaperKind.CLOSING, today=TODAY)

    found = cells(content)
    assert lines(content) == ["整改任务销号单", f"编号：{task.number}　　打印日期：2026年11月20日"]
    assert (found["牵头单位"], found["责任（配合）单位"]) == ("云岭县教育局", "青禾镇")
    assert found["整改办验收意见"].startswith("\n")  # room for the signature
    assert (found["完成时限"], found["申请销号"], found["当前状态"]) == ("2026-11-20", "已完成整改", "待验收")
    assert found["整改办验收意见"].strip().startswith("验收人（签字）")


def test_the_order_form_says_how_late_it_is(world):
    task = make_task(world.issue, lead=world.bureau, deadline=TODAY.replace(day=8))

    found = cells(papers.form_bytes(task, PaperKind.TASK_ORDER, today=TODAY))

    assert found["完成时限"] == "2026-11-08（超期 12 天）"
    assert found["目前进展"] == "尚未填报"


def test_a_partys_own_template_is_used_for_forms_and_letters(world):
    task = make_task(world.issue, lead=world.bureau)
    papers.keep_template(
        world.county, PaperKind.CLOSING, word("〔任务编号〕销号"), name="销号.docx", by=world.office, at=AT
    )
    own = word("〔标题〕", "〔文号〕", "〔正文〕", "〔不认识〕")
    papers.keep_template(world.county, PaperKind.REMINDER, own, name="函.docx", by=world.office, at=AT)
    letter = letters.begin(
        world.notice,
        LetterKind.REMINDER,
        unit=world.bureau,
        tasks=[task],
        by=world.office,
        at=AT,
        today=TODAY,
    )
    letters.issue(letter, by=world.office, at=AT, today=TODAY)

    assert lines(papers.form_bytes(task, PaperKind.CLOSING, today=TODAY)) == [f"{task.number}销号"]
    made = lines(bytes(LetterFile.objects.get().content))
    assert made[:2] == ["关于按期完成整改任务的提醒函", "提醒函〔2026〕第1号"]
    assert (made[2][:2], made[-1]) == ("根据", "〔不认识〕")


def test_the_newest_template_is_in_force_until_it_is_removed(world):
    task = Task.objects.select_related("notice").get(pk=make_task(world.issue, lead=world.bureau).pk)
    for name in ("甲", "乙"):
        papers.keep_template(world.county, PaperKind.CLOSING, word(f"〔任务编号〕{name}"), name=f"{name}.docx", by=world.office, at=AT)  # fmt: skip
    row = papers.template_in_force(world.county.pk, PaperKind.CLOSING)

    assert (row.name, PaperTemplate.objects.count()) == ("乙.docx", 2)
    assert row.sha256 == hashlib.sha256(row.content).hexdigest()
    papers.remove_template(row, by=world.office, at=AT)
    assert "所属批次" in cells(papers.form_bytes(task, PaperKind.CLOSING, today=TODAY))
    assert [e.action for e in Event.objects.order_by("pk")] == [
        "template.keep",
        "template.keep",
        "template.remove",
    ]


def test_only_the_office_keeps_templates(world):
    with pytest.raises(Refused, match="只有整改办可以更换文书模板。"):
        papers.keep_template(world.county, PaperKind.CLOSING, b"", name="a.docx", by=world.leader, at=AT)


def test_an_upload_passes_the_gate_and_names_what_nobody_fills(world, tmp_path):
    path = tmp_path / "a.docx"
    path.write_bytes(word("〔标题〕〔电话〕"))

    content, unknown = papers.inspect_template(str(path), name="a.docx", kind=PaperKind.ORDER)

    assert (content, unknown) == (path.read_bytes(), ("电话",))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.docx", b"no package", "“a.docx”："),
        ("a.txt", "说明".encode(), "模板应为不超过 2 MB 的 .docx 文件"),
        ("b.docx", None, "里没有可以填写的位置"),
    ],
)
def test_other_files_are_refused_with_a_sentence(world, tmp_path, name, content, sentence):
    path = tmp_path / name
    path.write_bytes(word("没有位置") if content is None else content)

    with pytest.raises(Missing, match=sentence):
        papers.inspect_template(str(path), name=name, kind=PaperKind.ORDER)
