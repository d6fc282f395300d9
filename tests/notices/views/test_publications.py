"""通报 on pages: the way from a draft to the release, edits of two people, what a reader sees."""

import re

import pytest
from django.urls import reverse

from accounts.roles import Role
from notices.models import Publication, PublicationItem
from tests.factories import make_issue, make_notice, make_task, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(client):
    county = make_unit("云岭县")
    water = make_unit("云岭县水利局", parent=county)
    people = {
        "one": make_user("one", (Role.OFFICE, county), name="林致远"),
        "two": make_user("two", (Role.OFFICE, county), name="宋佳宁"),
        "staff": make_user("staff", (Role.STAFF, water), name="孟夏禾"),
    }
    notice = make_notice(county, signed_by="中共云岭县委", phone="0000-8800123")
    for title in ("关于“学习不深入”的问题", "关于“管理不严格”的问题"):
        make_task(make_issue(notice, title=title), lead=water, text="修订制度", latest_text="已印发")

    def at(person, name, *args, **data):
        client.force_login(people[person])
        url = reverse(f"notices:{name}", args=args)
        return client.post(url, data) if data else client.get(url)

    return notice, at


def begun(notice, at) -> Publication:
    at("one", "publication_begin", notice.pk, go="1")
    return Publication.objects.get()


def test_from_draft_to_release(world):
    notice, at = world
    row = begun(notice, at)
    page = at("one", "publication_detail", row.pk).content.decode()
    assert "1.关于“学习不深入”的问题" in page
    assert '<span class="figure" title="问题总数">2</span>' in page
    assert "文中的数据前后一致" in page

    assert at("one", "publication_step", row.pk, "propose", token="t1", version=0).status_code == 302
    refused = at("one", "publication_step", row.pk, "release", token="t2", version=1)
    assert refused.status_code == 422
    assert "报请印发的人不能自己印发" in refused.content.decode()
    assert at("staff", "publication_detail", row.pk).status_code == 404
    assert at("two", "publication_step", row.pk, "release", token="t3", version=1).status_code == 302

    seen = at("staff", "publication_detail", row.pk).content.decode()
    assert "整改情况：修订制度。已印发。" in seen
    assert "另起新版" not in seen
    first, again = (at("staff", "publication_file", row.pk).content for _ in range(2))
    assert first == again != b""
    assert at("staff", "publication_compare", row.pk).status_code == 404
    assert at("staff", "publication_withheld", row.pk).status_code == 404


def opened(at, who, *route):
    """What the form of a page would send."""
    page = at(who, *route).context["form"]
    return {name: page[name].value() for name in page.fields}


def columns(page):
    """The three texts of each clash, marks and all."""
    found = re.findall(r'<h4>[^<]+</h4><p class="pre">(.*?)</p>', page.content.decode(), re.DOTALL)
    return [tuple(found[n : n + 3]) for n in range(0, len(found), 3)]


def test_two_people_edit_one_part(world):
    notice, at = world
    row = begun(notice, at)
    Publication.objects.update(front="原先写的。一段。")
    route = ("publication_part", row.pk, "front")
    mine = opened(at, "two", *route)
    at("one", *route, **opened(at, "one", *route) | {"front": "甲写的。一段。"})

    clash = at("two", *route, **mine | {"front": "乙写的。一段。"})

    page = clash.content.decode()
    assert clash.status_code == 422
    assert columns(clash) == [
        ("<del>原先</del>写的。一段。", "<ins>甲</ins>写的。一段。", "<ins>乙</ins>写的。一段。")
    ]
    assert ">\n乙写的。一段。</textarea>" in page
    assert 'name="version" value="1"' in page
    assert Publication.objects.get().front == "甲写的。一段。"
    again = {name: clash.context["form"][name].value() for name in ("front", "version", "base")}
    assert at("two", *route, **again).status_code == 302
    assert Publication.objects.get().front == "乙写的。一段。"


