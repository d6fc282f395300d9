"""The lines an issue was read from: its own up to the next heading."""

import pytest

from notices.domain.excerpt import excerpt
from notices.models import Aspect, Issue, Notice
from tests.factories import make_issue, make_world

pytestmark = pytest.mark.django_db
TEXT = "通报\n一、学习方面\n1.甲问题\n\n  措施一  \n2.乙问题\n措施二\n二、作风方面\n3.丙问题\n措施三"


@pytest.fixture
def issues():
    w = make_world()
    found = [w.issue, make_issue(w.notice), make_issue(w.notice, aspect=2)]
    Notice.objects.update(text=TEXT)
    for issue, line in zip(found, (3, 6, 9), strict=True):
        Issue.objects.filter(pk=issue.pk).update(line=line)
    Aspect.objects.filter(number=1).update(line=2)
    Aspect.objects.filter(number=2).update(line=8)
    return list(Issue.objects.select_related("notice").order_by("pk"))


def test_each_issue_has_its_own_lines(issues):
    assert [excerpt(issue) for issue in issues] == [
        [(3, "1.甲问题"), (5, "措施一")],
        [(6, "2.乙问题"), (7, "措施二")],
        [(9, "3.丙问题"), (10, "措施三")],
    ]


def test_without_a_line_or_a_text_there_is_nothing(issues):
    issues[0].line = None
    issues[1].notice.text = ""

    assert (excerpt(issues[0]), excerpt(issues[1])) == ([], [])
