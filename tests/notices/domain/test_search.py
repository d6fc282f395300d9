"""The index answers what a plain comparison answers, whatever is written and asked, before and after it is brought up."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.roles import Role
from notices.domain import search
from notices.domain.hits import Place, hits, rows_of
from notices.models import Evidence, Issue, Progress, SearchEntry, SearchMark, Task, TaskUnit
from notices.terms import Sought, State, UnitRole
from tests import factories

pytestmark = pytest.mark.django_db
# Little of much: texts and questions must often meet. Rare hanzi, both widths, quotes, wildcards, operators of the index.
PIECES = ["台账", "整改", "𠮷", "䶮", "A", "b", "Ｂ", "１", "12", '"', "'", "*", "%", "_", "\\", " AND ", " OR ", "NEAR(", ":",
          "-", "^", "　", "ß", "ſ", "é", "。", "\n"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
MODELS = {Sought.ISSUE: Issue, Sought.TASK: Task, Sought.PROGRESS: Progress, Sought.EVIDENCE: Evidence}


@pytest.fixture
def task():
    county = factories.make_unit("青禾县")
    bureau = factories.make_unit("青禾县水利局", parent=county)
    issue = factories.make_issue(factories.make_notice(county), title="关于涵洞失修的问题")
    return factories.make_task(issue, lead=bureau, text="修订Q-7管护制度", leader_text="副县长 林一")


def found(kind, words):
    return list(search.containing(MODELS[kind].objects.all(), kind, words).order_by("pk"))


def plainly(kind, words):
    return list(MODELS[kind].objects.filter(search.said(kind, words)).order_by("pk"))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(TEXTS, min_size=3, max_size=5),
    asked=st.lists(TEXTS, min_size=1, max_size=2),
    late=st.booleans(),
)
def test_the_same_answers_as_a_plain_comparison(task, texts, asked, late):
    with transaction.atomic():
        for n, text in enumerate(texts):
            issue = factories.make_issue(task.notice, title=text, detail=texts[n - 1])
            other = factories.make_task(issue, lead=task.lead_unit, text=texts[n - 2])
            factories.make_progress(other, text=text, blocked=texts[n - 1])
            factories.make_evidence(other, name=text)
        if not late:
            search.catch_up()
        for words in [*asked, texts[0][:3], texts[-1][1:]]:
            for kind in Sought:
                if words.strip():
                    assert found(kind, words) == plainly(kind, words.strip()), (kind, words)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "words",
    ["修订", "q-7", "林一", "水利局", "涵洞失修", "W01-001-01"],
    ids=["measure", "letters in the other case", "leader", "unit", "title of the issue", "number"],
)
def test_a_task_answers_to_its_texts_units_and_issue(task, words):
    factories.make_task(
        factories.make_issue(task.notice, title="别的事项"), lead=task.notice.unit, text="另行办理"
    )
    search.catch_up()

    assert found(Sought.TASK, words) == [task]


def test_a_change_is_found_in_its_own_transaction(task):
    search.catch_up()
    Task.objects.filter(pk=task.pk).update(text="清淤疏浚")

    assert (found(Sought.TASK, "清淤"), found(Sought.TASK, "管护制度")) == ([task], [])
    search.catch_up()
    assert (found(Sought.TASK, "清淤"), found(Sought.TASK, "管护制度")) == ([task], [])


def test_a_change_that_touches_no_text_marks_nothing(task):
    search.catch_up()

    Task.objects.filter(pk=task.pk).update(state=State.PENDING, text=task.text)

    assert SearchMark.objects.count() == 0


def test_a_unit_that_joins_is_found_and_one_that_led_before_is_not(task):
    search.catch_up()
    TaskUnit.objects.filter(task=task).update(role=UnitRole.FORMER)
    TaskUnit.objects.create(task=task, unit_text="白石镇", role=UnitRole.SUPPORTING)

    assert (found(Sought.TASK, "白石镇"), found(Sought.TASK, "水利局")) == ([task], [])


def test_what_is_gone_leaves_the_index(task):
    row = factories.make_evidence(task, name="会议纪要.pdf")
    search.catch_up()
    row.delete()

    search.catch_up()

    assert (found(Sought.EVIDENCE, "会议纪要"), search.wrong_entries()) == ([], [])


def test_a_word_of_more_rows_than_candidates_is_found_all_the_same(task, monkeypatch):
    monkeypatch.setattr(search, "MOST", 1)
    factories.make_task(task.issue, lead=task.lead_unit, text="修订河道制度")
    search.catch_up()

    assert len(found(Sought.TASK, "修订")) == 2
    assert len(found(Sought.TASK, "涵洞")) == 2  # one issue of two tasks


def test_a_single_character_and_blanks(task):
    assert found(Sought.TASK, "订") == [task]
    assert found(Sought.TASK, "  ") == [task]


def test_voided_files_are_not_sought(task):
    office = factories.make_user("office", (Role.OFFICE, task.notice.unit))
    factories.make_evidence(task, name="会议纪要.pdf")
    Evidence.objects.update(removed_at=factories.AT, removed_why="传错")

    assert list(rows_of(Sought.EVIDENCE, "会议", office)) == []


def test_only_what_the_person_sees_is_found(task):
    stranger = factories.make_user(
        "stranger", (Role.STAFF, factories.make_unit("柳溪镇", parent=task.notice.unit))
    )
    staff = factories.make_user("staff", (Role.STAFF, task.lead_unit))
    factories.make_progress(task, text="清淤完成")
    search.catch_up()

    seen = {kind: [len(rows_of(kind, words, user)) for user in (staff, stranger)]
            for kind, words in ((Sought.ISSUE, "涵洞"), (Sought.TASK, "修订"), (Sought.PROGRESS, "清淤"))}  # fmt: skip
    assert set(map(tuple, seen.values())) == {(1, 0)}


def test_the_words_stand_in_their_surroundings(task):
    office = factories.make_user("office", (Role.OFFICE, task.notice.unit))
    Task.objects.update(text=f"{'前' * 40}Q-7{'后' * 90}")
    rows = rows_of(Sought.TASK, "q-7", office)

    (hit,) = hits(Sought.TASK, rows, "q-7")

    assert hit.place == Place("整改措施", f"…{'前' * 24}", "Q-7", f"{'后' * 70}…")


def test_an_entry_that_went_wrong_is_told_and_made_anew(task):
    search.catch_up()
    SearchEntry.objects.filter(text__contains="管护").update(text="别的")

    assert search.wrong_entries() == ["索引内容与检索条目不一致", f"任务 {task.pk} 的检索条目与实际不符"]
    search.rebuild()
    assert (search.wrong_entries(), found(Sought.TASK, "管护")) == ([], [task])


def test_every_trigger_is_there_after_all_migrations():
    """A migration that rebuilds a watched table on SQLite drops its triggers and must make them anew, see 0018."""
    assert search.index.missing_triggers() == []


def test_few_queries_however_many_hits(task, django_assert_num_queries):
    factories.make_task(task.issue, lead=task.lead_unit, text="修订河道制度")
    search.catch_up()

    with django_assert_num_queries(2):  # candidates, rows
        assert len(found(Sought.TASK, "涵洞")) == 2
