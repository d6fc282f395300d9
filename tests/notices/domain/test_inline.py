import pytest

from notices.domain import reporting
from notices.domain.inline import file_cell
from notices.errors import Missing, Refused, Stale
from notices.models import Task
from tests.factories import AT, make_task, make_world

pytestmark = pytest.mark.django_db


def reported():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    reporting.report(task, text="已排查", next_step="汇总", blocked="缺人手", by=w.staff, at=AT)
    return w, Task.objects.get(pk=task.pk)


def test_cell_files_a_report_and_carries_the_other_words_over():
    w, task = reported()

    file_cell(task, "next", "报县委审定", seen=task.latest_at.isoformat(), by=w.staff, at=AT)

    row = task.progress.order_by("-pk").first()
    assert (row.text, row.next_step, row.blocked) == ("已排查", "报县委审定", "缺人手")


def test_unchanged_cell_files_nothing():
    w, task = reported()

    assert file_cell(task, "latest", " 已排查 ", seen="", by=w.staff, at=AT) is None
    assert task.progress.count() == 1


def test_newer_report_is_shown_and_not_overwritten():
    w, task = reported()

    with pytest.raises(Stale, match="最新进展现为“已排查”"):
        file_cell(task, "latest", "我的内容", seen="", by=w.staff, at=AT)

    assert Task.objects.get(pk=task.pk).latest_text == "已排查"


def test_empty_progress_is_refused():
    w, task = reported()

    with pytest.raises(Missing, match="请填写整改进展。"):
        file_cell(task, "latest", "", seen=task.latest_at.isoformat(), by=w.staff, at=AT)


def test_stranger_files_nothing():
    w, task = reported()

    with pytest.raises(Refused):
        file_cell(task, "latest", "越权", seen=task.latest_at.isoformat(), by=w.town_staff, at=AT)

    assert task.progress.count() == 1
