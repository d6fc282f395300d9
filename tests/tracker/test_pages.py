import pytest
from django.urls import path

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
