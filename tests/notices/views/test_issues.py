"""问题清单: derived progress, filters, what each person sees; the office's edit with its conflicts."""

import datetime as dt
import json
import re

import pytest

from accounts.models import Event
from notices.forms.issue import shown_values
from notices.models import Issue, Notice
from notices.terms import Stage, State
from tests.factories import make_issue, make_notice, make_task, make_world

pytestmark = pytest.mark.django_db


def titles(page):
    return re.findall(r'<th scope="row"><a href="/issues/\d+">([^<]+)</a>', page.content.decode())


def tabs(page):
    found = re.findall(r'<a class="tab [^>]*>([^<]+)<b>([\d,]+)</b>', page.content.decode())
    return {label: int(n) for label, n in found}


@pytest.fixture
def w():
    """Four issues: under way, completed, sustained, without a task; the third led by the town."""
    world = make_world()
    Issue.objects.update(title="甲问题")
    make_task(world.issue, lead=world.bureau)
    second = make_issue(world.notice, title="乙问题", source="市委巡察")
    make_task(second, lead=world.bureau, state=State.COMPLETED)
    third = make_issue(world.notice, title="丙问题", aspect=2)
    make_task(third, lead=world.town, state=State.COMPLETED)
    make_task(third, lead=world.town, state=State.SUSTAINED)
    make_issue(world.notice, title="丁问题", aspect=2, detail="抽查六个支部")
    world.issue.refresh_from_db()
    return world


def test_issues_stand_under_their_aspects_with_their_progress(client, w):
    client.force_login(w.office)

    page = client.get("/issues")

    assert titles(page) == ["甲问题", "乙问题", "丙问题", "丁问题"]
    assert re.findall(r'list-aspect">(\S+) <small>本页 (\d)', page.content.decode()) == [
        ("第1方面", "2"),
        ("第2方面", "2"),
    ]
    assert re.findall(r"badge-p-(\w+)", page.content.decode()) == [
        "in_progress",
        "completed",
        "sustained",
        "not_started",
    ]
    assert tabs(page) == {
        "全部": 4,
        "已完成整改": 1,
        "阶段性完成并需长期坚持": 1,
        "正在整改": 1,
        "未启动": 1,
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("progress=completed", ["乙问题"]),
        ("closed=true", ["乙问题", "丙问题"]),
        ("closed=false", ["甲问题", "丁问题"]),
        ("aspect=2", ["丙问题", "丁问题"]),
        ("aspect=0", []),
        ("q=六个支部", ["丁问题"]),
        ("q=丙", ["丙问题"]),
        ("progress=nonsense", ["甲问题", "乙问题", "丙问题", "丁问题"]),
    ],
)
def test_filters(client, w, query, expected):
    client.force_login(w.office)

    assert titles(client.get(f"/issues?{query}")) == expected


def test_issues_led_by_a_unit(client, w):
    client.force_login(w.office)

    assert titles(client.get("/issues", {"lead_unit": w.town.pk})) == ["丙问题"]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("office", ["甲问题", "乙问题", "丙问题", "丁问题"]),
        ("leader", ["甲问题", "乙问题", "丙问题"]),
        ("staff", ["甲问题", "乙问题"]),
        ("town_head", ["丙问题"]),
        ("section_staff", []),
        ("admin", []),
    ],
)
def test_each_person_sees_the_issues_of_the_own_tasks(client, w, who, expected):
    client.force_login(getattr(w, who))

    page = client.get("/issues")

    assert titles(page) == expected
    assert tabs(page)["全部"] == len(expected)


def test_counts_are_of_tasks_the_person_sees(client, w):
    make_task(w.issue, lead=w.town, state=State.COMPLETED)
    tallies = {}
    for who in ("office", "staff", "town_head"):
        client.force_login(getattr(w, who))
        tallies[who] = re.findall(r">(\d+/\d+)</a>", client.get("/issues?q=甲").content.decode())

    assert tallies == {"office": ["1/2"], "staff": ["0/1"], "town_head": ["1/1"]}


