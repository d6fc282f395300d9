"""录入 in the browser: begin, put right, confirm, undo; nothing before the confirmation."""

import io

import docx
import pytest
from django.urls import reverse

from notices.models import IntakeDraft, Notice, Task
from tests.factories import make_unit, make_world

pytestmark = pytest.mark.django_db

TEXT = """中共云岭县委关于巡察整改进展情况的通报
根据县委统一部署，2026年3月1日至4月10日，县委第一巡察组对青禾镇开展了巡察。2026年5月8日，巡察组反馈了意见。
二、逐项整改情况
(一)落实上级部署方面
1.关于学习不深入的问题。
整改情况：一是举办培训班。二是修订学习制度。
整改进度：已完成整改。
2.关于台账不清的问题。
整改情况：一是全面清查。
整改进度：正在整改。
"""


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def office(client, world):
    client.force_login(world.office)
    return client


def begin(client, world, **fields):
    return client.post(reverse("notices:intake"), {"unit": world.county.pk, "text": TEXT, **fields})


def draft_of(client, world):
    begin(client, world)
    return IntakeDraft.objects.get()


def move(client, draft, **fields):
    url = reverse("notices:intake_move", args=[draft.pk])
    draft.refresh_from_db()
    return client.post(url, {"version": draft.version, **fields})


def test_pasted_text_becomes_a_draft_and_no_notice(office, world):
    response = begin(office, world)

    draft = IntakeDraft.objects.get()
    assert response.headers["Location"] == reverse("notices:intake_review", args=[draft.pk])
    assert [n["kind"] for n in draft.nodes] == [
        "aspect", "issue", "measure", "measure", "status", "issue", "measure", "status",
    ]  # fmt: skip
    assert list(Notice.objects.all()) == [world.notice]


def test_word_file_becomes_the_same_draft(office, world):
    document = docx.Document()
    for line in TEXT.splitlines():
        document.add_paragraph(line)
    data = io.BytesIO()
    document.save(data)
    data.seek(0)
    data.name = "通报.docx"

    begin(office, world, text="", file=data)

    kinds = [n["kind"] for n in IntakeDraft.objects.get().nodes]
    assert kinds.count("issue") == 2 and kinds.count("measure") == 3


def test_a_file_that_cannot_be_read_says_so_and_keeps_the_form(office, world):
    data = io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 200)
    data.name = "扫描.png"

    response = begin(office, world, text="", file=data)

    assert response.status_code == 422
    assert len(response.context["form"].errors["file"]) == 1
    assert not IntakeDraft.objects.exists()


def test_nothing_given_is_refused(office, world):
    response = begin(office, world, text=" ")

    assert response.context["form"].non_field_errors() == ["请选择文件，或粘贴通报全文。"]


def test_only_own_units_can_be_chosen(office, world):
    other = make_unit("远山县")

    response = begin(office, world, unit=other.pk)

    assert response.status_code == 422
    assert "unit" in response.context["form"].errors


@pytest.mark.parametrize("who", ["staff", "leader", "supervisor", "admin"])
def test_others_find_no_such_page(client, world, who):
    client.force_login(getattr(world, who))

    assert client.get(reverse("notices:intake")).status_code == 404


def test_a_draft_of_another_office_is_not_there(client, office, world):
    draft = draft_of(office, world)
    client.force_login(world.staff)

    for name in ("intake_review",):
        assert client.get(reverse(f"notices:{name}", args=[draft.pk])).status_code == 404
    for name in ("intake_move", "intake_back", "intake_header", "intake_confirm", "intake_undo"):
        assert client.post(reverse(f"notices:{name}", args=[draft.pk]), {}).status_code == 404


def test_review_ties_nodes_to_lines(office, world):
    draft = draft_of(office, world)

    page = office.get(reverse("notices:intake_review", args=[draft.pk])).content.decode()

    assert '<li id="L5" class="taken">1.关于学习不深入的问题。</li>' in page
    assert 'data-node="2" data-line="5"' in page


def test_move_without_script_comes_back_to_the_node(office, world):
    draft = draft_of(office, world)

    response = move(office, draft, move="drop", node=4)

    assert response.headers["Location"].endswith(f"/intake/{draft.pk}?node=4#N4")
    assert [n["kind"] for n in IntakeDraft.objects.get().nodes].count("dropped") == 1


