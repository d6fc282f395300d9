import datetime as dt
import json
import sys

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from notices.models import Message, Reminder, Sweep
from tests import processes
from tests.factories import TODAY, make_task, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def run_due(capsys, *options):
    call_command("run_due", "--today", TODAY.isoformat(), *options)
    return capsys.readouterr().out


def test_json_is_one_object_and_the_second_run_sends_nothing(capsys):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)

    first, second = json.loads(run_due(capsys, "--json")), json.loads(run_due(capsys, "--json"))

    assert first == {"today": "2026-11-20", "due": 9, "sent": 9, "skipped": 0, "failed": 0}
    assert second == {"today": "2026-11-20", "due": 0, "sent": 0, "skipped": 0, "failed": 0}
    assert (Message.objects.count(), len(mail.outbox)) == (5, 4)


def test_summary_lists_who_got_what(capsys):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 10, contact_text="陶某")
    make_task(w.issue, lead=w.town, deadline=TODAY + DAY * 20)

    assert run_due(capsys).splitlines() == [
        "2026-11-20 提醒：应提醒 5 条，已发送 5 条，跳过 0 条，失败 0 条。",
        "  安经办：站内消息 1 条、邮件 1 封（含 1 项）",
        "  卜局长：站内消息 1 条、邮件 1 封（含 1 项）",
        "  邓镇办：站内消息 1 条",
        "以下人员在台账中有名字但没有账号，提醒未能送达，请整改办核对：",
        "  W01-001-01 责任人“陶某”",
    ]


def test_day_off_holds_the_mail_and_says_until_when(capsys):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=dt.date(2026, 10, 21))

    call_command("run_due", "--today", "2026-10-01")
    assert capsys.readouterr().out.splitlines() == [
        "2026-10-01 提醒：应提醒 2 条，已发送 1 条，跳过 0 条，失败 0 条。",
        "  安经办：站内消息 1 条、邮件 1 封（含 1 项）待 2026-10-08 08:00 发送",
    ]

    call_command("run_due", "--today", "2026-10-08")
    assert "  安经办：邮件 1 封（含 1 项）" in capsys.readouterr().out.splitlines()
    assert [letter.to for letter in mail.outbox] == [["staff@example.cn"]]


def test_dry_lists_and_writes_nothing(capsys):
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 20)

    assert run_due(capsys, "--dry").splitlines() == [
        "2026-11-20 试算：应提醒 2 条，未写入、未发送。",
        "  安经办：站内消息 1 条、邮件 1 封（含 1 项）",
    ]
    assert [model.objects.count() for model in (Reminder, Message, Sweep)] == [0, 0, 0]


def test_long_list_of_people_is_cut_and_counted(capsys):
    w = make_world()
    for n in range(60):
        make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * 20, contact_text=f"某{n}")

    lines = run_due(capsys).splitlines()

    assert (len(lines), lines[-1]) == (2 + 1 + 50 + 1, "  …另有 10 项")


def test_without_a_day_it_is_now(capsys):
    make_world()

    call_command("run_due", "--json")

    day = json.loads(capsys.readouterr().out)["today"]
    assert day == dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date().isoformat()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("明天", "--today 的日期“明天”写法不对，应形如 2026-12-31。"),
        ("2026-02-30", "--today 的日期“2026-02-30”写法不对，应形如 2026-12-31。"),
        ("0026-11-20", "--today 的日期“0026-11-20”不在 2000 年至 2100 年之间，请核对。"),
        ("9999-12-31", "--today 的日期“9999-12-31”不在 2000 年至 2100 年之间，请核对。"),
    ],
)
def test_bad_day_is_refused_with_a_sentence(day, sentence):
    with pytest.raises(CommandError) as refused:
        call_command("run_due", "--today", day)

    assert (str(refused.value), Sweep.objects.count()) == (sentence, 0)


@pytest.mark.django_db(transaction=True)
def test_as_a_process_mail_is_on_the_console_and_json_stays_alone():
    w = make_world()
    make_task(w.issue, lead=w.bureau, deadline=TODAY - DAY)
    User.objects.exclude(pk=w.staff.pk).update(email="")
    env = processes.environment(DATABASE_URL=processes.database_url())

    first = processes.run("manage.py", "run_due", "--today", TODAY.isoformat(), "--json", env=env)
    wrong = processes.run("manage.py", "run_due", "--today", "2026-13-01", env=env)
    usage = processes.run("manage.py", "run_due", "--tomorrow", env=env)

    assert json.loads(first.stdout)["sent"] == 6
    assert "To: staff@example.cn" in first.stderr
    assert "安经办同志：" in first.stderr
    assert (first.returncode, wrong.returncode, usage.returncode) == (0, 1, 2)
    assert wrong.stderr == "--today 的日期“2026-13-01”写法不对，应形如 2026-12-31。\n"


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_send_nothing_twice(tmp_path):
    w = make_world()
    for n in range(40):
        make_task(w.issue, lead=w.bureau, deadline=TODAY + DAY * (n % 25 - 4))
    env = processes.environment(
        DATABASE_URL=processes.database_url(), EMAIL_URL=f"filemail:///{tmp_path / 'mail'}"
    )
    command = [sys.executable, "manage.py", "run_due", "--today", TODAY.isoformat(), "--json"]
    both = [processes.Running(command, env=env, log=tmp_path / f"{n}.log") for n in range(2)]
    codes = [one.process.wait(60) for one in both]

    assert codes == [0, 0]
    sent = [json.loads(one.output())["sent"] for one in both]
    rows = Reminder.objects.all()
    inbox = rows.filter(channel="inbox")
    assert sum(sent) == rows.filter(state="sent").count() == rows.count()
    assert Message.objects.count() == inbox.count()
    assert len({(m.recipient_id, m.task_id) for m in Message.objects.all()}) == Message.objects.count()
    letters = "".join(path.read_text("utf-8") for path in (tmp_path / "mail").iterdir())
    assert sorted(line for line in letters.splitlines() if line.startswith("To: ")) == [
        "To: head@example.cn",
        "To: leader@example.cn",
        "To: office@example.cn",
        "To: staff@example.cn",
    ]
    assert connection.vendor in ("sqlite", "postgresql")