def test_a_fragment_for_htmx(client, w):
    client.force_login(w.office)

    page = client.get("/issues", headers={"HX-Request": "true"})

    assert "<html" not in page.content.decode()
    assert titles(page) == ["甲问题", "乙问题", "丙问题", "丁问题"]
    assert "HX-Request" in page.headers["Vary"]


def test_the_list_costs_the_same_for_one_issue_and_for_more(client, count_queries):
    w = make_world()
    make_task(w.issue, lead=w.bureau)
    client.force_login(w.office)
    few = count_queries(client, "/issues")

    for _ in range(3):
        make_task(make_issue(w.notice), lead=w.bureau, deadline=dt.date(2026, 1, 1))

    assert count_queries(client, "/issues") == few


def test_pages_follow_each_other_without_a_gap(client):
    w = make_world()
    for n in range(60):
        make_issue(w.notice, title=f"问题{n}")
    client.force_login(w.office)

    first = client.get("/issues")
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")

    assert titles(first) + titles(client.get(f"/issues{following}")) == [
        "关于学习不深入的问题",
        *(f"问题{n}" for n in range(60)),
    ]


# ── One issue ────────────────────────────────────────────────────────────────


def test_an_issue_shows_its_tasks_and_its_lines(client, w):
    Notice.objects.update(text="标题\n1.甲问题\n整改措施：修订制度\n2.乙问题\n其他")
    Issue.objects.filter(title="甲问题").update(line=2)
    Issue.objects.filter(title="乙问题").update(line=4)
    client.force_login(w.office)

    page = client.get(f"/issues/{w.issue.pk}").content.decode()

    assert re.findall(r'aria-hidden="true">(\d+)</span>([^<]+)</li>', page) == [
        ("2", "1.甲问题"),
        ("3", "整改措施：修订制度"),
    ]
    assert re.findall(r'<td class="num" data-label="编号">([^<]+)</td>', page) == ["W01-001-01"]


def test_a_unit_sees_its_own_tasks_of_an_issue_and_not_the_text_of_the_notice(client, w):
    Notice.objects.update(text="标题\n1.甲问题\n金丝雀")
    Issue.objects.filter(title="甲问题").update(line=2)
    make_task(w.issue, lead=w.town, text="金丝雀措施")
    client.force_login(w.staff)

    page = client.get(f"/issues/{w.issue.pk}").content.decode()

    assert "修订学习制度" in page
    assert "金丝雀" not in page
    assert "修改问题" not in page


@pytest.mark.parametrize("who", ["town_staff", "admin", "section_staff"])
def test_a_stranger_finds_no_issue(client, w, who):
    client.force_login(getattr(w, who))

    assert client.get(f"/issues/{w.issue.pk}").status_code == 404
    assert client.get(f"/issues/{w.issue.pk}/edit").status_code == 404


# ── The edit ─────────────────────────────────────────────────────────────────


def form_of(issue, **typed):
    shown = shown_values(issue)
    return {**shown, "base": json.dumps(shown), **typed}


def test_the_office_edits_an_issue(client, w):
    client.force_login(w.office)
    typed = form_of(w.issue, title="甲问题改", lead_text="县教育局", deadline="2026年12月底前")

    answer = client.post(f"/issues/{w.issue.pk}/edit", typed)

    issue = Issue.objects.get(pk=w.issue.pk)
    assert answer.headers["Location"] == f"/issues/{issue.pk}"
    assert (issue.title, issue.lead_unit, issue.deadline, issue.version) == (
        "甲问题改",
        w.bureau,
        dt.date(2026, 12, 31),
        1,
    )
    assert issue.deadline_text == "2026年12月底前"
    assert Event.objects.get(action="issue.edit").actor == w.office


def test_saving_without_a_change_changes_nothing(client, w):
    client.force_login(w.office)

    page = client.post(f"/issues/{w.issue.pk}/edit", form_of(w.issue), follow=True)

    assert "内容没有变化，未作修改。" in page.content.decode()
    assert Issue.objects.get(pk=w.issue.pk).version == 0


