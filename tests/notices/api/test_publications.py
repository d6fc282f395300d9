"""通报 over HTTP: begin, change with If-Match, withhold, propose, release, read, download."""

import pytest

from accounts.roles import Role
from notices.models import Publication
from tests.factories import make_issue, make_notice, make_task, make_unit, make_user

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def world(client):
    county = make_unit("云岭县")
    water = make_unit("云岭县水利局", parent=county)
    people = {
        "one": make_user("one", (Role.OFFICE, county)),
        "two": make_user("two", (Role.OFFICE, county)),
        "staff": make_user("staff", (Role.STAFF, water)),
    }
    notice = make_notice(county, signed_by="中共云岭县委", phone="0000-8800123")
    make_task(make_issue(notice), lead=water, text="修订制度")

    def send(person, verb, path, data=None, **headers):
        client.force_login(people[person])
        return getattr(client, verb)(f"/api/{path}", data or {}, content_type=JSON, headers=headers)

    def get(person, path):
        client.force_login(people[person])
        return client.get(f"/api/{path}")

    return notice, send, get


def test_from_draft_to_download(world):
    notice, send, get = world
    made = send("one", "post", "publications/", {"notice": notice.pk})
    assert made.status_code == 201
    pk = made.json()["id"]
    at = f"publications/{pk}/"
    assert send("one", "patch", at, {"front": "一、组织\n共{{问题总数}}个问题。"}).status_code == 428
    changed = send(
        "one", "patch", at, {"front": "一、组织\n共{{问题总数}}个问题。"}, **{"If-Match": f'"{pk}.0"'}
    )
    assert (changed.status_code, changed["ETag"]) == (200, f'"{pk}.1"')
    stale = send("two", "patch", at, {"front": "别的"}, **{"If-Match": f'"{pk}.0"'})
    assert stale.status_code == 412
    words = get("one", f"{at}words/").json()
    assert {"place": "front", "kind": "", "text": "共1个问题。"} in words["lines"]
    assert words["findings"] == []

    assert send("one", "post", f"{at}propose/", **{"If-Match": "*"}).json()["state"] == "proposed"
    assert send("one", "post", f"{at}release/", **{"If-Match": "*"}).status_code == 409
    assert get("staff", at).status_code == 404
    done = send("two", "post", f"{at}release/", {"noted": True}, **{"If-Match": "*"}).json()
    assert (done["state"], len(done["sha256"])) == ("released", 64)

    assert get("staff", f"publications/?notice={notice.pk}&state=released").json()["results"][0]["id"] == pk
    assert get("staff", f"{at}file/").content == get("one", f"{at}file/").content
    assert get("staff", f"publication-items/?publication={pk}").json()["results"] == []


def test_items_are_changed_and_withheld(world):
    notice, send, get = world
    pk = send("one", "post", "publications/", {"notice": notice.pk}).json()["id"]
    rows = get("one", f"publication-items/?publication={pk}").json()["results"]
    item = f"publication-items/{next(r for r in rows if r['issue'])['id']}/"

    assert send("one", "patch", item, {"body": "改过。"}, **{"If-Match": "*"}).json()["body"] == "改过。"
    asked = send("one", "post", f"{item}withhold/", {"reason": "case"}, **{"If-Match": "*"}).json()
    assert asked["withhold"] == "asked"
    assert send("one", "post", f"{item}approve/", **{"If-Match": "*"}).status_code == 409
    assert send("two", "post", f"{item}approve/", **{"If-Match": "*"}).json()["withhold"] == "approved"
    assert send("two", "post", f"{item}lift/", **{"If-Match": "*"}).json()["withhold"] == ""
    wrong = send("one", "post", f"{item}withhold/", {"reason": "别的"}, **{"If-Match": "*"})
    assert wrong.status_code == 400


def test_new_edition_and_withdrawal(world):
    notice, send, get = world
    pk = send("one", "post", "publications/", {"notice": notice.pk}).json()["id"]
    send("one", "post", f"publications/{pk}/propose/", **{"If-Match": "*"})
    send("two", "post", f"publications/{pk}/release/", {"noted": True}, **{"If-Match": "*"})

    new = send("one", "post", "publications/", {"notice": notice.pk, "replaces": pk}).json()
    assert (new["number"], new["replaces"]) == (2, pk)
    gone = send("one", "post", f"publications/{pk}/withdraw/", {"reason": "有误"}, **{"If-Match": "*"})
    assert (gone.json()["state"], gone.json()["reason"]) == ("withdrawn", "有误")
    assert send("staff", "post", "publications/", {"notice": notice.pk}).status_code == 400
    assert Publication.objects.count() == 2
