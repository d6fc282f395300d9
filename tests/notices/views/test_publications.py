"""通报 on pages: the way from a draft to the release, edits of two people, what a reader sees."""

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


def test_two_people_edit_one_part(world):
    notice, at = world
    row = begun(notice, at)
    at("one", "publication_part", row.pk, "front", front="甲写的", version=0)

    clash = at("two", "publication_part", row.pk, "front", front="乙写的", version=0)

    page = clash.content.decode()
    assert clash.status_code == 422
    assert "他人已改为" in page and "<del>甲</del>" in page and "<ins>乙</ins>" in page
    assert ">\n乙写的</textarea>" in page
    assert 'name="version" value="1"' in page
    assert Publication.objects.get().front == "甲写的"
    assert at("two", "publication_part", row.pk, "front", front="乙写的", version=1).status_code == 302


def test_two_people_edit_one_item(world):
    notice, at = world
    item = PublicationItem.objects.filter(publication=begun(notice, at), issue__isnull=False).first()
    at("one", "publication_item", item.pk, title=item.title, body="甲写的。", version=0)

    clash = at("two", "publication_item", item.pk, title=item.title, body="乙写的。", version=0)

    assert clash.status_code == 422
    assert "<ins>乙</ins>" in clash.content.decode()
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