def test_two_edits_of_different_fields_merge(client, w):
    client.force_login(w.office)
    mine = form_of(w.issue, detail="细节")
    Issue.objects.filter(pk=w.issue.pk).update(target="目标", version=1)

    client.post(f"/issues/{w.issue.pk}/edit", mine)

    issue = Issue.objects.get(pk=w.issue.pk)
    assert (issue.detail, issue.target) == ("细节", "目标")


def test_two_edits_of_the_same_field_show_three_columns_and_lose_nothing(client, w):
    client.force_login(w.office)
    mine = form_of(w.issue, title="我的", detail="也改了")
    Issue.objects.filter(pk=w.issue.pk).update(title="他人的", version=1)

    answer = client.post(f"/issues/{w.issue.pk}/edit", mine)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert [text in page for text in ("甲问题", "他人的", "我的")] == [True, True, True]
    assert 'name="detail" value="也改了"' in page
    assert Issue.objects.get(pk=w.issue.pk).title == "他人的"

    again = dict(re.findall(r'type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', page))
    again = {name: value.replace("&quot;", '"') for name, value in again.items()}
    client.post(f"/issues/{w.issue.pk}/edit", {**again, "title": "我的"})

    issue = Issue.objects.get(pk=w.issue.pk)
    assert (issue.title, issue.detail) == ("我的", "也改了")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": " "}, "请填写问题的表述。"),
        ({"title": "长" * 1001}, "问题的表述请控制在 1000 字以内，细节写入“具体表现”。"),
        ({"deadline": "2024717日"}, "2024717日"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(client, w, typed, sentence):
    client.force_login(w.office)

    answer = client.post(f"/issues/{w.issue.pk}/edit", form_of(w.issue, **typed))

    assert answer.status_code == 422
    errors = re.findall(r'<ul class="errorlist[^>]*><li>([^<]+)', answer.content.decode())
    assert len(errors) == 1
    assert sentence in errors[0]


def test_an_archived_notice_refuses_edits(client, w):
    Notice.objects.update(stage=Stage.ARCHIVED)
    client.force_login(w.office)

    page = client.post(f"/issues/{w.issue.pk}/edit", form_of(w.issue, title="改"), follow=True)

    assert "该批次已归档，只能查看。" in page.content.decode()
    assert Issue.objects.get(pk=w.issue.pk).title == "甲问题"


@pytest.mark.parametrize("who", ["staff", "head", "leader", "supervisor"])
def test_only_the_office_edits(client, w, who):
    client.force_login(getattr(w, who))

    page = client.post(f"/issues/{w.issue.pk}/edit", form_of(w.issue, title="改"), follow=True)

    assert (page.redirect_chain, "问题的内容只能由整改办修改。" in page.content.decode()) == (
        [(f"/issues/{w.issue.pk}", 302)],
        True,
    )
    assert Issue.objects.get(pk=w.issue.pk).title == "甲问题"


def test_an_issue_is_put_under_another_aspect(client, w):
    client.force_login(w.office)
    before = form_of(Issue.objects.get(pk=w.issue.pk))

    client.post(f"/issues/{w.issue.pk}/edit", {**before, "aspect": "第2方面"})
    late = client.post(f"/issues/{w.issue.pk}/edit", {**before, "aspect": ""})
    unknown = client.post(f"/issues/{w.issue.pk}/edit", {**before, "aspect": "没有的方面"})

    assert Issue.objects.get(pk=w.issue.pk).aspect.number == 2
    assert (late.status_code, "第2方面" in late.content.decode()) == (409, True)
    assert unknown.status_code == 422


def test_the_notice_switch_narrows_the_list(client, w):
    other = make_notice(w.county, title="另一批次")
    make_issue(other, title="戊问题")
    client.force_login(w.office)

    assert titles(client.get("/issues", {"notice": other.pk})) == ["戊问题"]
    assert len(titles(client.get("/issues"))) == 5
