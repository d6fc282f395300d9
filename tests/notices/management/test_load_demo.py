"""load_demo: a county in the middle of its rectification, right in every row."""

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.timezone import localdate

from accounts import audit
from accounts.access import roles
from accounts.files.check import check
from accounts.models import ApiToken, Event, Unit, User
from accounts.roles import Role
from notices.domain import baseline, evidence, rollup, statistics, subplans, workflow
from notices.management.demo.plot import read_notice, read_plot
from notices.models import (
    Comment,
    Evidence,
    Issue,
    Message,
    Notice,
    Nudge,
    PlanBaseline,
    PlanChange,
    Progress,
    Subscription,
    Task,
    TaskUnit,
    Transition,
)
from notices.terms import State
from notices.text.parse import parse_notice
from tests.factories import make_unit, make_user

pytestmark = pytest.mark.django_db

TABLES = (
    User,
    Unit,
    Notice,
    Issue,
    Task,
    TaskUnit,
    Progress,
    Evidence,
    Transition,
    Comment,
    Nudge,
    Message,
    Event,
)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.VAR = tmp_path / "var"
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings


def load(capsys) -> dict:
    call_command("load_demo", "--json")
    return json.loads(capsys.readouterr().out)


def test_the_notice_reads_without_a_warning():
    days = {"start": "2026年5月4日", "end": "6月15日", "feedback": "7月7日", "signed": "2026年8月3日"}
    parsed = parse_notice(read_notice().format(**days))

    assert (len(parsed.aspects), len(parsed.issues)) == (5, 20)
    assert sum(len(i.measures) for i in parsed.issues) == 60
    assert parsed.warnings == ()
    assert (parsed.inspected_party, parsed.inspecting_body) == ("云岭县", "市委第三巡察组")
    assert str(parsed.feedback_on) == "2026-07-07"


def test_the_plot_fits_the_notice():
    days = {"start": "2026年5月4日", "end": "6月15日", "feedback": "7月7日", "signed": "2026年8月3日"}
    parsed = parse_notice(read_notice().format(**days))
    chapters, _ = read_plot()

    assert [len(c.lines) for c in chapters] == [len(i.measures) for i in parsed.issues]
    said = [line.said for c in chapters for line in c.lines if line.said]
    assert len(said) == len(set(said))


def test_the_demo_is_right_in_every_row_and_loaded_once(capsys, places):
    found = load(capsys)

    look_at_people(found)
    look_at_tasks(found)
    look_at_plan()
    look_at_order()
    look_at_words()
    look_at_figures(found)
    look_at_evidence()
    look_at_accounts(found, places)
    look_at_systems(found)

    before = [table.objects.count() for table in TABLES]
    accounts = Path(found["accounts"]).read_text()
    again = load(capsys)
    assert again["loaded"] is False
    assert [table.objects.count() for table in TABLES] == before
    assert Path(found["accounts"]).read_text() == accounts


def look_at_people(found):
    assert found["loaded"] is True
    assert (found["units"], found["people"], found["issues"]) == (8, 23, 20)
    held = Counter(role for user in User.objects.all() for role in roles(user))
    assert set(held) == set(Role)
    assert (held["office"], held["leader"]) == (2, 3)
    assert held["staff"] >= 8
    assert not User.objects.filter(must_change_password=True).exists()
    assert all(u.email == f"{u.username}@example.cn" for u in User.objects.all())
    assert all(u.short_name for u in Unit.objects.all())


def look_at_tasks(found):
    today = localdate()
    assert sum(found["tasks"].values()) == Task.objects.count() == 63
    assert set(Task.objects.values_list("state", flat=True)) == set(State.values)
    lights = {t.light for t in Task.objects.with_light(today=today)}
    assert lights == {"red", "yellow", "green", "long", "done", "none"}
    days = Task.objects.open().exclude(deadline=None).values_list("deadline", flat=True)
    assert {(d - today).days for d in days} >= {-45, -12, -3, 0, 3, 8, 30}
    late = [t for t in Task.objects.closed() if t.deadline and t.finished_on > t.deadline]
    assert 0 < len(late) < 5
    steps = set(Transition.objects.values_list("step", flat=True))
    assert steps == set(workflow.STEPS) - {"withdraw"}


