import pytest
from django.urls import path

from tests.factories import make_user
from tracker.pages import server_error


def fail(request):
    raise RuntimeError("broken")


urlpatterns = [path("fail", fail)]
handler500 = server_error


@pytest.mark.urls("tests.tracker.test_pages")
def test_failure_shows_the_id_and_asks_no_database(client):
    client.raise_request_exception = False

    answer = client.get("/fail")

    assert answer.status_code == 500
    assert f"请求编号：{answer['X-Request-ID']}" in answer.content.decode()


def test_a_form_that_is_too_large_is_told_so_with_the_id(client, settings, db):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = client.post("/login", {"username": "x" * 200})

    page = answer.content.decode()
    assert answer.status_code == 413
    assert "提交的内容太大" in page and f"请求编号：{answer['X-Request-ID']}" in page


def test_a_wrong_host_gets_a_page_in_chinese_with_the_id(client):
    answer = client.get("/login", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert f"请求编号：{answer['X-Request-ID']}" in answer.content.decode()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, settings, db):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    client.force_login(make_user("an"))

    answer = client.post("/api/progress/", {"text": "x" * 200}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
