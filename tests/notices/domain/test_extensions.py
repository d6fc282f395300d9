"""More time: who may ask, decide and take back from which state, written out by hand, and what each does."""

import datetime as dt

import pytest

from accounts.models import Event, Membership
from accounts.roles import Role
from notices.domain import extensions, reminders, rollup, workflow, worklist
from notices.domain.delivery import Moment
from notices.domain.extensions import Decision
from notices.errors import Missing, Refused, Stale, StepRefused
from notices.models import Extension, Message, Notice, Reminder, Task
from notices.terms import ExtensionState, Stage, State
from tests.factories import (
    AT,
    TODAY,
    ask,
    make_evidence,
    make_progress,
    make_task,
    make_unit,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db
E = ExtensionState
DAY = dt.timedelta(days=1)
DUE, WANTED = TODAY + 5 * DAY, TODAY + 40 * DAY
UNIT = {"staff", "head", "parent_head"}
OFFICE = {"office", "office_two"}

# State of the request → act → who may. Everything that is not here is refused. `staff` asked; `head` forwarded.
MAY = {
    E.ASKED: {"decide": {"head", "parent_head"}, "withdraw": {"staff"}},
    E.FORWARDED: {"decide": OFFICE, "withdraw": {"staff"}},
    E.APPROVED: {},
    E.REFUSED: {},
    E.WITHDRAWN: {},
    E.LAPSED: {},
}
# State of the task → who may ask, the deadline still ahead and nothing asked yet.
MAY_ASK = {
    State.DRAFT: set(),
    State.PENDING: set(),
    State.ACTIVE: UNIT,
    State.SUBMITTED: set(),
    State.VERIFYING: set(),
    State.COMPLETED: set(),
    State.SUSTAINED: set(),
    State.CANCELLED: set(),
}
PEOPLE = (
    "staff", "head", "parent_head", "section_staff", "town_staff", "town_head", "leader", "office", "office_two",
    "supervisor", "admin", "nobody",
)  # fmt: skip


@pytest.fixture
def w():
    world = make_world()
    world.parent_head = make_user("parenthead", (Role.HEAD, world.county), name="景部长")
    world.nobody = make_user("nobody", name="路无职")
    world.task = make_task(world.issue, lead=world.bureau, deadline=DUE, deadline_text="月底前")
    return world


def request(w, state=E.ASKED, *, by=None, wanted=WANTED):
    """A request in that state: asked by the staff, forwarded by the head, decided by the office."""
    said = {"reason": "汛期影响施工", "done_so_far": "已完成设计", "wanted_on": wanted}
    row = extensions.ask(w.task, **said, by=by or w.staff, at=AT, today=TODAY)
    if state == E.WITHDRAWN:
        return extensions.withdraw(row, by=w.staff, at=AT)
    if state in (E.FORWARDED, E.APPROVED):
        decide(row, w.head)
    if state == E.APPROVED:
        decide(row, w.office)
    if state == E.REFUSED:
        decide(row, w.head, Decision(False, "可以如期完成"))
    if state == E.LAPSED:
        workflow.perform(w.task, "cancel", ask(w.office, reason="并入其他任务"))
        row.refresh_from_db()
    return row


def decide(row, by, decision=None, *, today=TODAY):
    return extensions.decide(row, decision or Decision(True), by=by, at=AT, today=today)


# ── The tables ───────────────────────────────────────────────────────────────
def test_who_may_decide_and_take_back(w):
    found = {}
    for state in MAY:
        w.task = make_task(w.issue, lead=w.bureau, deadline=DUE)
        row = request(w, state)
        assert row.state == state
        may = {
            "decide": {p for p in PEOPLE if extensions.decide_refusal(getattr(w, p), row) is None},
            "withdraw": {p for p in PEOPLE if extensions.withdraw_refusal(getattr(w, p), row) is None},
        }
        found[state] = {act: who for act, who in may.items() if who}

    assert found == MAY


def test_the_list_of_what_waits_holds_the_same_rule(w):
    rows = {}
    for state in MAY:
        w.task = make_task(w.issue, lead=w.bureau, deadline=DUE)
        rows[request(w, state).pk] = state
    waits = {state: set() for state in MAY}
    for who in PEOPLE:
        for pk in extensions.to_decide(getattr(w, who)).values_list("pk", flat=True):
            waits[rows[pk]].add(who)

    assert waits == {state: acts.get("decide", set()) for state, acts in MAY.items()}


def test_who_may_ask(w):
    found = {}
    for state in MAY_ASK:
        task = make_task(w.issue, lead=w.bureau, state=state, deadline=DUE)
        found[state] = {p for p in PEOPLE if extensions.ask_refusal(getattr(w, p), task, today=TODAY) is None}

    assert found == MAY_ASK


def test_acts_that_the_table_does_not_name_are_refused(w):
    row = request(w)

    for act in (
        lambda: decide(row, w.office),
        lambda: decide(row, w.staff),
        lambda: extensions.withdraw(row, by=w.head, at=AT),
    ):
        with pytest.raises(StepRefused):
            act()

    row.refresh_from_db()
    assert (row.state, row.version) == (E.ASKED, 0)


# ── Asking ───────────────────────────────────────────────────────────────────
def test_asking_keeps_what_was_said_and_tells_the_head(w):
    row = request(w)

    assert (row.deadline_before, row.words_before, row.wanted_on, row.is_open) == (
        DUE,
        "月底前",
        WANTED,
        True,
    )
    assert list(Message.objects.values_list("recipient__name", "title")) == [
        ("卜局长", "W01-001-01 申请延期，待审批")
    ]
    event = Event.objects.get(action="extension.ask")
    assert (event.subject_id, event.data["wanted"]) == (w.task.pk, "2026-12-30")


def test_it_is_asked_for_up_to_the_deadline(w):
    tasks = {left: make_task(w.issue, lead=w.bureau, deadline=TODAY + left * DAY) for left in (1, 0, -1)}

    said = {left: extensions.ask_refusal(w.staff, task, today=TODAY) for left, task in tasks.items()}

    assert said == {
        1: None,
        0: None,
        -1: "完成时限 2026-11-19 已过，延期须在时限之前申请。"
        "请在进展中写明未完成的原因并抓紧办理；确需调整时限的，请联系整改办修改。",
    }


def test_without_a_deadline_there_is_nothing_to_ask_for(w):
    task = make_task(w.issue, lead=w.bureau)

    assert extensions.ask_refusal(w.staff, task, today=TODAY) == "任务没有完成时限，不需要申请延期。"


def test_an_archived_notice_is_read_only(w):
    row = request(w)
    Notice.objects.update(stage=Stage.ARCHIVED)
    row = Extension.objects.get(pk=row.pk)

    assert extensions.ask_refusal(w.staff, row.task, today=TODAY) == "该批次已归档，只能查看。"
    assert extensions.decide_refusal(w.head, row) == "该批次已归档，只能查看。"
    assert not extensions.to_decide(w.head).exists()


def test_what_is_missing_is_said_at_its_field(w):
    lacking = {"reason": " ", "done_so_far": "", "wanted_on": None}
    for field, value in [*lacking.items(), ("wanted_on", DUE)]:
        said = {"reason": "汛期", "done_so_far": "已完成设计", "wanted_on": WANTED, field: value}
        with pytest.raises(Missing) as refused:
            extensions.ask(w.task, **said, by=w.staff, at=AT, today=TODAY)
        assert list(refused.value.fields) == [field]

    assert not Extension.objects.exists()


def test_one_request_is_open_at_a_time(w):
    request(w)

    with pytest.raises(StepRefused, match="已有一份延期申请在办理"):
        request(w)
    assert Extension.objects.count() == 1


def test_after_a_refusal_it_may_be_asked_again(w):
    request(w, E.REFUSED)
    request(w)

    assert sorted(Extension.objects.values_list("state", flat=True)) == ["asked", "refused"]


# ── Deciding ─────────────────────────────────────────────────────────────────
def test_the_offices_yes_moves_the_deadline_and_counts(w):
    request(w, E.APPROVED)

    task = Task.objects.get(pk=w.task.pk)
    assert (task.deadline, task.deadline_text, task.extension_count, task.version) == (
        WANTED,
        "2026年12月30日前",
        1,
        w.task.version + 1,
    )
    assert rollup.wrong_rows() == []
    assert Event.objects.get(action="extension.approve").data["deadline"] == ["2026-11-25", "2026-12-30"]


def test_the_office_may_give_another_day(w):
    row = decide(request(w, E.FORWARDED), w.office, Decision(True, "先延两周", DUE + 14 * DAY))

    assert (row.granted_on, Task.objects.get().deadline) == (DUE + 14 * DAY, DUE + 14 * DAY)


def test_a_day_that_gives_no_more_time_is_refused(w):
    row = request(w, E.FORWARDED)

    for given in (DUE, DUE - DAY):
        with pytest.raises(Missing, match="应晚于现在的完成时限 2026-11-25"):
            decide(row, w.office, Decision(True, "", given))
    assert Task.objects.get().deadline == DUE


def test_a_day_that_has_passed_meanwhile_is_refused(w):
    row = request(w, E.FORWARDED)

    with pytest.raises(Missing, match="应晚于今天"):
        decide(row, w.office, today=WANTED)
    assert Extension.objects.get().state == E.FORWARDED


def test_a_no_needs_its_reason_and_leaves_the_deadline(w):
    for state, who in ((E.ASKED, w.head), (E.FORWARDED, w.office)):
        row = request(w, state)
        with pytest.raises(Missing, match="写明理由"):
            decide(row, who, Decision(False, " "))
        decide(row, who, Decision(False, "可以如期完成"))
        assert row.state == E.REFUSED

    task = Task.objects.get()
    assert (task.deadline, task.extension_count) == (DUE, 0)


def test_two_at_once_decide_only_once(w):
    row = request(w, E.FORWARDED)
    other = Extension.objects.select_related("task__notice").get(pk=row.pk)
    decide(row, w.office)

    with pytest.raises(Stale):
        decide(other, w.office_two)
    assert Task.objects.get().extension_count == 1


def test_nobody_decides_twice_on_one_request(w):
    """Somebody who is head of the unit and of the office signs as one of them only."""
    Membership.objects.create(user=w.head, unit=w.county, role=Role.OFFICE)
    row = request(w, E.FORWARDED)

    assert "不能再审批同一份延期申请" in extensions.decide_refusal(w.head, row)


def test_a_head_who_asked_is_judged_by_another_head(w):
    row = request(w, by=w.head)

    assert row.state == E.ASKED
    assert "申请人不能审核自己的延期申请" in extensions.decide_refusal(w.head, row)
    assert extensions.decide_refusal(w.parent_head, row) is None


def test_in_a_unit_of_one_person_the_asker_signs_and_it_is_marked(w):
    station = make_unit("青禾镇水管站", parent=w.town)
    alone = make_user("alone", (Role.STAFF, station), (Role.HEAD, station), name="庞一人")
    w.task = make_task(w.issue, lead=station, deadline=DUE)
    row = request(w, by=alone)

    decide(row, alone)

    assert (row.state, row.one_person) == (E.FORWARDED, True)


def test_without_another_head_in_the_line_the_office_is_asked_at_once(w):
    Membership.objects.filter(role=Role.HEAD).exclude(user=w.town_head).delete()
    row = request(w)

    assert (row.state, row.head) == (E.FORWARDED, None)
    assert extensions.decide_refusal(w.office, row) is None


def test_many_are_decided_each_on_its_own(w):
    rows = [request(w, E.FORWARDED)]
    w.task = make_task(w.issue, lead=w.bureau, deadline=DUE)
    rows.append(request(w, E.FORWARDED, wanted=DUE + DAY))

    decided = extensions.decide_many(rows, Decision(True), by=w.office, at=AT, today=DUE + DAY)

    assert decided.done == ["W01-001-01"]
    assert list(decided.refused) == ["W01-001-02"]


# ── What hangs on it ─────────────────────────────────────────────────────────
def test_a_request_lapses_with_the_work_it_was_for(w):
    for step in ("submit", "reassign", "cancel"):
        w.task = make_task(w.issue, lead=w.bureau, deadline=DUE)
        row = request(w, E.FORWARDED)
        make_progress(w.task, by=w.staff)
        make_evidence(w.task)
        said = {"outcome": "completed"} if step == "submit" else {"reason": "调整", "lead_unit": w.town}

        workflow.perform(w.task, step, ask(w.staff if step == "submit" else w.office, **said))

        row.refresh_from_db()
        assert (row.state, row.ended_at) == (E.LAPSED, AT)


def test_a_ledger_taken_over_lets_requests_lapse_too(w):
    request(w)

    workflow.take_over({w.task.pk: State.COMPLETED}, by=w.office, at=AT, today=TODAY, why="接收台账")

    assert Extension.objects.get().state == E.LAPSED


def test_it_stands_on_the_first_page_of_whose_turn_it_is(w):
    request(w)
    tasks = Task.objects.all()

    def waits(user):
        return list(worklist.narrowed(tasks, "extension", user=user, today=TODAY))

    assert (waits(w.head), waits(w.office), waits(w.staff)) == ([w.task], [], [w.task])  # staff: no such list
    assert "extension" not in worklist.todos_of(w.staff, Role.STAFF)
    decide(Extension.objects.get(), w.head)
    assert (waits(w.head), waits(w.office)) == ([], [w.task])


def test_reminders_start_anew_with_the_new_deadline(w):
    reminders.run(Moment(TODAY, lambda: AT))
    before = set(Reminder.objects.values_list("deadline", flat=True))
    request(w, E.APPROVED)

    later = 31 * DAY
    reminders.run(Moment(TODAY + later, lambda: AT + later))

    assert before == {DUE}
    assert set(Reminder.objects.values_list("deadline", flat=True)) == {DUE, WANTED}


def test_waiting_says_since_when(w):
    row = request(w)
    Extension.objects.filter(pk=row.pk).update(asked_at=AT - 5 * DAY)
    assert Extension.objects.waiting().get().waits_since == AT - 5 * DAY

    decide(Extension.objects.select_related("task__notice").get(), w.head)

    assert Extension.objects.waiting().get().waits_since == AT
    decide(Extension.objects.select_related("task__notice").get(), w.office)
    assert not Extension.objects.waiting().exists()


def test_people_see_requests_of_the_tasks_they_see(w):
    request(w)

    seen = {p for p in PEOPLE if Extension.objects.visible_to(getattr(w, p)).exists()}

    assert seen == {"staff", "head", "parent_head", "leader", "office", "office_two", "supervisor"}


def test_a_batch_that_is_all_refused_changes_nothing(w):
    rows = [request(w, E.FORWARDED)]

    decided = extensions.decide_many(rows, Decision(False), by=w.office, at=AT, today=TODAY)

    assert (decided.done, list(decided.refused)) == ([], ["W01-001-01"])
    with pytest.raises(Refused):
        decide(rows[0], w.office, Decision(False))
