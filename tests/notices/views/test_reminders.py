import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import Event
from notices.domain import outlets, reminder_settings, vault
from notices.domain.reminder_settings import Settings
from notices.models import CalendarDay, Message, Outlet, Preference, Reminder, ReminderSetting, Sweep, Wording
from notices.terms import DeliveryState
from tests.factories import AT, make_task, make_world
from tests.receiver import receiving

pytestmark = pytest.mark.django_db
RULES = {
    "is_on": "on", "version": "0", "r0-days": "5", "r0-tell": ["worker", "head"], "r0-mail": "on", "r0-letter": "提醒函",
    "r2-days": "0", "r2-tell": ["office"], "overdue-days": "3", "overdue-tell": ["leader"], "overdue-group": "on",
    "waiting-days": "2", "idle-days": "14", "idle-tell": ["worker"], "review-tell": ["office"],
    "reply-days": "2", "reply-tell": ["worker"], "look_back-days": "3", "evidence-days": "30", "week-tell": ["worker"],
}  # fmt: skip


@pytest.fixture
def w():
    return make_world()


@pytest.fixture
def office(client, w):
    client.force_login(w.office)
    return client


@pytest.fixture
def admin(client, w):
    client.force_login(w.admin)
    return client


def text_of(response):
    return response.content.decode()


# ── Rules ────────────────────────────────────────────────────────────────────
def test_rules_begin_with_the_preset_and_foresee_the_week(office, w):
    make_task(w.issue, lead=w.bureau, deadline=timezone.localdate())

    page = text_of(office.get(reverse("notices:reminder_rules", args=[w.notice.pk])))

    assert 'name="r0-days" value="20"' in page and 'name="r3-days" value="0"' in page
    assert "W01-001-01</b>　到期当天　安经办、卜局长、樊领导、葛主任、霍干事" in page


def test_rules_are_previewed_without_being_saved_then_saved(office, w):
    url = reverse("notices:reminder_rules", args=[w.notice.pk])
    make_task(w.issue, lead=w.bureau, deadline=timezone.localdate())

    shown = text_of(office.post(url, {**RULES, "preview": "1"}))
    assert "（尚未保存），今天起一周会发送" in shown
    assert "W01-001-01</b>　到期当天　葛主任、霍干事" in shown
    assert not ReminderSetting.objects.exists()

    assert office.post(url, RULES).status_code == 302
    row = ReminderSetting.objects.get()
    assert (row.rungs, row.version) == ([[5, ["worker", "head"]], [0, ["office"]]], 1)
    assert row.rules["left_5"] == {"mail": True, "group": False, "must": False, "letter": "提醒函"}
    assert (row.rules["overdue"]["every"], row.rules["idle"]["after"]) == (3, 14)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": "7"}, "提醒规则刚被他人修改"),
        ({"r0-days": "91"}, "“第 1 级：剩余天数”应为 0 到 90 之间的整数。"),
        ({"r2-days": "5"}, "提醒阶梯中同一天数出现了两次，请合并。"),
        ({"r0-tell": []}, "剩余 5 天的提醒对象不对"),
        ({"overdue-tell": []}, "“已超期”至少要选一个提醒对象。"),
        ({"overdue-days": "0"}, "“已超期”的天数“0”应为 1 到 90 之间的整数。"),
    ],
)
def test_bad_rules_come_back_with_a_sentence_and_what_was_typed(office, w, change, sentence):
    answer = office.post(reverse("notices:reminder_rules", args=[w.notice.pk]), {**RULES, **change})

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert 'value="14"' in text_of(answer)
    assert not ReminderSetting.objects.exists()


def test_rules_go_back_to_the_preset(office, w):
    reminder_settings.configure(w.notice, Settings(is_on=False), by=w.office, at=AT)

    office.post(reverse("notices:reminder_reset", args=[w.notice.pk]))

    assert not ReminderSetting.objects.exists()
    assert Event.objects.filter(action="notice.reminders.reset").count() == 1


