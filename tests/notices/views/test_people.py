"""人员, 任职审批, 谁担任什么, 导入: the pages of the administrators."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from accounts.models import Event, Membership, Proposal, Unit, User
from accounts.roles import Role
from tests.factories import PASSWORD, make_unit, make_user, make_users

pytestmark = pytest.mark.django_db


@pytest.fixture
def w(client):
    class World:
        county = make_unit("云岭县")
        bureau = make_unit("云岭县教育局", parent=county, short="教育局")
        admin, security, staff = make_users(
            ("admin", ((Role.ADMIN, county),), "康管理", ""),
            ("security", ((Role.SECURITY, county),), "丁安全", ""),
            ("staff", ((Role.STAFF, bureau),), "安经办", ""),
        )

    User.objects.filter(username="staff").update(phone="13900001234")
    client.force_login(World.admin)
    return World


def text_of(response):
    return response.content.decode()


def url(name, *args):
    return reverse(f"notices:{name}", args=args)


def test_the_list_masks_phones_and_costs_the_same_for_many(client, w, django_assert_num_queries):
    first = client.get(url("person_list"), {"q": "教育"})
    assert [p.username for p in first.context["page"].rows] == ["staff"]
    assert "139****1234" in text_of(first) and "13900001234" not in text_of(first)
    with django_assert_num_queries(13):
        client.get(url("person_list"))
    make_users(*((f"more{n}", ((Role.STAFF, w.bureau), (Role.HEAD, w.bureau)), "", "") for n in range(30)))

    with django_assert_num_queries(13):
        page = client.get(url("person_list"))

    assert "共 33 项" in text_of(page)
    assert "没有符合条件的人员" in text_of(client.get(url("person_list"), {"state": "locked"}))


def test_a_new_person_gets_a_slip_once_and_a_role_when_granted(client, w):
    page = client.get(url("person_new"))
    assert "三者互斥" in text_of(page)
    data = {"username": "xinren", "name": "柏新人", "unit": w.bureau.pk, "role": "staff"}
    data["once"] = page.context["token"]

    slip = client.post(url("person_new"), data)
    again = client.post(url("person_new"), data)

    user = User.objects.get(username="xinren")
    password = slip.context["slips"][0]["password"]
    assert user.check_password(password) and user.must_change_password
    assert (slip["Cache-Control"].find("no-store") >= 0, again.url) == (True, url("person_list"))
    assert not user.memberships.exists()
    client.force_login(w.security)
    waiting = Proposal.objects.get()
    client.post(url("proposal_list"), {"proposal": [waiting.pk], "verdict": "grant"})
    assert list(user.memberships.values_list("unit__name", "role")) == [("云岭县教育局", "staff")]


def test_a_form_with_a_taken_login_or_nothing_in_it_stays(client, w):
    data = {"username": "STAFF", "name": "某人", "unit": w.bureau.pk, "role": "staff"}

    taken = client.post(url("person_new"), data)
    empty = client.post(url("person_new"), {})

    assert (taken.status_code, empty.status_code) == (422, 422)
    assert "登录名“STAFF”已被使用，请换一个。" in text_of(taken)
    assert all(
        s in text_of(empty) for s in ("请填写登录名。", "请填写姓名。", "请选择单位。", "请选择角色。")
    )
    assert User.objects.count() == 3


def test_an_edit_against_an_old_version_changes_nothing(client, w):
    edit = url("person_edit", w.staff.pk)
    data = {"name": "安经办", "position_title": "科长", "phone": "", "email": "", "version": "0"}

    done = client.post(edit, data)
    stale = client.post(edit, {**data, "position_title": "主任"})

    assert (done.status_code, stale.status_code) == (302, 422)
    assert "刚刚被他人修改" in text_of(stale)
    assert User.objects.get(pk=w.staff.pk).position_title == "科长"


def test_the_page_of_a_person_offers_what_may_be_done(client, w):
    page = text_of(client.get(url("person_detail", w.staff.pk)))
    assert "停用账号" in page and "重置密码" in page and "解除锁定" not in page

    client.post(url("person_deed", w.staff.pk, "lock"), {"why": "退休"})
    refused = client.post(url("person_deed", w.staff.pk, "unlock"), follow=True)
    assert "只能由管理其全部任职单位的安全管理员启用" in text_of(refused)
    client.force_login(w.security)
    client.post(url("person_deed", w.staff.pk, "unlock"))

    assert User.objects.get(pk=w.staff.pk).is_active
    assert [e.action for e in Event.objects.order_by("pk") if e.subject_type == "user"] == [
        "person.lock", "person.unlock",
    ]  # fmt: skip
    assert Event.objects.get(action="request.refused").data["page"] == "notices:person_deed"


def test_a_password_is_reset_on_a_slip(client, w):
    slip = client.post(url("person_password", w.staff.pk))

    assert User.objects.get(pk=w.staff.pk).check_password(slip.context["slips"][0]["password"])
    assert slip.context["slips"][0]["unit"] == "云岭县教育局"
    assert "首次登录须修改密码" in text_of(slip)


def test_some_are_granted_and_some_refused_each_on_its_own(client, w):
    people = make_users(*((f"p{n}", (), f"某{n}", "") for n in range(3)))
    for person in people:
        client.post(url("person_propose", person.pk), {"unit": w.bureau.pk, "role": "staff"})
    rows = list(Proposal.objects.order_by("pk"))
    Membership.objects.create(user=people[1], unit=w.county, role="auditor")
    client.force_login(w.security)

    page = client.post(
        url("proposal_list"), {"proposal": [r.pk for r in rows[:2]], "verdict": "grant"}, follow=True
    )
    client.post(url("proposal_list"), {"proposal": [rows[2].pk], "verdict": "refuse", "note": "重名"})

    assert "已批准 1 项任职。" in text_of(page) and "不能同时担任审计员和经办人" in text_of(page)
    assert list(Proposal.objects.order_by("pk").values_list("state", flat=True)) == [
        "granted", "waiting", "refused",
    ]  # fmt: skip


def test_roles_are_listed_and_exported_with_masked_phones(client, w):
    page = text_of(client.get(url("role_list"), {"role": "staff"}))
    assert "139****1234" in page and "丁安全" not in page

    answer = client.post(url("role_export"))

    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = [[cell.value for cell in row][:5] for row in book.active.iter_rows()]
    assert rows[0] == ["单位", "角色", "姓名", "登录名", "手机"]
    assert ["云岭县教育局", "经办人", "安经办", "staff", "139****1234"] in rows
    assert Event.objects.get(action="person.export").data == {"rows": 3}


# ── 导入 ─────────────────────────────────────────────────────────────────────
def workbook(people, units=()):
    book = Workbook()
    book.remove(book.active)
    heads = {"单位": ["单位名称*", "上级单位"], "人员": ["姓名*", "登录名*", "单位*", "角色*", "手机"]}
    for title, rows in (("单位", units), ("人员", people)):
        sheet = book.create_sheet(title)
        for row in (heads[title], *rows):
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return SimpleUploadedFile("名单.xlsx", target.getvalue())


def test_two_hundred_people_are_previewed_then_taken_with_slips(client, w):
    people = [[f"人{n}", f"ren{n}", "青禾镇", "经办人", "13900001111"] for n in range(200)]
    people.append(["安经办", "staff", "教育局", "单位负责人", None])
    file = workbook(people, [["青禾镇", "云岭县"]])

    seen = client.post(url("roster_import"), {"file": file})
    assert "新增人员 200 名，更新 1 名" in text_of(seen)
    assert (User.objects.count(), Unit.objects.count()) == (3, 2)
    data = {"roster": seen.context["roster"], "once": seen.context["token"], "slips": "page"}
    slips = client.post(url("roster_confirm"), data)
    again = client.post(url("roster_confirm"), data)

    assert (len(slips.context["slips"]), again.url) == (200, url("person_list"))
    assert User.objects.count() == 203
    assert Proposal.objects.filter(state="waiting").count() == 201
    assert not Membership.objects.filter(unit__name="青禾镇").exists()
    one = slips.context["slips"][7]
    assert User.objects.get(username=one["login"]).check_password(one["password"])


def test_slips_as_a_word_file(client, w):
    seen = client.post(
        url("roster_import"), {"file": workbook([["柏新人", "bai", "教育局", "经办人", None]])}
    )

    answer = client.post(url("roster_confirm"), {"roster": seen.context["roster"], "slips": "word"})

    assert answer["Content-Disposition"].startswith("attachment;")
    assert b"".join(answer.streaming_content)[:2] == b"PK"


def test_problems_are_told_by_cell_and_nothing_is_written(client, w):
    strangers = make_unit("临江县")
    make_user("other", (Role.STAFF, strangers), name="敖外人")
    people = [
        ["柏新人", "bai", "临江县", "经办人", None],
        ["敖外人", "other", "教育局", "经办人", None],
        ["另一人", "staff", "教育局", "经办人", None],
        ["康管理", "admin", "教育局", "经办人", None],
    ]

    seen = client.post(url("roster_import"), {"file": workbook(people)})

    assert seen.status_code == 422
    told = [p.message.split("：")[0] for p in seen.context["problems"]]
    assert told == ["工作表“人员”C2", "工作表“人员”B3", "工作表“人员”B4", "工作表“人员”B5"]
    answer = client.post(url("roster_confirm"), {"roster": seen.context["roster"]}, follow=True)
    assert "未作任何改动" in text_of(answer)
    assert (Proposal.objects.count(), User.objects.count()) == (0, 4)


def test_a_file_that_is_no_workbook_and_a_forged_roster_are_refused(client, w):
    odd = client.post(url("roster_import"), {"file": SimpleUploadedFile("名单.xlsx", b"not a workbook")})
    forged = client.post(url("roster_confirm"), {"roster": "x:y:z"}, follow=True)

    assert odd.status_code == 422 and "没有接收这份文件，未作任何改动。" in text_of(odd)
    assert "核对结果已超过一小时或不完整" in text_of(forged)


def test_the_empty_form_can_be_fetched(client, w):
    book = load_workbook(io.BytesIO(b"".join(client.get(url("roster_template")).streaming_content)))

    assert book.sheetnames == ["单位", "人员"]


def test_everybody_is_signed_out_after_a_reason_and_a_yes(w):
    client, other = Client(), Client()
    for browser, person in ((client, w.security), (other, w.staff)):
        browser.post("/login", {"username": person.username, "password": PASSWORD})
    assert "全部下线" in client.get("/people").content.decode()
    assert "1 人、1 处登录" in client.get("/people/sign-out").content.decode()

    refused = client.post("/people/sign-out", {"why": "停机维护前"})
    assert (refused.status_code, other.get("/tasks").status_code) == (422, 200)
    said = client.post("/people/sign-out", {"why": "停机维护前", "sure": "on"}, follow=True).content.decode()

    assert "已退出 1 处登录。您的本次登录保留。" in said
    assert other.get("/tasks").status_code == 302


def test_only_the_security_administrator_finds_the_page(client, w):
    assert client.get("/people/sign-out").status_code == 404
    assert "全部下线" not in client.get("/people").content.decode()