def test_move_with_htmx_answers_the_outline(office, world):
    draft = draft_of(office, world)
    url = reverse("notices:intake_move", args=[draft.pk])

    response = office.post(url, {"version": 0, "move": "drop", "node": 4}, headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert "<html" not in response.content.decode()
    assert response.headers["Vary"] == "HX-Request, Cookie"


def test_split_by_a_mark(office, world):
    draft = draft_of(office, world)

    move(office, draft, move="split", node=3, text="举办|培训班。")

    texts = [n["text"] for n in IntakeDraft.objects.get().nodes]
    assert texts[2:4] == ["举办", "培训班。"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"move": "drop", "node": "99"}, 409),
        ({"move": "nonsense", "node": "1"}, 422),
        ({"move": "kind", "node": "3"}, 422),
        ({"move": "up", "node": "1"}, 409),
        ({"move": "drop", "node": "x"}, 422),
    ],
)
def test_a_senseless_move_changes_nothing(office, world, fields, status):
    draft = draft_of(office, world)
    before = draft.nodes

    response = move(office, draft, **fields)

    assert response.status_code == status
    assert IntakeDraft.objects.get().nodes == before


def test_a_move_is_taken_back(office, world):
    draft = draft_of(office, world)
    before = draft.nodes
    move(office, draft, move="merge", node=4)

    office.post(reverse("notices:intake_back", args=[draft.pk]))

    assert IntakeDraft.objects.get().nodes == before


def test_confirm_makes_the_notice_and_leads_to_the_plan(office, world):
    draft = draft_of(office, world)

    response = office.post(reverse("notices:intake_confirm", args=[draft.pk]), {"version": 0})

    notice = Notice.objects.exclude(pk=world.notice.pk).get()
    assert response.headers["Location"] == reverse("notices:planning", args=[notice.pk])
    assert Task.objects.filter(notice=notice).count() == 3
    plan = office.get(response.headers["Location"])
    assert plan.context["counts"] == {"all": 3, "unassigned": 1, "no_deadline": 1, "no_leader": 1}
    assert plan.context["may_undo"] is True


@pytest.mark.parametrize("version", ["7", "", "x"])
def test_confirm_of_an_old_page_is_refused(office, world, version):
    draft = draft_of(office, world)

    office.post(reverse("notices:intake_confirm", args=[draft.pk]), {"version": version})

    assert Notice.objects.count() == 1


def test_undo_takes_everything_back(office, world):
    draft = draft_of(office, world)
    office.post(reverse("notices:intake_confirm", args=[draft.pk]), {"version": 0})

    office.post(reverse("notices:intake_undo", args=[draft.pk]))

    assert (Notice.objects.count(), Task.objects.count()) == (1, 0)
    assert IntakeDraft.objects.get().notice is None


def test_header_is_kept_and_wrong_days_are_named(office, world):
    draft = draft_of(office, world)
    url = reverse("notices:intake_header", args=[draft.pk])

    office.post(url, {"title": "新标题", "feedback_on": "2026-05-09"})
    bad = office.post(url, {"inspection_start": "2026-05-09", "inspection_end": "2026-05-01"}, follow=True)

    header = IntakeDraft.objects.get().header
    assert (header["title"], header["feedback_on"]) == ("新标题", "2026-05-09")
    assert [str(m) for m in bad.context["messages"]][
        -1
    ] == "「巡视巡察结束」巡视巡察结束日期早于开始日期，请核对。"


def test_a_newer_text_offers_the_update_and_adds_only(office, world):
    draft = draft_of(office, world)
    office.post(reverse("notices:intake_confirm", args=[draft.pk]), {"version": 0})
    notice = Notice.objects.exclude(pk=world.notice.pk).get()
    begin(office, world, text=TEXT.replace("一是全面清查。", "一是全面清查。二是建立新台账。"))
    newer = IntakeDraft.objects.order_by("-pk").first()

    review = office.get(reverse("notices:intake_review", args=[newer.pk]))
    response = office.post(reverse("notices:intake_update", args=[newer.pk, notice.pk]), follow=True)

    assert review.context["older"] == [notice]
    assert [str(m) for m in response.context["messages"]] == [
        f"已更新“{notice.title}”：新增 0 个问题、1 项任务，按原文接收 0 项任务的状态。"
    ]
    assert Notice.objects.count() == 2


def test_a_stranger_updates_nothing(client, office, world):
    draft = draft_of(office, world)
    client.force_login(world.staff)

    assert client.post(reverse("notices:intake_update", args=[draft.pk, world.notice.pk])).status_code == 404
