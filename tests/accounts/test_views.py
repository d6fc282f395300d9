import pytest
from django.urls import reverse

from accounts.models import Event
from accounts.roles import Role
from tests.factories import PASSWORD, make_unit, make_user

pytestmark = pytest.mark.django_db
LINE = "本系统为非涉密系统，严禁上传、存储涉密信息"
NEW = "Yunling-Xian-2027!"


@pytest.fixture
def user():
    return make_user("an", (Role.STAFF, make_unit("青禾镇")), name="安经办")


def sign_in(client, password=PASSWORD, **more):
    return client.post(reverse("login"), {"username": "an", "password": password, **more})


def acts():
    return list(Event.objects.order_by("pk").values_list("action", "ok", "actor_name"))


def change(client, old=PASSWORD, new=NEW, again=NEW):
    data = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post(reverse("password_change"), data)


def test_sign_in_page_carries_the_line_about_secrets(client):
    assert LINE in client.get(reverse("login")).content.decode()


def test_sign_in_leads_to_where_the_person_wanted_to_go(client, user):
    answer = sign_in(client, next="/tasks?light=red")

    assert (answer.status_code, answer.url) == (302, "/tasks?light=red")
    assert acts() == [("user.sign_in", True, "安经办")]
    assert Event.objects.get().address == "127.0.0.1"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_sign_in_never_leads_off_the_server(client, user, wanted):
    assert sign_in(client, next=wanted).url == "/"


def test_wrong_password_is_refused_without_saying_what_was_wrong(client, user):
    wrong = sign_in(client, "wrong").content.decode()
    unknown = client.post(reverse("login"), {"username": "nobody", "password": "x"}).content.decode()

    assert "用户名或密码不正确" in wrong
    assert "用户名或密码不正确" in unknown
    assert [(a, ok) for a, ok, _ in acts()] == [("user.sign_in", False)] * 2


def test_fifth_failure_locks_with_a_page(client, user):
    answers = [sign_in(client, "wrong") for _ in range(5)]

    assert answers[-1].status_code == 429
    assert "登录已暂时锁定" in answers[-1].content.decode()
    assert sign_in(client).status_code == 429


def test_sign_out_needs_a_post(client, user):
    client.force_login(user)

    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).url == reverse("login")
    assert client.get("/").status_code == 302
    assert acts() == [("user.sign_out", True, "安经办")]


def test_first_password_must_be_changed_before_anything_else(client, user):
    user.must_change_password = True
    user.save(update_fields=["must_change_password"])
    client.force_login(user)

    assert client.get("/").url == reverse("password_change")
    assert client.get("/tasks").url == reverse("password_change")
    assert "首次登录" in client.get(reverse("password_change")).content.decode()

    assert change(client).url == "/"
    assert client.get("/").status_code == 200
    assert acts() == [("user.password", True, "安经办")]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"old": "wrong"}, "原密码不正确"),
        ({"again": "other"}, "两次输入的新密码不一致"),
        ({"new": PASSWORD, "again": PASSWORD}, "新密码不能与原密码相同"),
        ({"new": "short", "again": "short"}, "至少 10 个字符"),
        ({"new": "", "again": ""}, "请填写新密码。"),
    ],
)
def test_refused_password_is_explained_and_nothing_changes(client, user, given, sentence):
    client.force_login(user)

    assert sentence in change(client, **given).content.decode()

    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_chosen_role_stands_first_in_the_frame_and_in_records(client):
    one, two = make_unit("教育局"), make_unit("青禾镇")
    both = make_user("both", (Role.STAFF, one), (Role.HEAD, two), name="钱两职")
    second = both.memberships.get(unit=two)
    client.force_login(both)
    assert "教育局 · </span>钱两职" in client.get("/").content.decode()

    client.post(reverse("choose_role"), {"membership": second.pk, "next": "/inbox"})

    assert "青禾镇 · </span>钱两职" in client.get("/").content.decode()
    client.post(reverse("logout"))
    assert Event.objects.get().unit_name == "青禾镇"


def test_role_of_somebody_else_is_not_taken(client, user):
    other = make_user("other", (Role.OFFICE, make_unit("云岭县")))
    client.force_login(user)

    client.post(reverse("choose_role"), {"membership": other.memberships.get().pk})

    assert "membership" not in client.session


def test_fragment_after_the_session_ended_is_not_the_sign_in_page(client):
    answer = client.get("/tasks", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/tasks?light=red", "/tasks?light=red"),
        ("http://testserver/tasks/5", "/tasks/5"),
        ("https://evil.example/x", "/"),
        ("", "/"),
    ],
)
def test_form_after_the_session_ended_leads_back_to_its_page(client, user, referer, back):
    to_sign_in = client.post("/tasks/nudge", headers={"Referer": referer})

    assert client.post(to_sign_in.url, {"username": "an", "password": PASSWORD}).url == back


def test_error_pages_are_chinese_and_carry_the_request_id(client, user):
    client.force_login(user)

    answer = client.get("/nowhere")

    page = answer.content.decode()
    assert answer.status_code == 404
    assert "没有找到" in page
    assert answer["X-Request-ID"] in page
