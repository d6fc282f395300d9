"""Issues that belong together: proposed within what a person sees, confirmed, shown on both sides, taken back."""

import datetime as dt

import pytest

from accounts.models import Event
from notices.domain import links
from notices.errors import Missing, Refused, StepRefused
from notices.models import Issue, IssueLink
from notices.terms import LinkKind, Stage, State
from tests.factories import AT, make_issue, make_notice, make_task, make_unit, make_world

pytestmark = pytest.mark.django_db
PEOPLE = ("staff", "head", "town_staff", "leader", "office", "supervisor", "admin")


@pytest.fixture
def w():
    """This round's issue about 往来款项 (bureau), the last round's about the same (town), and one of strangers."""
    world = make_world()
    last = make_notice(world.county, title="上一轮", feedback_on=dt.date(2024, 5, 1), stage=Stage.ARCHIVED)
    elsewhere = make_notice(make_unit("望海区"), title="别处的批次")
    world.now = make_issue(world.notice, title="关于“往来款项清理不到位”的问题")
    world.before = make_issue(last, title="关于“往来款项长期挂账”的问题")
    world.strange = make_issue(elsewhere, title="关于“往来款项清理不到位”的问题")
    make_task(world.now, lead=world.bureau)
    make_task(world.before, lead=world.town, state=State.COMPLETED)
    return world


def confirm(w, kind=LinkKind.CARRIED, *, by=None, one=None, two=None):
    return links.confirm(one or w.now, two or w.before, kind=kind, by=by or w.office, at=AT)


def test_suggestions_stay_within_what_the_person_sees(w):
    assert [(s.issue, s.words) for s in links.suggestions(w.now, w.office)] == [(w.before, ("往来款项",))]
    assert links.suggestions(w.now, w.staff) == []


def test_what_is_linked_is_not_proposed_again(w):
    confirm(w)

    assert links.suggestions(w.now, w.office) == []
    assert links.suggestions(w.before, w.office) == []


def test_the_same_queries_for_any_number(w, django_assert_num_queries):
    for number in range(30):
        make_issue(w.notice, title=f"往来款项清理第{number}项")
    links.suggestions(w.now, w.office)  # memberships are read once
    with django_assert_num_queries(3):
        assert len(links.suggestions(w.now, w.office)) == 5


def test_a_link_knows_which_came_first_and_why(w):
    row = confirm(w, one=w.now, two=w.before)

    assert (row.earlier, row.later, row.words) == (w.before, w.now, ["往来款项"])
    assert sorted(Event.objects.filter(action="issue.link").values_list("subject_id", flat=True)) == sorted(
        [w.now.pk, w.before.pk]
    )


def test_a_pair_is_linked_once_in_either_order(w):
    confirm(w)

    with pytest.raises(Refused, match="已经关联"):
        confirm(w, one=w.now, two=w.before)
    assert IssueLink.objects.count() == 1


def test_what_cannot_be_linked_is_refused(w):
    for kind, other, field in (
        ("", w.before, "kind"),
        ("alike", w.now, "other"),
        ("carried", w.issue, "kind"),
    ):
        with pytest.raises(Missing) as refused:
            confirm(w, kind, two=other)
        assert list(refused.value.fields) == [field]


def test_only_the_office_and_supervisors_link_and_not_in_an_archived_notice(w):
    assert {p for p in PEOPLE if links.refusal(getattr(w, p), w.now) is None} == {"office", "supervisor"}
    assert links.refusal(w.office, w.before) == "该批次已归档，只能查看。"
    with pytest.raises(StepRefused):
        confirm(w, by=w.head)


def test_a_link_is_seen_by_who_sees_both_issues(w):
    confirm(w)
    seen = {p for p in PEOPLE if IssueLink.objects.visible_to(getattr(w, p)).exists()}

    assert seen == {"leader", "office", "supervisor"}
    assert IssueLink.objects.visible_to(w.office).of(w.before).count() == 1
    assert IssueLink.objects.visible_to(w.office).of(w.now).count() == 1


def test_a_link_is_taken_back_with_a_reason_and_may_be_made_again(w):
    row = confirm(w)
    with pytest.raises(Missing):
        links.remove(row, why=" ", by=w.office, at=AT)
    links.remove(row, why="并非同一事项", by=w.supervisor, at=AT)
    with pytest.raises(Refused, match="已经解除"):
        links.remove(row, why="再来一次", by=w.office, at=AT)

    row.refresh_from_db()
    assert (row.removed_by_name, row.removed_why) == ("纪组长", "并非同一事项")
    assert not IssueLink.objects.in_force().exists()
    assert confirm(w, LinkKind.ALIKE).pk != row.pk


def test_carried_over_issues_are_counted_in_the_later_notice(w):
    confirm(w)
    confirm(w, LinkKind.ALIKE, one=w.issue, two=w.before)
    issues = Issue.objects.all()

    assert list(links.carried_over(issues, w.office)) == [w.now]
    assert list(links.carried_over(issues, w.staff)) == []
