"""The API follows the same rules as the pages: what is seen, which steps, one shape of error."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from notices.models import Notice, Nudge, Progress, Task
from notices.terms import State
from tests.factories import make_issue, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"
ANY = {"If-Match": "*"}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def client_of():
    def sign_in(user):
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in


def numbers(response):
    return [row["number"] for row in response.json()["results"]]


def test_anonymous_gets_a_problem():
    response = APIClient().get("/api/tasks/")

    assert response.status_code in (401, 403)
    assert response.headers["Content-Type"].startswith(PROBLEM)
    assert response.json()["detail"] == "请先登录，或在请求头中带上访问令牌。"


def test_staff_list_own_tasks_only(world, client_of):
    mine = make_task(world.issue, lead=world.bureau)
    make_task(world.issue, lead=world.town)
    make_task(world.issue)

    assert numbers(client_of(world.staff).get("/api/tasks/")) == [mine.number]


def test_office_lists_all(world, client_of):
    tasks = [make_task(world.issue, lead=world.bureau), make_task(world.issue)]

    assert sorted(numbers(client_of(world.office).get("/api/tasks/"))) == sorted(t.number for t in tasks)


def test_stranger_gets_404(world, client_of):
    task = make_task(world.issue, lead=world.town)

    response = client_of(world.staff).get(f"/api/tasks/{task.pk}/")

    assert response.status_code == 404
    assert response.json()["detail"] == "没有这项内容，或您无权查看。"


def test_admin_sees_no_ledger(world, client_of):
    make_task(world.issue, lead=world.bureau)
    client = client_of(world.admin)

    counts = [
        len(client.get(f"/api/{name}/").json()["results"])
        for name in ("notices", "issues", "tasks", "progress")
    ]

    assert counts == [0, 0, 0, 0]


@pytest.mark.parametrize("rows", [1, 3])
def test_query_count_does_not_grow(world, client_of, rows, django_assert_num_queries):
    for _ in range(rows):
        make_task(world.issue, lead=world.bureau)
    client = client_of(world.office)

    with django_assert_num_queries(4):
        response = client.get("/api/tasks/")

    assert len(response.json()["results"]) == rows


def test_step_is_taken(world, client_of):
    task = make_task(world.issue, lead=world.bureau, state=State.PENDING)

    response = client_of(world.staff).post(
        f"/api/tasks/{task.pk}/steps/accept/", {}, format="json", headers=ANY
    )

    assert response.status_code == 200
    assert response.json()["state"] == "active"
    assert Task.objects.get().state == State.ACTIVE


def test_step_refused_names_why(world, client_of):
    task = make_task(world.issue, lead=world.bureau, state=State.PENDING)

    response = client_of(world.staff).post(
        f"/api/tasks/{task.pk}/steps/close/", {"outcome": "completed"}, format="json", headers=ANY
    )

    assert response.status_code == 409
    assert response.json() == {
        "type": "about:blank",
        "status": 409,
        "code": "step_refused",
        "title": "现在不能这样做",
        "detail": "任务处于“待签收”，不能验收销号。",
    }
    assert Task.objects.get().state == State.PENDING


def test_step_missing_names_fields(world, client_of):
    task = make_task(world.issue, lead=world.bureau)

    response = client_of(world.staff).post(
        f"/api/tasks/{task.pk}/steps/submit/", {"outcome": "completed"}, format="json", headers=ANY
    )

    assert response.status_code == 400
    assert response.json()["errors"] == {
        "progress": "还没有填报整改进展，请先填报再申请销号。",
        "no_evidence": "还没有佐证材料，请先上传，或写明没有佐证材料的原因。",
    }


def test_step_with_old_version_is_refused(world, client_of):
    task = make_task(world.issue, lead=world.bureau, state=State.PENDING)
    Task.objects.update(version=7)

    response = client_of(world.staff).post(
        f"/api/tasks/{task.pk}/steps/accept/", {"version": 6}, format="json", headers=ANY
    )

    assert (response.status_code, response.json()["code"]) == (409, "stale")


def test_steps_say_what_is_missing(world, client_of):
    task = make_task(world.issue, lead=world.bureau)

    rows = {r["name"]: r for r in client_of(world.staff).get(f"/api/tasks/{task.pk}/steps/").json()}

    assert [n for n, r in rows.items() if r["available"]] == ["submit"]
    assert sorted(rows["submit"]["missing"]) == ["no_evidence", "outcome", "progress"]


def test_progress_is_filed(world, client_of):
    task = make_task(world.issue, lead=world.bureau)

    response = client_of(world.staff).post(
        "/api/progress/", {"task": task.pk, "text": "已完成排查"}, format="json"
    )

    assert response.status_code == 201
    assert Progress.objects.get().by == world.staff
    assert Task.objects.get().latest_text == "已完成排查"


@pytest.mark.parametrize("which", ["invisible", "nowhere"])
def test_progress_on_a_strange_task_tells_nothing(world, client_of, which):
    other = make_task(world.issue, lead=world.town)
    pk = other.pk if which == "invisible" else 99999

    response = client_of(world.staff).post("/api/progress/", {"task": pk, "text": "x"}, format="json")

    assert response.status_code == 400
    assert response.json()["errors"] == {"task": f"无效主键 “{pk}” － 对象不存在。"}


def test_progress_is_never_changed(world, client_of):
    task = make_task(world.issue, lead=world.bureau)
    client = client_of(world.staff)
    pk = client.post("/api/progress/", {"task": task.pk, "text": "一"}, format="json").json()["id"]

    assert client.patch(f"/api/progress/{pk}/", {"text": "二"}, format="json").status_code == 405
    assert client.delete(f"/api/progress/{pk}/").status_code == 405


def test_patch_needs_if_match(world, client_of):
    task = make_task(world.issue, lead=world.bureau)
    client = client_of(world.office)

    assert client.patch(f"/api/tasks/{task.pk}/", {"remark": "x"}, format="json").status_code == 428
    old = client.patch(
        f"/api/tasks/{task.pk}/", {"remark": "x"}, format="json", headers={"If-Match": '"0.0"'}
    )
    assert old.status_code == 412


def test_patch_changes_and_gives_a_new_etag(world, client_of):
    task = make_task(world.issue, lead=world.bureau)
    client = client_of(world.office)
    tag = client.get(f"/api/tasks/{task.pk}/").headers["ETag"]

    response = client.patch(
        f"/api/tasks/{task.pk}/", {"remark": "已核"}, format="json", headers={"If-Match": tag}
    )

    assert (response.status_code, response.json()["remark"]) == (200, "已核")
    assert response.headers["ETag"] != tag


@pytest.mark.parametrize("field", ["state", "lead_unit", "closed_on", "version", "notice", "nonsense"])
def test_patch_cannot_assign_other_fields(world, client_of, field):
    task = make_task(world.issue, lead=world.bureau)
    client = client_of(world.office)
    tag = client.get(f"/api/tasks/{task.pk}/").headers["ETag"]

    response = client.patch(f"/api/tasks/{task.pk}/", {field: "1"}, format="json", headers={"If-Match": tag})

    assert response.status_code == 400
    assert response.json()["errors"] == {field: "没有这个字段，或不能直接修改。"}


def test_unit_may_change_its_contact_only(world, client_of):
    task = make_task(world.issue, lead=world.bureau)
    client = client_of(world.staff)
    tag = client.get(f"/api/tasks/{task.pk}/").headers["ETag"]

    own = client.patch(
        f"/api/tasks/{task.pk}/", {"contact_text": "安经办"}, format="json", headers={"If-Match": tag}
    )
    tag = own.headers["ETag"]
    other = client.patch(f"/api/tasks/{task.pk}/", {"text": "改写"}, format="json", headers={"If-Match": tag})

    assert own.status_code == 200
    assert (other.status_code, other.json()["detail"]) == (409, "整改措施只能由整改办修改。")


def test_nudge_once_in_two_working_days(world, client_of):
    task = make_task(world.issue, lead=world.bureau)
    client = client_of(world.leader)

    first = client.post(f"/api/tasks/{task.pk}/nudge/", {"text": "请抓紧"}, format="json")
    second = client.post(f"/api/tasks/{task.pk}/nudge/", {}, format="json")

    assert (first.status_code, second.status_code) == (201, 409)
    assert Nudge.objects.count() == 1


def test_issue_carries_derived_progress(world, client_of):
    make_task(world.issue, lead=world.bureau, state=State.COMPLETED)
    make_task(world.issue, lead=world.bureau, state=State.SUSTAINED)

    row = client_of(world.office).get("/api/issues/").json()["results"][0]

    assert (row["progress"], row["n_tasks"], row["n_completed"], row["n_sustained"]) == ("sustained", 2, 1, 1)


def test_notices_of_other_parties_are_not_listed(world, client_of):
    other = make_notice(make_unit("远山县"))
    make_issue(other)

    titles = [n["id"] for n in client_of(world.office).get("/api/notices/").json()["results"]]

    assert titles == [world.notice.pk]


TEXT = "二、整改情况\n(一)作风方面\n1.关于学习不深入的问题。\n整改情况：一是办班。二是建制度。\n整改进度：已完成整改。\n"


def test_parse_gives_the_outline_and_keeps_nothing(world, client_of):
    response = client_of(world.office).post("/api/notices/parse/", {"text": TEXT}, format="json")

    assert [i["path"] for i in response.json()["issues"]] == [[1, 1]]
    assert Notice.objects.count() == 1


def test_take_a_notice_once(world, client_of):
    client = client_of(world.office)
    first = client.post("/api/notices/", {"text": TEXT, "unit": world.county.pk}, format="json")
    again = client.post("/api/notices/", {"text": TEXT, "unit": world.county.pk}, format="json")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() | {"created": False} == again.json()
    assert first.json()["tasks"] == 2


@pytest.mark.parametrize("who", ["staff", "leader", "supervisor", "admin"])
def test_only_the_office_takes_notices(world, client_of, who):
    client = client_of(getattr(world, who))

    assert client.post("/api/notices/parse/", {"text": TEXT}, format="json").status_code == 403
    assert (
        client.post("/api/notices/", {"text": TEXT, "unit": world.county.pk}, format="json").status_code
        == 400
    )
    assert Notice.objects.count() == 1


def test_a_file_that_cannot_be_read_is_a_sentence(world, client_of):
    upload = SimpleUploadedFile("扫描.png", b"\x89PNG\r\n\x1a\n" + b"0" * 100)

    response = client_of(world.office).post("/api/notices/parse/", {"file": upload}, format="multipart")

    assert response.status_code == 400
    assert response.json()["detail"].endswith("。")


def test_schema_and_page_need_no_other_host(world, client):
    client.force_login(world.office)

    page = client.get("/api/docs/").content.decode()

    assert client.get("/api/schema/").status_code == 200
    assert "://" not in page.replace("http://www.w3.org", "")
    assert page.count("<details") >= 130 and "/api/tasks/{id}/steps/" in page and "整改措施" in page