def test_changes_of_different_fields_are_both_kept(world):
    notice, at = world
    row = begun(notice, at)
    route = ("publication_part", row.pk, "closing")
    mine = opened(at, "two", *route)
    at("one", *route, **opened(at, "one", *route) | {"phone": "0700-1"})

    saved = at("two", *route, **mine | {"email": "b@example.cn"})

    assert saved.status_code == 302
    now = Publication.objects.get()
    assert (now.phone, now.email) == ("0700-1", "b@example.cn")


def test_of_several_fields_only_the_clashing_one_is_asked_about(world):
    notice, at = world
    row = begun(notice, at)
    route = ("publication_part", row.pk, "closing")
    mine = opened(at, "two", *route)
    at("one", *route, **opened(at, "one", *route) | {"phone": "0700-1", "address": "甲街"})

    clash = at("two", *route, **mine | {"phone": "0700-2"})

    assert [len(found) for found in columns(clash)] == [3]
    form = clash.context["form"]
    assert (form["phone"].value(), form["address"].value()) == ("0700-2", "甲街")


def test_a_form_without_its_original_is_compared_with_what_stands_there(world):
    notice, at = world
    row = begun(notice, at)
    at("one", "publication_part", row.pk, "front", front="甲写的", version=0)

    clash = at("two", "publication_part", row.pk, "front", front="乙写的", version=0, base="[1")

    assert columns(clash) == [('<span class="mute">（空）</span>', "<ins>甲</ins>写的", "<ins>乙</ins>写的")]


def test_two_people_edit_one_item(world):
    notice, at = world
    item = PublicationItem.objects.filter(publication=begun(notice, at), issue__isnull=False).first()
    at("one", "publication_item", item.pk, title=item.title, body="甲写的。", version=0)

    clash = at("two", "publication_item", item.pk, title=item.title, body="乙写的。", version=0)

    assert clash.status_code == 422
    assert [yours for _, _, yours in columns(clash)] == ["<ins>乙</ins>写的。"]
    item.refresh_from_db()
    assert item.body == "甲写的。"


def test_withholding_on_pages(world):
    notice, at = world
    row = begun(notice, at)
    item = row.items.filter(issue__isnull=False).order_by("position").first()

    missing = at("one", "publication_withhold", row.pk, items=[item.pk], reason="", token="t1")
    assert missing.status_code == 422 and "请选择不公开的原因" in missing.content.decode()
    at("one", "publication_withhold", row.pk, items=[item.pk], reason="case", note="依据", token="t2")
    at("one", "publication_decide", item.pk, "approve", token="t3")
    item.refresh_from_db()
    assert item.withhold == "asked"
    at("two", "publication_decide", item.pk, "approve", token="t4")

    item.refresh_from_db()
    assert (item.withhold, item.approved_name) == ("approved", "宋佳宁")
    listed = at("one", "publication_withheld", row.pk).content.decode()
    assert "涉及尚未公布的案件" in listed and "宋佳宁" in listed
    compared = at("one", "publication_compare", row.pk).content.decode()
    assert "不公开：涉及尚未公布的案件" in compared


def test_list_takes_the_same_queries_for_more_rows(world, django_assert_max_num_queries, client):
    notice, at = world
    row = begun(notice, at)
    at("one", "publication_list")
    with django_assert_max_num_queries(60) as one:
        at("one", "publication_list")
    for number in (2, 3):
        Publication.objects.create(
            notice=notice, number=number, title="又一版", drafted_by=row.drafted_by, drafted_name="林致远",
            drafted_at=row.drafted_at, state="dropped" if number == 2 else "draft",
        )  # fmt: skip
    with django_assert_max_num_queries(60) as more:
        at("one", "publication_list")
    assert len(one.captured_queries) == len(more.captured_queries)


def test_word_ledger(world):
    notice, at = world

    got = at("staff", "ledger_word", notice.pk)

    assert got.status_code == 200
    assert got["Content-Disposition"].startswith("attachment")
