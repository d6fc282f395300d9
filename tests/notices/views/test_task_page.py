import datetime as dt
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Event
from notices.domain import planning, reporting
from notices.forms.edit import shown_values
from notices.models import Comment, Message, Progress, Task
from notices.terms import Outcome, State
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HX = {"HX-Request": "true"}
TEXT = "会议纪要".encode()


def today():
    return timezone.localdate()


def active(w, **fields):
    return make_task(w.issue, lead=w.bureau, **fields)


def text_of(answer):
    return answer.content.decode()


def upload(name="纪要.txt", data=TEXT):
    return SimpleUploadedFile(name, data)


# ── The page ───────────────────────────────────────────────────────────────────


def test_page_says_why_the_light_shines(client):
    w = make_world()
    task = active(w, deadline=today() - 12 * DAY, extension_count=1)
    client.force_login(w.staff)

    assert "超期 12 天，延期 1 次" in text_of(client.get(f"/tasks/{task.pk}"))


def test_drawer_is_the_same_fragment_without_the_frame(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    page, drawer = client.get(f"/tasks/{task.pk}"), client.get(f"/tasks/{task.pk}", headers=HX)

    assert "<html" in text_of(page)
    assert "<html" not in text_of(drawer)
    assert drawer.content.decode().strip().startswith("<article")
    assert "HX-Request" in page["Vary"]


@pytest.mark.parametrize(
    "path", ["", "/report", "/attach", "/comment", "/edit", "/step/submit", "/step/accept", "/nudge"]
)
def test_stranger_finds_nothing(client, path):
    w = make_world()
    task = active(w)
    client.force_login(w.town_staff)
    url = f"/tasks/{task.pk}{path}"

    assert client.get(url).status_code in (404, 405)
    assert client.post(url, {"text": "x"}).status_code in (404, 405)
    assert client.post(url, {"text": "x"}, headers=HX).status_code in (404, 405)
    assert Progress.objects.count() == Comment.objects.count() == 0


def test_looking_writes_nothing(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)
    before = (Event.objects.count(), Task.objects.get(pk=task.pk).version)

    for path in ("", "/edit", "/step/submit"):
        assert client.get(f"/tasks/{task.pk}{path}").status_code == 200

    assert (Event.objects.count(), Task.objects.get(pk=task.pk).version) == before


def test_what_is_missing_is_said_before_the_click(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    page = text_of(client.get(f"/tasks/{task.pk}"))

    assert "“申请销号”之前还需要：" in page
    assert "还没有填报整改进展" in page


@pytest.mark.parametrize(
    ("who", "state", "labels"),
    [
        ("staff", State.PENDING, ["签收", "退签"]),
        ("staff", State.ACTIVE, ["申请销号"]),
        ("head", State.SUBMITTED, ["审核通过", "退回"]),
        ("office", State.VERIFYING, ["退回", "验收销号", "撤销/并入"]),
        ("office", State.DRAFT, ["分派", "撤销/并入"]),
        ("leader", State.ACTIVE, []),
    ],
)
def test_buttons_are_the_steps_one_may_take(client, who, state, labels):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau if state != State.DRAFT else None, state=state)
    client.force_login(getattr(w, who))

    assert [o.label for o in client.get(f"/tasks/{task.pk}").context["offers"]] == labels


def test_number_of_queries_does_not_grow_with_the_story(client, count_queries):
    w = make_world()
    task = active(w)
    reporting.report(task, text="1", by=w.staff, at=timezone.now())
    client.force_login(w.staff)
    one = count_queries(client, f"/tasks/{task.pk}")

    for _ in range(3):
        reporting.report(task, text="2", by=w.staff, at=timezone.now())

    assert count_queries(client, f"/tasks/{task.pk}") == one


# ── Reports and comments ───────────────────────────────────────────────────────


def report(client, task, **more):
    headers = more.pop("headers", None)
    data = {"text": "已完成排查", "next_step": "汇总", "blocked": "", "token": "t1", **more}
    return client.post(f"/tasks/{task.pk}/report", data, headers=headers)


def test_report_with_a_file_is_kept(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    answer = report(client, task, files=[upload()])

    assert answer.url == f"/tasks/{task.pk}"
    row = task.progress.get()
    assert (row.text, row.next_step, row.by, row.unit) == ("已完成排查", "汇总", w.staff, w.bureau)
    assert [e.name for e in row.evidence.all()] == ["纪要.txt"]
    assert Event.objects.get(action="task.report").address == "127.0.0.1"


def test_double_click_files_once(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    first, second = report(client, task), report(client, task)

    assert (first.status_code, second.status_code) == (302, 302)
    assert task.progress.count() == 1


def test_refused_file_loses_no_word(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    answer = report(client, task, files=[upload("病毒.exe", b"MZ" + b"0" * 99)])

    assert answer.status_code == 422
    page = text_of(answer)
    assert "“病毒.exe”：" in page
    assert "已完成排查</textarea>" in page
    assert task.progress.count() == 0
    assert report(client, task).status_code == 302


def test_empty_report_is_refused_at_its_field(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    answer = report(client, task, text="  ", headers=HX)

    assert answer.status_code == 422
    assert answer.context["report"].errors["text"] == ["请填写整改进展。"]


def test_report_from_the_drawer_renews_it_and_tells_the_list(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    answer = report(client, task, headers=HX)

    assert "进展已保存" in text_of(answer)
    assert "task-changed" in answer["HX-Trigger"]


def test_leader_may_not_report(client):
    w = make_world()
    task = active(w)
    client.force_login(w.leader)

    answer = report(client, task)

    assert answer.status_code == 422
    assert task.progress.count() == 0


def test_evidence_alone(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    client.post(f"/tasks/{task.pk}/attach", {"attach-files": [upload()], "attach-token": "t"})
    empty = client.post(f"/tasks/{task.pk}/attach", {"attach-token": "u"})

    assert [e.name for e in task.evidence.all()] == ["纪要.txt"]
    assert empty.context["attach"].errors["files"] == ["请选择要上传的文件。"]


def test_comment_reaches_who_is_named(client):
    w = make_world()
    task = active(w)
    client.force_login(w.office)

    client.post(f"/tasks/{task.pk}/comment", {"comment-text": "@安经办 请补材料", "comment-token": "t"})

    assert Comment.objects.get().text == "@安经办 请补材料"
    assert Message.objects.get().recipient == w.staff


# ── Steps ──────────────────────────────────────────────────────────────────────


def step(client, task, name, **data):
    return client.post(f"/tasks/{task.pk}/step/{name}", data)


def test_task_goes_from_pending_to_closed(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING)
    client.force_login(w.staff)
    step(client, task, "accept")
    report(client, task, files=[upload()])
    step(client, task, "submit", outcome=Outcome.COMPLETED)
    client.force_login(w.head)
    step(client, task, "approve")
    client.force_login(w.office)
    step(client, task, "close", outcome=Outcome.SUSTAINED, reason="须长期坚持")

    closed = Task.objects.get(pk=task.pk)
    assert (closed.state, closed.finished_on, closed.closed_on) == (State.SUSTAINED, today(), today())


def test_step_form_says_what_lacks_and_keeps_what_was_typed(client):
    w = make_world()
    task = active(w)
    reporting.report(task, text="办", by=w.staff, at=timezone.now())
    client.force_login(w.staff)

    answer = step(client, task, "submit", outcome=Outcome.SUSTAINED, no_evidence="口头传达")

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"reason", "review_days"}
    assert "口头传达</textarea>" in text_of(answer)
    assert Task.objects.get(pk=task.pk).state == State.ACTIVE


def test_stale_step_says_so_keeps_the_words_and_can_be_sent_again(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.VERIFYING)
    planning.edit_task(task, {"remark": "新"}, base={}, by=w.office, at=timezone.now())
    client.force_login(w.office_two)

    answer = step(client, task, "return", reason="材料不全", version=0, token="t")

    page = text_of(answer)
    assert "刚刚被他人修改" in page
    assert "材料不全</textarea>" in page
    fresh = answer.context["version"]
    assert f'name="version" value="{fresh}"' in page
    step(client, task, "return", reason="材料不全", version=fresh, token="t")
    assert Task.objects.get(pk=task.pk).state == State.ACTIVE


def test_step_somebody_else_took_meanwhile_is_explained(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.COMPLETED)
    client.force_login(w.office)

    answer = step(client, task, "return", reason="我写的理由")

    page = text_of(answer)
    assert answer.status_code == 422
    assert "任务处于“已完成整改”" in page
    assert "我写的理由</textarea>" in page


def test_step_refused_in_the_drawer_stays_in_its_place(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING)
    client.force_login(w.staff)

    answer = client.post(f"/tasks/{task.pk}/step/decline", {"reason": ""}, headers=HX)

    assert (answer.status_code, answer["HX-Retarget"], answer["HX-Reswap"]) == (
        422,
        "#step-form",
        "innerHTML",
    )
    assert "请填写理由。" in text_of(answer)


def test_declined_task_leaves_the_units_sight_with_a_sentence(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING)
    client.force_login(w.staff)

    answer = client.post(f"/tasks/{task.pk}/step/decline", {"reason": "不属本单位职责"}, headers=HX)

    assert "已不在您可查看的范围内" in text_of(answer)
    assert Task.objects.get(pk=task.pk).state == State.DRAFT


def test_declined_task_without_script_leads_to_the_list(client):
    w = make_world()
    task = make_task(w.issue, lead=w.bureau, state=State.PENDING)
    client.force_login(w.staff)

    answer = client.post(f"/tasks/{task.pk}/step/decline", {"reason": "不属本单位职责"}, follow=True)

    assert answer.status_code == 200
    assert "已办理“退签”" in text_of(answer)


def test_units_of_strangers_cannot_be_assigned(client):
    w = make_world()
    task = make_task(w.issue)
    foreign = make_task(w.issue, lead=w.bureau).lead_unit.__class__.objects.create(name="邻县某局")
    client.force_login(w.office)

    answer = step(client, task, "assign", lead_unit=foreign.pk)

    assert answer.status_code == 422
    assert "邻县某局" not in text_of(answer)
    assert Task.objects.get(pk=task.pk).state == State.DRAFT


def test_unknown_step_is_not_found(client):
    w = make_world()
    task = active(w)
    client.force_login(w.office)

    assert client.get(f"/tasks/{task.pk}/step/explode").status_code == 404


# ── The edit ───────────────────────────────────────────────────────────────────


def edit(client, task, *, base=None, **changed):
    shown = shown_values(Task.objects.prefetch_related("task_units").get(pk=task.pk))
    data = {**shown, **changed, "base": json.dumps(base or shown, ensure_ascii=False)}
    return client.post(f"/tasks/{task.pk}/edit", data)


def fresh(task):
    return Task.objects.get(pk=task.pk)


@pytest.mark.parametrize(
    ("words", "day", "keep_up"),
    [
        ("2027年3月底前", dt.date(2027, 3, 31), False),
        ("2027-02-01", dt.date(2027, 2, 1), False),
        ("长期坚持", None, True),
        ("2027年3月底前，并长期坚持", dt.date(2027, 3, 31), True),
    ],
)
def test_deadline_words_become_a_day(client, words, day, keep_up):
    w = make_world()
    task = active(w, deadline=today())
    client.force_login(w.office)

    edit(client, task, deadline=words)

    found = fresh(task)
    assert (found.deadline, found.deadline_text, found.keep_up) == (day, words, keep_up)


def test_deadline_nobody_can_read_is_refused_and_kept(client):
    w = make_world()
    task = active(w, deadline=today())
    client.force_login(w.office)

    answer = edit(client, task, deadline="2024717日")

    assert answer.status_code == 422
    assert answer.context["form"].errors["deadline"]
    assert 'value="2024717日"' in text_of(answer)
    assert fresh(task).deadline == today()


def test_unknown_unit_is_refused_with_the_likeliest_or_kept_when_asked(client):
    w = make_world()
    task = active(w)
    client.force_login(w.office)

    answer = edit(client, task, supporting="青禾镇、教育局基建科")
    assert answer.status_code == 422
    assert "系统中没有“教育局基建科”这个单位。最接近的是：" in text_of(answer)
    assert "云岭县教育局基建办" in text_of(answer)

    edit(client, task, supporting="青禾镇、教育局基建科", keep_unmatched="on")
    kept = task.task_units.filter(role="supporting").order_by("position")
    assert [(p.unit_text, p.unit) for p in kept] == [("青禾镇", w.town), ("教育局基建科", None)]


def test_name_of_a_leader_finds_the_account(client):
    w = make_world()
    task = active(w)
    client.force_login(w.office)

    edit(client, task, leader_text="樊领导")

    assert fresh(task).leader == w.leader


def test_unit_changes_its_contact_and_nothing_else(client):
    w = make_world()
    task = active(w)
    client.force_login(w.staff)

    refused = edit(client, task, contact_text="新经办", text="偷改的措施", lead="青禾镇")
    assert (refused.status_code, fresh(task).contact_text) == (422, "")
    edit(client, task, contact_text="新经办")

    found = fresh(task)
    assert (found.contact_text, found.text, found.lead_unit) == ("新经办", "修订学习制度", w.bureau)


def test_who_may_not_edit_is_told(client):
    w = make_world()
    task = active(w)
    client.force_login(w.leader)

    answer = client.get(f"/tasks/{task.pk}/edit", follow=True)

    assert "备注只能由整改办和牵头单位修改。" in text_of(answer)


def test_same_field_changed_by_two_shows_three_columns_and_then_saves(client):
    w = make_world()
    task = active(w, leader_text="樊领导")
    base = shown_values(fresh(task))
    planning.edit_task(task, {"leader_text": "他人写的"}, base={}, by=w.office_two, at=timezone.now())
    client.force_login(w.office)

    answer = edit(client, task, base=base, leader_text="我写的", remark="顺手写的备注")

    assert answer.status_code == 409
    assert [(r.label, r.base, r.theirs, r.yours) for r in answer.context["rows"]] == [
        ("责任领导", "樊领导", "他人写的", "我写的")
    ]
    assert fresh(task).remark == ""

    chosen = dict(answer.context["hidden"]) | {"base": answer.context["base"], "leader_text": "我写的"}
    client.post(f"/tasks/{task.pk}/edit", chosen)
    assert (fresh(task).leader_text, fresh(task).remark) == ("我写的", "顺手写的备注")


def test_theirs_may_be_chosen_and_the_rest_is_saved(client):
    w = make_world()
    task = active(w, deadline=today())
    base = shown_values(fresh(task))
    later = today() + 30 * DAY
    planning.edit_task(task, {"deadline": later}, base={}, by=w.office_two, at=timezone.now())
    client.force_login(w.office)
    answer = edit(client, task, base=base, deadline="2027-01-01", remark="备注")
    assert [(r.base, r.theirs, r.yours) for r in answer.context["rows"]] == [
        (today().isoformat(), later.isoformat(), "2027-01-01")
    ]

    chosen = dict(answer.context["hidden"]) | {"base": answer.context["base"], "deadline": later.isoformat()}
    client.post(f"/tasks/{task.pk}/edit", chosen)

    assert (fresh(task).deadline, fresh(task).remark) == (later, "备注")


def test_different_fields_merge(client):
    w = make_world()
    task = active(w)
    base = shown_values(fresh(task))
    planning.edit_task(task, {"remark": "他人的备注"}, base={}, by=w.office_two, at=timezone.now())
    client.force_login(w.office)

    answer = edit(client, task, base=base, remark="", leader_text="樊领导")

    assert answer.status_code == 302
    assert (fresh(task).remark, fresh(task).leader_text) == ("他人的备注", "樊领导")
