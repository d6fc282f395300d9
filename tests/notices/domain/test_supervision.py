"""Visits: planned, carried out, called off, put right; who may and who sees; what is counted."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import findings, supervision
from notices.domain.findings import Found
from notices.domain.reporting import StoredFile
from notices.domain.statistics_visits import notice_visits, visits_by_unit
from notices.domain.supervision import Held, Visit
from notices.domain.visit_papers import record_bytes
from notices.errors import Missing, Refused, Stale
from notices.models import Finding, Notice, Supervision
from notices.terms import Stage
from notices.text.word import read_word
from tests.factories import AT, TODAY, make_unit, make_world

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PEOPLE = ("staff", "head", "section_staff", "town_staff", "leader", "office", "supervisor", "admin")


@pytest.fixture
def w():
    return make_world()


def visit(w, **more):
    plain = {
        "title": "第一轮督导",
        "planned_on": TODAY,
        "methods": ["site", "talk"],
        "units": [w.bureau, w.town],
    }
    return Visit(**{**plain, "members": [w.supervisor], **more})


def planned(w, *, by=None, **more):
    return supervision.plan(w.notice, visit(w, **more), by=by or w.supervisor, at=AT)


def carried_out(
    w, *, held_on=TODAY, methods=("talk", "site"), summary="总体较好", meetings=2, files=(), **more
):
    row = planned(w, **more)
    held = Held(held_on, methods, summary, meetings)
    return supervision.carry_out(row, held, files=files, by=w.supervisor, at=AT, today=TODAY)


def test_a_visit_keeps_team_units_and_methods_in_the_order_of_the_vocabulary(w):
    row = planned(w, others="甲某，乙某、甲某", purpose="整改落实情况")

    assert (row.team, row.methods, row.state) == ("纪组长、甲某、乙某", "talk,site", "planned")
    assert row.method_labels == ["座谈", "实地察看"]
    assert set(row.units.all()) == {w.bureau, w.town}
    assert Event.objects.get().action == "supervision.plan"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"), ({"methods": []}, "methods"), ({"methods": ["x"]}, "methods"),
        ({"members": [], "others": " 、"}, "members"), ({"units": []}, "units"),
    ],
)  # fmt: skip
def test_what_a_plan_lacks_is_said_at_its_field(w, changes, field):
    with pytest.raises(Missing) as refused:
        planned(w, **changes)

    assert list(refused.value.fields) == [field]
    assert Supervision.objects.count() == 0


def test_units_of_another_party_and_people_of_no_team_are_refused(w):
    with pytest.raises(Missing, match="请从本批次的单位中勾选"):
        planned(w, units=[make_unit("临江县")])
    with pytest.raises(Missing, match="所选成员不是督导组或整改办人员"):
        planned(w, members=[w.staff])


def test_the_team_and_the_office_plan_nobody_else_and_not_in_the_archive(w):
    may = {name: supervision.recorder(getattr(w, name), w.notice) is None for name in PEOPLE}

    assert [name for name, yes in may.items() if yes] == ["office", "supervisor"]
    Notice.objects.filter(pk=w.notice.pk).update(stage=Stage.ARCHIVED)
    w.notice.refresh_from_db()
    with pytest.raises(Refused, match="已归档"):
        planned(w)


def test_carrying_out_needs_a_day_that_came_a_method_and_words(w):
    row = planned(w)
    with pytest.raises(Missing) as refused:
        supervision.carry_out(row, Held(TODAY + DAY, [], " "), by=w.supervisor, at=AT, today=TODAY)

    assert sorted(refused.value.fields) == ["held_on", "methods", "summary"]


def test_a_visit_is_carried_out_once_with_its_files(w):
    row = carried_out(w, files=[StoredFile("现场.jpg", "a.jpg", "jpg", 9, "0" * 64)])

    assert (row.state, row.held_on, row.meetings, row.files.get().name) == ("done", TODAY, 2, "现场.jpg")
    assert Event.objects.filter(action="supervision.carry_out").get().data["files"] == ["0" * 64]
    with pytest.raises(Refused, match="已开展，不能取消"):
        supervision.call_off(row, why="下雨", by=w.supervisor, at=AT)


def test_a_visit_called_off_stays_with_its_reason_and_is_not_counted(w):
    row = supervision.call_off(planned(w), why="汛期", by=w.office, at=AT)

    assert (row.state, row.called_off_why) == ("called_off", "汛期")
    assert notice_visits(w.notice.pk, today=TODAY).visits == 0
    with pytest.raises(Refused, match="已经取消，不能再修改"):
        supervision.revise(row, visit(w), by=w.office, at=AT)


def test_of_two_who_change_a_visit_the_second_is_told(w):
    row = planned(w)
    other = Supervision.objects.select_related("notice").get(pk=row.pk)
    supervision.revise(row, visit(w, title="改过的名称"), by=w.office, at=AT)

    with pytest.raises(Stale, match="刚刚被他人修改"):
        supervision.revise(other, visit(w, title="另一个名称"), by=w.supervisor, at=AT)
    assert Supervision.objects.get().title == "改过的名称"


def test_a_unit_with_a_finding_stays_among_the_visited(w):
    row = carried_out(w)
    findings.record(row, Found(w.town, "台账不全"), by=w.supervisor, at=AT)

    with pytest.raises(Missing, match="青禾镇已登记督导发现"):
        supervision.revise(row, visit(w, units=[w.bureau]), by=w.supervisor, at=AT, summary="改", meetings=1)
    supervision.revise(row, visit(w), by=w.supervisor, at=AT, summary="改过", meetings=1)
    assert (row.summary, row.meetings) == ("改过", 1)


def test_units_see_a_visit_once_it_took_place_and_leaders_all_of_it(w):
    before = planned(w, title="第二轮", units=[w.bureau])
    row = carried_out(w, units=[w.bureau])
    seen = {name: set(Supervision.objects.visible_to(getattr(w, name))) for name in PEOPLE}

    both, done, none = {before, row}, {row}, set()
    assert list(seen.values()) == [done, done, none, none, done, both, both, none]
    assert [name for name in PEOPLE if supervision.reads_all(getattr(w, name), row)] == [
        "leader",
        "office",
        "supervisor",
    ]


def test_visits_are_counted_by_period_unit_and_method(w):
    """Three visits to 2 + 1 + 1 units with 2 + 0 + 1 meetings; one before the period."""
    row = carried_out(w)
    carried_out(w, title="第二轮", units=[w.town], methods=["papers"], meetings=0)
    carried_out(w, title="早先", units=[w.town], methods=["talk"], meetings=1, held_on=TODAY - 40 * DAY)
    planned(w, title="下一轮")
    findings.record(row, Found(w.town, "台账不全", "grave"), by=w.supervisor, at=AT)

    whole = notice_visits(w.notice.pk, today=TODAY)
    month = notice_visits(w.notice.pk, since=TODAY - 30 * DAY, until=TODAY, today=TODAY)

    assert (whole.visits, whole.unit_visits, whole.units, whole.meetings) == (3, 4, 2, 3)
    assert (month.visits, month.unit_visits, month.meetings) == (2, 3, 2)
    assert whole.methods == {"talk": 2, "papers": 1, "site": 1}
    assert (whole.findings, whole.severities, whole.open) == (1, {"minor": 0, "major": 0, "grave": 1}, 0)
    lines = visits_by_unit(Supervision.objects.all(), Finding.objects.all())
    assert [(line.name, line.visits, line.findings) for line in lines] == [
        ("青禾镇", 3, 1),
        ("云岭县教育局", 1, 0),
    ]


def test_the_record_in_word_holds_what_its_reader_may_see(w):
    row = carried_out(w, summary="总体较好，个别单位台账不全。")
    findings.record(row, Found(w.town, "台账不全", "major"), by=w.supervisor, at=AT)

    team, unit = (
        "\n".join(read_word(record_bytes(row, reader=who, today=TODAY))) for who in (w.supervisor, w.staff)
    )

    assert [words in team for words in ("总体较好，个别单位台账不全。", "座谈、实地察看", "较重")] == [
        True
    ] * 3
    assert "台账不全" not in unit
    assert "本次督导检查没有登记问题。" in unit