def look_at_plan():
    """Approved by another of the office than submitted it; changed for reasons; one task with three parts."""
    base = PlanBaseline.objects.select_related("review").get()
    assert (base.issues, base.tasks, baseline.intact(base), base.review.alone) == (20, 60, True, False)
    source = PlanChange.Source
    edited = PlanChange.objects.exclude(source__in=(source.STEP, source.EXTENSION))
    assert [d.label for d in baseline.deviations(edited)] == ["整改措施"]
    extended = baseline.deviations(PlanChange.objects.filter(source=source.EXTENSION))
    assert [d.label for d in extended] == ["完成时限", "完成时限"]
    (parent,) = Task.objects.filter(parts__isnull=False).distinct()
    parts = subplans.parts_of(parent, today=localdate())
    assert (parts.total, parts.closed, parts.overdue) == (3, 1, 0)
    assert all(part.latest_text for part in parts.rows)


def look_at_order():
    """Nothing in the future, nothing out of order."""
    now = dt.datetime.now(dt.UTC)
    for table in (Transition, Progress, Evidence, Comment, Nudge, Message, Event):
        assert not table.objects.filter(at__gt=now).exists(), table
    for task in Task.objects.prefetch_related("transitions"):
        steps = sorted(task.transitions.all(), key=lambda t: t.pk)
        assert [t.at for t in steps] == sorted(t.at for t in steps)
        assert all(a.target == b.source for a, b in zip(steps, steps[1:], strict=False))
        assert task.state == (steps[-1].target if steps else State.DRAFT)
    instants = list(
        Event.objects.filter(action__startswith="task.").order_by("pk").values_list("at", flat=True)
    )
    assert instants == sorted(instants)


def look_at_words():
    assert Nudge.objects.filter(answered_at=None).exists()
    assert Nudge.objects.exclude(answered_at=None).exists()
    assert Comment.objects.count() == 5
    assert Message.objects.unread().exists()
    assert Message.objects.exclude(read_at=None).exists()


def look_at_figures(found):
    assert rollup.wrong_rows() == []
    whole = statistics.figures([found["notice"]], unit=None, today=localdate())
    assert (whole.total, whole.cancelled) == (58, 2)
    assert Event.objects.filter(action="task.report").count() == Progress.objects.count()
    audit.seal()
    assert audit.first_broken() is None


def look_at_evidence():
    """It lies in the store and passes the whole examination of an upload."""
    assert set(Evidence.objects.values_list("kind", flat=True)) == {"pdf", "docx", "xlsx", "png"}
    for kind in ("pdf", "docx", "xlsx", "png"):
        row = Evidence.objects.filter(kind=kind).first()
        with evidence.opened(row) as source:
            assert check(source.name, name=row.name, purpose="evidence").verdict.accepted


def look_at_accounts(found, places):
    accounts = Path(found["accounts"])
    assert accounts == places.VAR / "demo-accounts.txt"
    assert accounts.stat().st_mode & 0o077 == 0
    lines = accounts.read_text("utf-8").splitlines()
    assert len(lines) == 26
    for line in lines[1:24]:
        *_, username, password = line.split()
        assert User.objects.get(username=username).check_password(password)


def look_at_systems(found):
    """The key that is told opens the task list of its notice; one token was ended; nothing is sent anywhere."""
    key = Path(found["accounts"]).read_text("utf-8").rpartition("：")[2].strip()
    answer = Client(headers={"Authorization": f"Bearer {key}"}).get("/api/tasks/").json()
    assert {row["notice"] for row in answer["results"]} == {found["notice"]}
    assert [ApiToken.objects.filter(ended_at=None).count(), ApiToken.objects.count()] == [2, 3]
    assert list(Subscription.objects.values_list("name", "is_on")) == [("教育局办公系统", False)]


@pytest.mark.parametrize("make", [lambda: make_user("real"), lambda: make_unit("临江县")])
def test_real_people_or_units_are_never_mixed_with_a_demo(capsys, places, make):
    make()

    with pytest.raises(CommandError, match="^系统中已有单位、人员或批次，不能载入演示数据"):
        load(capsys)

    assert not Notice.objects.exists()
    assert not places.VAR.exists()


def test_a_demo_that_fails_leaves_nothing(capsys, places):
    places.VAR.parent.mkdir(exist_ok=True)
    places.VAR.write_text("a file where the folder should be")

    with pytest.raises(OSError):
        load(capsys)

    assert [table.objects.count() for table in TABLES] == [0] * len(TABLES)
    assert list((Path(places.MEDIA_ROOT) / "evidence").iterdir()) == []