# ── Outlets ──────────────────────────────────────────────────────────────────
def test_outlet_is_made_tested_and_never_shows_its_secrets(office, w, settings):
    with receiving() as receiver:
        settings.CHANNEL_ADDRESSES = [receiver.url]
        data = {
            "kind": "dingtalk",
            "name": "工作群",
            "address": receiver.url,
            "token": "topsecret1",
            "secret": "topsecret2",
        }
        url = reverse("notices:notice_outlet_new", args=[w.notice.pk])
        office.post(url, {**data, "is_on": "on", "once": "t1"})
        office.post(url, {**data, "is_on": "on", "once": "t1"})
        row = Outlet.objects.get()

        good = office.post(reverse("notices:outlet_test", args=[row.pk]), follow=True)
        receiver.answer = '{"errcode": 310000, "errmsg": "sign not match"}'
        bad = office.post(reverse("notices:outlet_test", args=[row.pk]), follow=True)

    pages = [good, bad, office.get(reverse("notices:outlet_edit", args=[row.pk]))]
    assert "已收下测试消息" in text_of(good)
    assert "没有收下测试消息：对方返回错误码 310000：sign not match" in text_of(bad)
    assert all("topsecret" not in text_of(page) for page in pages)
    assert all("topsecret" not in str(data) for data in Event.objects.values_list("data", flat=True))
    assert len(receiver.posts) == 2


def test_outlet_keeps_its_secrets_when_they_are_left_empty_and_refuses_other_servers(office, w):
    wanted = outlets.Wanted("feishu", "群", "https://open.feishu.cn", "t1", "s1")
    row = outlets.add(w.notice, wanted, by=w.office, at=AT)
    url = reverse("notices:outlet_edit", args=[row.pk])

    office.post(url, {"name": "新名", "address": "https://open.feishu.cn", "version": "0"})
    row.refresh_from_db()
    kept = [vault.unseal(text) for text in (row.token, row.secret)]
    assert (row.name, kept, row.is_on, row.version) == ("新名", ["t1", "s1"], False, 1)

    stale = office.post(url, {"name": "旧", "address": "https://open.feishu.cn", "version": "0"})
    other = office.post(url, {"name": "旧", "address": "http://169.254.169.254", "version": "1"})
    assert (stale.status_code, other.status_code) == (422, 422)
    assert "刚被他人修改" in text_of(stale)
    assert "不在允许的推送地址中" in text_of(other)


def test_outlets_of_all_notices_are_the_administrators(admin, w):
    data = {
        "kind": "wecom",
        "name": "全县群",
        "address": "https://qyapi.weixin.qq.com",
        "token": "t",
        "is_on": "on",
    }

    assert admin.post(reverse("notices:outlet_new"), data).status_code == 302
    assert "全县群" in text_of(admin.get(reverse("notices:outlet_list")))
    admin.force_login(w.office)
    assert "全县群" not in text_of(admin.get(reverse("notices:outlet_list")))


# ── Texts ────────────────────────────────────────────────────────────────────
def test_text_is_previewed_saved_and_reset(office, w):
    url = reverse("notices:notice_wording", args=[w.notice.pk, "mail"])
    sent = {"subject": "请办理 {总数} 项", "body": "{姓名}：\n{清单}", "version": "0"}

    shown = text_of(office.post(url, {**sent, "preview": "1"}))
    assert "请办理 2 项" in shown and "安某某：" in shown
    assert not Wording.objects.exists()

    office.post(url, sent)
    assert Wording.objects.get().subject == "请办理 {总数} 项"
    wrong = office.post(url, {**sent, "body": "{密码}{清单}", "version": "1"})
    assert (wrong.status_code, "“{密码}”不是可用的占位符" in text_of(wrong)) == (422, True)

    office.post(url, {"reset": "1"})
    assert not Wording.objects.exists()


# ── How it runs ──────────────────────────────────────────────────────────────
def test_health_says_what_is_wrong_and_failures_are_tried_again(office, w):
    task = make_task(w.issue, lead=w.bureau, deadline=timezone.localdate(), contact_text="陶某")
    fields = {"task": task, "occurrence_on": AT, "deadline": AT, "not_before": AT, "created_at": AT}
    Reminder.objects.create(
        rule="left_0",
        recipient=w.staff,
        channel="email",
        state=DeliveryState.FAILED,
        tries=7,
        note="拒收",
        **fields,
    )

    page = text_of(office.get(reverse("notices:reminder_health")))
    assert "还没有巡检过" in page and "没有收到工作进程的心跳" in page
    assert "拒收" in page and "陶某" in page

    office.post(reverse("notices:reminder_retry"), {"key": f"email-{w.staff.pk}"})
    row = Reminder.objects.get()
    assert (row.state, row.tries, row.note) == ("due", 0, "")
    again = office.post(reverse("notices:reminder_retry"), {"key": "email-99999999999999999999"}, follow=True)
    assert "没有找到要重试的提醒" in text_of(again)


