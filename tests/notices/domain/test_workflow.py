"""The state table, written out by hand: who may take which step from which state, and what it does."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Event
from accounts.roles import Role
from notices.domain import rollup, workflow
from notices.errors import Missing, Stale, StepRefused
from notices.models import Message, Notice, Nudge, Task, TaskUnit, Transition
from notices.terms import Stage, State, UnitRole
from tests.factories import (
    AT,
    TODAY,
    ask,
    make_evidence,
    make_issue,
    make_notice,
    make_progress,
    make_task,
    make_unit,
    make_user,
    make_world,
)

pytestmark = pytest.mark.django_db

UNIT = {"staff", "head", "parent_head"}
HEADS = {"head", "parent_head"}
OFFICE = {"office", "office_two"}
VERIFY = {"office", "office_two", "supervisor"}

# state of a task led by the bureau → step → who may. Everything that is not here is refused.
# In submitted and verifying `staff` applied; in verifying `head` approved.
MAY = {
    State.DRAFT: {"assign": OFFICE, "cancel": OFFICE},
    State.PENDING: {"accept": UNIT, "decline": UNIT, "reassign": OFFICE, "cancel": OFFICE},
    State.ACTIVE: {"reassign": OFFICE, "submit": UNIT, "cancel": OFFICE},
    State.SUBMITTED: {"withdraw": {"staff"}, "approve": HEADS, "return": HEADS, "cancel": OFFICE},
    State.VERIFYING: {"return": VERIFY, "close": VERIFY, "cancel": OFFICE},
    State.COMPLETED: {"reopen": VERIFY},
    State.SUSTAINED: {"reopen": VERIFY, "complete": VERIFY},
    State.CANCELLED: {},
}
TARGET = {
    "assign": State.PENDING,
    "accept": State.ACTIVE,
    "decline": State.DRAFT,
    "reassign": State.PENDING,
    "submit": State.SUBMITTED,
    "withdraw": State.ACTIVE,
    "approve": State.VERIFYING,
    "return": State.ACTIVE,
    "close": State.COMPLETED,
    "reopen": State.ACTIVE,
    "complete": State.COMPLETED,
    "cancel": State.CANCELLED,
}
PEOPLE = (
    "staff",
    "head",
    "parent_head",
    "section_staff",
    "town_staff",
    "town_head",
    "leader",
    "office",
    "office_two",
    "supervisor",
    "admin",
    "security",
    "auditor",
    "nobody",
)
ALLOWED = [
    (state, step, who)
    for state, steps in MAY.items()
    for step, people in steps.items()
    for who in sorted(people)
]
YESTERDAY = AT - dt.timedelta(days=1)


@pytest.fixture
def world():
    made = make_world()
    made.parent_head = make_user("countyhead", (Role.HEAD, made.county))
    made.security = make_user("security", (Role.SECURITY, made.county))
    made.auditor = make_user("auditor", (Role.AUDITOR, made.county))
    made.nobody = make_user("nobody")
    return made


def task_in(world, state: State, **fields) -> Task:
    """A task led by the bureau with a report and evidence, as it would stand in this state."""
    if state in (State.SUBMITTED, State.VERIFYING):
        fields.setdefault("applicant", world.staff)
    if state == State.VERIFYING:
        fields.setdefault("approver", world.head)
    task = make_task(world.issue, lead=world.bureau, state=state, **fields)
    make_progress(task, by=world.staff)
    make_evidence(task, by=world.staff)
    return task


def full(world, by, **fields):
    """Everything any step could ask for."""
    given = {
        "reason": "经研究同意",
        "outcome": "completed",
        "lead_unit": world.town,
        "deadline": TODAY + dt.timedelta(days=30),
    }
    return ask(by, **{**given, **fields})


def step(world, task, name, by, **fields):
    """Take a step as somebody who read the task just now."""
    fresh = Task.objects.get(pk=task.pk)
    workflow.perform(fresh, name, full(world, by, **fields))
    return Task.objects.get(pk=task.pk)


# ── Who, from where, to where ────────────────────────────────────────────────


@pytest.mark.parametrize("state", list(State))
def test_available_for_every_person_is_what_the_table_says(world, state):
    task = task_in(world, state)

    found = {who: set(workflow.available(getattr(world, who), task)) for who in PEOPLE}

    expected = {who: {s for s, people in MAY[state].items() if who in people} for who in PEOPLE}
    assert found == expected


@pytest.mark.parametrize("state", list(State))
def test_every_other_pair_is_refused_and_writes_nothing(world, state):
    task = task_in(world, state)
    before = Task.objects.filter(pk=task.pk).values().get()

    for who in PEOPLE:
        for name in TARGET:
            if who in MAY[state].get(name, ()):
                continue
            with pytest.raises(StepRefused):
                workflow.perform(Task.objects.get(pk=task.pk), name, full(world, getattr(world, who)))

    assert Task.objects.filter(pk=task.pk).values().get() == before
    assert not Transition.objects.exists()
    assert not Event.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(("state", "name", "who"), ALLOWED)
def test_an_allowed_step_leads_where_the_table_says(world, state, name, who):
    task = task_in(world, state)

    after = step(world, task, name, getattr(world, who))

    assert after.state == TARGET[name]
    assert after.version == task.version + 1
    row = Transition.objects.get()
    assert (row.step, row.source, row.target, row.by) == (name, state, TARGET[name], getattr(world, who))
    event = Event.objects.get()
    assert (event.action, event.subject_id, event.notice_id) == (f"task.{name}", task.pk, task.notice_id)
    assert rollup.wrong_rows() == []


@pytest.mark.parametrize(
    ("state", "name"), [(state, name) for state, steps in MAY.items() for name in steps if name != "withdraw"]
)
def test_the_system_account_has_the_rights_of_the_office(world, state, name):
    task = task_in(world, state)

    after = step(world, task, name, None)

    assert after.state == TARGET[name]
    assert Transition.objects.get().by_name == "系统(命令行)"


@pytest.mark.parametrize("name", list(TARGET))
def test_nothing_moves_in_an_archived_notice(world, name):
    state = next(s for s, steps in MAY.items() if name in steps)
    task = task_in(world, state)
    Notice.objects.update(stage=Stage.ARCHIVED)

    with pytest.raises(StepRefused, match="该批次已归档，只能查看。"):
        step(world, task, name, world.office)


def test_a_refusal_names_the_state_in_words(world):
    task = task_in(world, State.COMPLETED)

    with pytest.raises(StepRefused, match="^任务处于“已完成整改”，不能签收。$"):
        step(world, task, "accept", world.staff)


# ── What a step needs ────────────────────────────────────────────────────────

NEEDS = [
    (State.PENDING, "decline", "staff", {"reason": " "}, {"reason"}),
    (State.PENDING, "reassign", "office", {"reason": ""}, {"reason"}),
    (State.PENDING, "reassign", "office", {"lead_unit": None}, {"lead_unit"}),
    (State.ACTIVE, "submit", "staff", {"outcome": ""}, {"outcome"}),
    (State.ACTIVE, "submit", "staff", {"outcome": "verifying"}, {"outcome"}),
    (State.ACTIVE, "submit", "staff", {"outcome": "sustained"}, {"review_days"}),
    (State.ACTIVE, "submit", "staff", {"outcome": "sustained", "reason": ""}, {"review_days", "reason"}),
    (State.SUBMITTED, "return", "head", {"reason": ""}, {"reason"}),
    (State.VERIFYING, "return", "office", {"reason": ""}, {"reason"}),
    (State.VERIFYING, "close", "office", {"outcome": ""}, {"outcome"}),
    (State.VERIFYING, "close", "office", {"outcome": "active"}, {"outcome"}),
    (State.VERIFYING, "close", "office", {"outcome": "sustained", "reason": ""}, {"reason"}),
    (State.COMPLETED, "reopen", "office", {"reason": ""}, {"reason"}),
    (State.COMPLETED, "reopen", "office", {"deadline": None}, {"deadline"}),
    (State.COMPLETED, "reopen", "office", {"deadline": TODAY}, {"deadline"}),
    (State.SUSTAINED, "complete", "office", {"reason": ""}, {"reason"}),
    (State.ACTIVE, "cancel", "office", {"reason": ""}, {"reason"}),
]


@pytest.mark.parametrize(("state", "name", "who", "given", "fields"), NEEDS)
def test_a_step_without_what_it_needs_says_which_field_and_writes_nothing(
    world, state, name, who, given, fields
):
    task = task_in(world, state)

    with pytest.raises(Missing) as refused:
        step(world, task, name, getattr(world, who), **given)

    assert set(refused.value.fields) == fields
    assert all(s.endswith("。") for s in refused.value.fields.values())
    assert Task.objects.get(pk=task.pk).version == task.version
    assert not Transition.objects.exists()
    assert not Event.objects.exists()


def test_assign_needs_a_lead_unit_that_is_known(world):
    task = make_task(world.issue)

    with pytest.raises(Missing) as refused:
        step(world, task, "assign", world.office, lead_unit=None)

    assert refused.value.fields == {"lead_unit": "请选择牵头单位(须为系统中已有的单位)。"}


def test_assign_to_a_unit_out_of_use_is_refused(world):
    task = make_task(world.issue)
    world.town.is_active = False

    with pytest.raises(Missing) as refused:
        step(world, task, "assign", world.office, lead_unit=world.town)

    assert refused.value.fields == {"lead_unit": "“青禾镇”已停用，请另选牵头单位。"}


def test_reassign_to_the_same_unit_is_refused(world):
    task = task_in(world, State.ACTIVE)

    with pytest.raises(Missing) as refused:
        step(world, task, "reassign", world.office, lead_unit=world.bureau)

    assert refused.value.fields == {"lead_unit": "“云岭县教育局”已是牵头单位，请另选单位。"}


def test_submit_needs_a_report_and_evidence_or_why_there_is_none(world):
    task = make_task(world.issue, lead=world.bureau)

    with pytest.raises(Missing) as refused:
        step(world, task, "submit", world.staff)
    assert set(refused.value.fields) == {"progress", "no_evidence"}

    make_progress(task)
    after = step(world, task, "submit", world.staff, no_evidence="材料涉及个人信息，已线下报送")
    assert after.state == State.SUBMITTED
    assert Transition.objects.get().data == {"no_evidence": "材料涉及个人信息，已线下报送"}


def test_submit_waits_for_the_parts_of_units_that_work_in_the_system(world):
    silent = make_unit("云岭县档案馆", parent=world.county)
    task = make_task(world.issue, lead=world.bureau, supporting=(world.town, silent))
    make_progress(task)

    with pytest.raises(Missing) as refused:
        step(world, task, "submit", world.staff, no_evidence="无")
    assert refused.value.fields == {"parts": "以下单位尚未填报本单位承担的部分：青禾镇。"}

    make_progress(task, unit=world.town)
    assert step(world, task, "submit", world.staff, no_evidence="无").state == State.SUBMITTED


def test_submit_waits_for_sub_tasks(world):
    task = task_in(world, State.ACTIVE)
    part = make_task(world.issue, lead=world.section, parent=task)

    with pytest.raises(Missing) as refused:
        step(world, task, "submit", world.staff)
    assert refused.value.fields == {"parts": f"以下子任务尚未销号：{part.number}。"}

    step(world, part, "cancel", world.office)
    assert step(world, task, "submit", world.staff).state == State.SUBMITTED


def test_complete_needs_evidence_filed_since_closing(world):
    task = make_task(world.issue, lead=world.bureau, state=State.SUSTAINED, closed_on=TODAY)
    make_evidence(task, at=YESTERDAY)

    with pytest.raises(Missing) as refused:
        step(world, task, "complete", world.office)
    assert refused.value.fields == {"evidence": "请先上传销号以后的佐证材料，再转为已完成整改。"}

    make_evidence(task, at=AT)
    after = step(world, task, "complete", world.office)
    assert (after.state, after.closed_on, after.keep_up) == (State.COMPLETED, TODAY, False)


def test_void_evidence_does_not_count_for_complete(world):
    task = make_task(world.issue, lead=world.bureau, state=State.SUSTAINED, closed_on=TODAY)
    evidence = make_evidence(task)
    type(evidence).objects.update(removed_at=AT, removed_why="误传")

    with pytest.raises(Missing):
        step(world, task, "complete", world.office)


# ── What a step does ─────────────────────────────────────────────────────────


def test_assign_gives_the_task_to_the_unit_asked_for(world):
    task = make_task(world.issue)

    after = step(world, task, "assign", world.office, lead_unit=world.town)

    assert after.lead_unit == world.town
    assert list(task.task_units.values_list("unit", "role")) == [(world.town.pk, UnitRole.LEAD)]


def test_assign_without_another_unit_keeps_the_planned_lead(world):
    task = make_task(world.issue, lead=world.bureau, state=State.DRAFT)

    after = step(world, task, "assign", world.office, lead_unit=None)

    assert after.lead_unit == world.bureau


def test_decline_returns_the_task_to_the_list_of_unassigned(world):
    task = make_task(world.issue, lead=world.bureau, state=State.PENDING, supporting=(world.town,))

    after = step(world, task, "decline", world.staff, reason="不属本单位职责")

    assert (after.state, after.lead_unit) == (State.DRAFT, None)
    assert list(task.task_units.values_list("unit", "role")) == [(world.town.pk, UnitRole.SUPPORTING)]
    assert not Task.objects.visible_to(world.staff).filter(pk=task.pk).exists()
    assert Transition.objects.get().reason == "不属本单位职责"


def test_reassign_lets_the_old_unit_read_on_and_clears_the_application(world):
    task = task_in(world, State.ACTIVE)

    after = step(world, task, "reassign", world.office, reason="职能调整")

    assert after.lead_unit == world.town
    assert set(task.task_units.values_list("unit", "role")) == {
        (world.bureau.pk, UnitRole.FORMER),
        (world.town.pk, UnitRole.LEAD),
    }
    assert Task.objects.visible_to(world.staff).get() == task
    assert workflow.available(world.staff, after) == []
    assert set(workflow.available(world.town_staff, after)) == {"accept", "decline"}


def test_reassign_back_and_forth_keeps_one_row_for_each_unit(world):
    task = task_in(world, State.ACTIVE)
    step(world, task, "reassign", world.office, lead_unit=world.town)
    step(world, task, "reassign", world.office, lead_unit=world.bureau)
    step(world, task, "reassign", world.office, lead_unit=world.town)

    assert set(task.task_units.values_list("unit", "role")) == {
        (world.bureau.pk, UnitRole.FORMER),
        (world.town.pk, UnitRole.LEAD),
    }
    assert rollup.wrong_rows() == []


def test_a_supporting_unit_that_takes_over_the_lead_stands_once(world):
    task = make_task(world.issue, lead=world.bureau, supporting=(world.town,))

    step(world, task, "reassign", world.office, lead_unit=world.town)

    assert list(task.task_units.filter(unit=world.town).values_list("role", flat=True)) == [UnitRole.LEAD]


def test_submit_remembers_the_claim_the_applicant_and_the_day(world):
    task = task_in(world, State.ACTIVE)

    after = step(world, task, "submit", world.staff, outcome="sustained", review_days=90)

    assert (after.claim, after.applicant, after.finished_on) == ("sustained", world.staff, TODAY)
    assert after.review_days == 90


@pytest.mark.parametrize(
    ("state", "name", "who"), [("submitted", "withdraw", "staff"), ("verifying", "return", "office")]
)
def test_going_back_lets_the_clock_run_on(world, state, name, who):
    task = task_in(world, State(state))

    after = step(world, task, name, getattr(world, who))

    assert (after.claim, after.applicant, after.approver, after.finished_on) == ("", None, None, None)


def test_close_is_dated_by_the_verification_and_finished_by_the_submit(world):
    handed_in = TODAY - dt.timedelta(days=9)
    task = task_in(world, State.VERIFYING, finished_on=handed_in)

    after = step(world, task, "close", world.office)

    assert (after.state, after.closed_on, after.finished_on) == (State.COMPLETED, TODAY, handed_in)
    assert Transition.objects.get().outcome == "completed"


def test_the_verdict_may_lower_a_claim_with_a_reason(world):
    task = task_in(world, State.VERIFYING, claim="completed")

    after = step(world, task, "close", world.office, outcome="sustained", reason="尚需观察一个季度")

    assert (after.state, after.keep_up) == (State.SUSTAINED, True)


def test_the_verdict_never_raises_a_claim(world):
    task = task_in(world, State.VERIFYING, claim="sustained")

    with pytest.raises(Missing) as refused:
        step(world, task, "close", world.office, outcome="completed")

    assert set(refused.value.fields) == {"outcome"}
    assert step(world, task, "close", world.office, outcome="sustained").state == State.SUSTAINED


def test_reopen_counts_the_relapse_and_sets_a_new_deadline(world):
    task = task_in(world, State.COMPLETED, relapse_count=1, deadline_text="2026年10月底前")
    due = TODAY + dt.timedelta(days=45)

    after = step(world, task, "reopen", world.supervisor, reason="同类问题再次发生", deadline=due)

    assert (after.state, after.relapse_count, after.deadline) == (State.ACTIVE, 2, due)
    assert (after.deadline_text, after.closed_on, after.finished_on) == ("", None, None)
    assert Transition.objects.get().data == {"deadline": due.isoformat()}


def test_reopen_of_a_task_without_a_lead_unit_asks_for_one_first(world):
    task = make_task(world.issue, state=State.COMPLETED)

    with pytest.raises(StepRefused, match="请先指定牵头单位"):
        step(world, task, "reopen", world.office)


def test_cancel_into_another_task_needs_no_reason(world):
    task, other = task_in(world, State.ACTIVE), task_in(world, State.ACTIVE)

    after = step(world, task, "cancel", world.office, reason="", merged_into=other)

    assert (after.state, after.merged_into) == (State.CANCELLED, other)


def test_cancel_into_itself_or_another_notice_or_a_cancelled_task_is_refused(world):
    task = task_in(world, State.ACTIVE)
    elsewhere = make_task(make_issue(make_notice(world.county, title="另一批次")), lead=world.bureau)
    gone = task_in(world, State.CANCELLED)

    for into in (task, elsewhere, gone):
        with pytest.raises(Missing) as refused:
            step(world, task, "cancel", world.office, merged_into=into)
        assert set(refused.value.fields) == {"merged_into"}


def test_someone_elses_change_in_between_is_stale_and_writes_nothing(world):
    mine = task_in(world, State.PENDING)
    step(world, mine, "accept", world.head)
    stale = Task.objects.get(pk=mine.pk)
    stale.state, stale.version = State.PENDING, 0

    with pytest.raises(Stale, match="刚刚被他人修改"):
        workflow.perform(stale, "accept", full(world, world.staff))

    assert Transition.objects.count() == 1
    assert Event.objects.count() == 1


def test_an_edit_in_between_is_stale_too(world):
    task = task_in(world, State.PENDING)
    mine = Task.objects.get(pk=task.pk)
    Task.objects.filter(pk=task.pk).update(version=1)

    with pytest.raises(Stale):
        workflow.perform(mine, "accept", full(world, world.staff))


# ── Who may not judge their own work ─────────────────────────────────────────


def test_the_applicant_who_is_head_cannot_approve(world):
    task = task_in(world, State.SUBMITTED, applicant=world.head)

    assert "approve" not in workflow.available(world.head, task)
    assert "approve" in workflow.available(world.parent_head, task)


def test_a_unit_of_one_person_may_approve_its_own_application_and_it_is_marked(world):
    hall = make_unit("云岭县档案馆", parent=world.county)
    only = make_user("only", (Role.STAFF, hall), (Role.HEAD, hall))
    task = make_task(world.issue, lead=hall, state=State.SUBMITTED, applicant=only)

    step(world, task, "approve", only)

    assert Transition.objects.get().data == {"one_person_unit": True}


def test_a_head_above_a_unit_of_one_person_cannot_approve_what_the_head_applied_for(world):
    hall = make_unit("云岭县档案馆", parent=world.county)
    make_user("only", (Role.STAFF, hall))
    task = make_task(world.issue, lead=hall, state=State.SUBMITTED, applicant=world.parent_head)

    assert "approve" not in workflow.available(world.parent_head, task)


def test_an_inactive_colleague_does_not_make_two_people(world):
    hall = make_unit("云岭县档案馆", parent=world.county)
    only = make_user("only", (Role.HEAD, hall))
    gone = make_user("gone", (Role.STAFF, hall))
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    task = make_task(world.issue, lead=hall, state=State.SUBMITTED, applicant=only)

    assert "approve" in workflow.available(only, task)


@pytest.mark.parametrize("part", ["applicant", "approver"])
def test_the_verifier_is_never_the_applicant_or_the_approver(world, part):
    task = task_in(world, State.VERIFYING, **{part: world.office})

    assert "close" not in workflow.available(world.office, task)
    assert "close" in workflow.available(world.office_two, task)
    with pytest.raises(StepRefused, match="谁验收、谁负责"):
        step(world, task, "close", world.office)


def test_the_office_files_for_a_unit_without_accounts_and_another_verifies(world):
    hall = make_unit("云岭县档案馆", parent=world.county)
    task = make_task(world.issue, lead=hall)
    make_progress(task, by=world.office_two, on_behalf=True)

    after = step(world, task, "submit", world.office, no_evidence="纸质材料存档")
    assert Transition.objects.get().on_behalf is True
    after = step(world, after, "approve", world.parent_head)

    assert "close" not in workflow.available(world.office, after)  # applied for the unit
    assert "close" not in workflow.available(world.office_two, after)  # reported for the unit
    assert "close" in workflow.available(world.supervisor, after)


def test_the_office_does_not_file_for_a_unit_that_has_accounts(world):
    task = task_in(world, State.ACTIVE)

    with pytest.raises(StepRefused, match="整改办不能代填"):
        step(world, task, "submit", world.office)


def test_a_part_is_verified_by_the_head_of_the_parents_lead_unit(world):
    parent = task_in(world, State.ACTIVE)
    part = make_task(
        world.issue, lead=world.section, parent=parent, state=State.VERIFYING, applicant=world.section_staff
    )

    assert "close" in workflow.available(world.head, part)
    assert "close" not in workflow.available(world.town_head, part)
    assert "close" not in workflow.available(world.staff, part)


# ── Messages and pushes ──────────────────────────────────────────────────────

TOLD = [
    (State.DRAFT, "assign", "office", {"town_staff", "town_head"}),
    (State.PENDING, "accept", "staff", set()),
    (State.PENDING, "decline", "staff", {"office", "office_two"}),
    (State.ACTIVE, "reassign", "office", {"town_staff", "town_head"}),
    (State.ACTIVE, "submit", "staff", {"head"}),
    (State.SUBMITTED, "withdraw", "staff", set()),
    (State.SUBMITTED, "approve", "head", {"office", "office_two"}),
    (State.SUBMITTED, "return", "head", {"staff"}),
    (State.VERIFYING, "return", "office", {"staff", "head"}),
    (State.VERIFYING, "close", "office", {"staff", "head"}),
    (State.COMPLETED, "reopen", "office", {"staff", "head"}),
    (State.SUSTAINED, "complete", "office", {"staff", "head"}),
    (State.ACTIVE, "cancel", "office", {"staff", "head"}),
    (State.DRAFT, "cancel", "office", set()),
]


@pytest.mark.parametrize(("state", "name", "who", "told"), TOLD)
def test_a_step_tells_those_who_act_next_and_never_the_one_who_took_it(world, state, name, who, told):
    task = task_in(world, state)

    step(world, task, name, getattr(world, who))

    found = {m.recipient for m in Message.objects.select_related("recipient")}
    assert found == {getattr(world, t) for t in told}


def test_a_returned_application_reaches_the_applicant_beside_the_contact(world):
    colleague = make_user("colleague", (Role.STAFF, world.bureau))
    task = task_in(world, State.VERIFYING, contact=colleague)

    step(world, task, "return", world.office, reason="缺会议纪要")

    told = Message.objects.filter(recipient=world.staff).get()
    assert told.title == f"{task.number} 销号申请被退回"
    assert "理由：缺会议纪要" in told.body


@pytest.mark.parametrize(
    ("state", "name", "answers"),
    [("pending", "accept", True), ("active", "submit", True), ("active", "cancel", False)],
)
def test_a_push_is_answered_by_what_the_unit_does(world, state, name, answers):
    task = task_in(world, State(state))
    Nudge.objects.create(task=task, by=world.leader, by_name="樊领导", at=YESTERDAY)

    step(world, task, name, world.office if name == "cancel" else world.staff)

    assert Nudge.objects.get().answered_at == (AT if answers else None)


# ── 接收历史台账 ─────────────────────────────────────────────────────────────


def take_over(states, **kwargs):
    return workflow.take_over(states, by=None, at=AT, today=TODAY, why="录入时接收", **kwargs)


def test_take_over_puts_tasks_into_printed_states_by_rows(world):
    done, kept, waiting = (make_task(world.issue, lead=world.bureau) for _ in range(3))
    finished = dt.date(2026, 10, 8)

    moved = take_over(
        {done.pk: State.COMPLETED, kept.pk: State.SUSTAINED, waiting.pk: State.VERIFYING},
        finished={done.pk: finished},
    )

    assert moved == 3
    rows = {t.pk: t for t in Task.objects.all()}
    assert (rows[done.pk].state, rows[done.pk].closed_on, rows[done.pk].finished_on) == (
        "completed",
        finished,
        finished,
    )
    assert (rows[kept.pk].state, rows[kept.pk].closed_on, rows[kept.pk].finished_on) == (
        "sustained",
        TODAY,
        None,
    )
    assert (rows[kept.pk].keep_up, rows[waiting.pk].claim) == (True, "completed")
    assert (rows[waiting.pk].finished_on, rows[waiting.pk].closed_on) == (TODAY, None)
    assert [t.version for t in rows.values()] == [1, 1, 1]
    assert set(Transition.objects.values_list("step", "source")) == {("take_over", "active")}
    assert Event.objects.filter(action="task.take_over").count() == 3
    assert Message.objects.count() == 0
    assert rollup.wrong_rows() == []


def test_take_over_leaves_a_task_without_a_lead_unit_a_draft(world):
    task = make_task(world.issue)

    assert take_over({task.pk: State.ACTIVE}) == 0
    assert Task.objects.get().state == State.DRAFT


def test_take_over_of_the_present_state_changes_nothing(world):
    task = make_task(world.issue, lead=world.bureau)

    assert take_over({task.pk: State.ACTIVE}) == 0
    assert not Transition.objects.exists()


def test_wake_assigns_drafts_with_a_lead_and_leaves_the_others(world):
    ready = make_task(world.issue, lead=world.bureau, state=State.DRAFT)
    unknown = make_task(world.issue)
    active = make_task(world.issue, lead=world.bureau)

    done = workflow.wake(Task.objects.order_by("pk"), ask(world.office))

    assert done == 1
    states = dict(Task.objects.values_list("pk", "state"))
    assert states == {ready.pk: "pending", unknown.pk: "draft", active.pk: "active"}


def test_wake_says_what_one_step_says_and_costs_the_same_for_many(world):
    def drafts(count):
        made = [make_task(world.issue, lead=world.bureau, state=State.DRAFT) for _ in range(count)]
        return (
            Task.objects.filter(pk__in=[t.pk for t in made])
            .select_related("notice", "lead_unit")
            .order_by("pk")
        )

    (single,) = drafts(1)
    workflow.perform(single, "assign", ask(world.office, reason="导入"))
    costs = []
    for count in (1, 12):
        found = drafts(count)
        with CaptureQueriesContext(connection) as caught:
            workflow.wake(found, ask(world.office, reason="导入"))
        costs.append(len(caught))
    assert costs[0] == costs[1]

    woken = Task.objects.order_by("pk")[1]
    for model in (Transition, Message):
        skipped = ("id", "task_id", "title")
        told = [
            sorted(
                (str({k: v for k, v in row.items() if k not in skipped}))
                for row in model.objects.filter(task=pk).values()
            )
            for pk in (single.pk, woken.pk)
        ]
        assert told[0] == told[1] and told[0]
    assert Message.objects.filter(task=woken).first().title == f"{woken.number} 新任务待签收"
    assert Task.objects.filter(state=State.PENDING, version=1).count() == 14
    assert rollup.wrong_rows() == []


def test_wake_refuses_who_may_not_assign(world):
    make_task(world.issue, lead=world.bureau, state=State.DRAFT)

    with pytest.raises(StepRefused):
        workflow.wake(Task.objects.select_related("notice"), ask(world.staff))

    assert Task.objects.get().state == State.DRAFT


def test_one_step_costs_the_same_whatever_the_tree(world, django_assert_num_queries):
    for n in range(30):
        make_unit(f"测试单位{n}", parent=world.town)
    task = Task.objects.select_related("notice").get(pk=task_in(world, State.PENDING).pk)
    staff = type(world.staff).objects.get(pk=world.staff.pk)

    with django_assert_num_queries(11):
        workflow.perform(task, "accept", ask(staff))

    assert TaskUnit.objects.count() == 1