def test_health_of_a_running_house_and_the_dry_mode(admin, w, settings):
    now = timezone.now()
    Sweep.objects.create(today=timezone.localdate(), started_at=now, finished_at=now, due=3, sent=2)

    assert "应提醒 3 条，发送 2 条" in text_of(admin.get(reverse("notices:reminder_health")))
    settings.REMINDERS_DRY = True
    assert "现在是试运行" in text_of(admin.get(reverse("notices:reminder_health")))


def test_health_asks_the_same_few_questions(office, w, django_assert_max_num_queries):
    for n in range(6):
        make_task(w.issue, lead=w.bureau, deadline=timezone.localdate(), contact_text=f"某{n}")

    with django_assert_max_num_queries(30):
        office.get(reverse("notices:reminder_health"))


def test_test_mail_goes_to_oneself(office, w):
    office.post(reverse("notices:reminder_test"))

    assert [letter.to for letter in mail.outbox] == [["office@example.cn"]]
    assert Event.objects.filter(action="reminder.test_mail", ok=True).count() == 1


# ── Calendar, inbox ──────────────────────────────────────────────────────────
def test_calendar_days_are_set_and_cleared(admin):
    admin.post(reverse("notices:workdays"), {"day": "2027-02-06", "is_working": "1", "name": "调休"})
    assert list(CalendarDay.objects.values_list("is_working", "name")) == [(True, "调休")]
    assert "2027-02-06 星期六" in text_of(admin.get(reverse("notices:workdays")))

    bad = admin.post(reverse("notices:workdays"), {"day": "明天", "is_working": "1"})
    assert (bad.status_code, "日期应形如 2026-12-31。" in text_of(bad)) == (422, True)
    admin.post(reverse("notices:workday_clear"), {"day": "2027-02-06"})
    assert not CalendarDay.objects.exists()


def test_message_is_put_off_and_comes_back_unread_on_top(office, w):
    now = timezone.now()
    first = Message.objects.create(recipient=w.office, kind="nudge", title="甲", at=now)
    Message.objects.create(recipient=w.office, kind="nudge", title="乙", at=now)

    office.post(reverse("notices:message_snooze", args=[first.pk]), {"how": "workday"})
    assert "甲" not in [m.title for m in office.get(reverse("notices:inbox")).context["page"].rows]
    assert [m.title for m in office.get(reverse("notices:inbox") + "?later=1").context["page"].rows] == ["甲"]
    assert office.get(reverse("notices:inbox")).context["shell"]["unread"] == 1

    office.post(reverse("notices:message_snooze", args=[first.pk]), {"how": "never"})
    Message.objects.filter(pk=first.pk).update(snoozed_until=timezone.now())
    page = office.get(reverse("notices:inbox"))
    assert [m.title for m in page.context["page"].rows] == ["甲", "乙"]
    assert page.context["shell"]["unread"] == 2


def test_mail_can_be_switched_off_where_the_rule_allows(office, w):
    url = reverse("notices:inbox_settings")
    assert "checked" in text_of(office.get(url))

    office.post(url, {})

    assert Preference.objects.get().mails is False
    assert "checked" not in text_of(office.get(url))


def test_changed_key_is_said_on_the_page_and_the_token_can_be_entered_again(office, w):
    row = outlets.add(
        w.notice, outlets.Wanted("feishu", "飞书群", "https://open.feishu.cn", "t1"), by=None, at=AT
    )
    kept = row.token[:-8] + "AAAAAAA="
    Outlet.objects.filter(pk=row.pk).update(token=kept)

    page = text_of(office.get(reverse("notices:outlet_list")))
    assert "无法读取，请打开后重新填写：飞书群。" in page
    form = {
        "name": "飞书群",
        "address": "https://open.feishu.cn",
        "token": "t2",
        "is_on": "on",
        "version": "0",
    }
    office.post(reverse("notices:outlet_edit", args=[row.pk]), form)
    assert "无法读取" not in text_of(office.get(reverse("notices:outlet_list")))
