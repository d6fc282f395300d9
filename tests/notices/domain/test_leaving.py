"""Everything on leaving: whole, readable without the product, its counts those of the database."""

import csv
import datetime as dt
import hashlib
import io
import re
import zipfile

import pytest
from django.apps import apps
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Event
from accounts.roles import Role
from notices.domain import leaving, leaving_tables
from notices.domain.evidence import store_path
from notices.domain.snapshots import freeze
from notices.errors import Refused
from notices.models import Comment, Evidence, Task
from notices.report.packing import streamed
from tests.factories import (
    AT,
    TODAY,
    make_evidence,
    make_issue,
    make_notice,
    make_progress,
    make_task,
    make_unit,
    make_user,
    make_world,
)

LABELS = {m._meta.label_lower for m in apps.get_models(include_auto_created=True) if m._meta.managed}


def stored(task, name, content, **fields):
    row = make_evidence(task, name=name)
    stored_as = f"leaving-{row.pk}.pdf"
    (store_path() / stored_as).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    Evidence.objects.filter(pk=row.pk).update(stored_as=stored_as, sha256=digest, size=len(content), **fields)
    return row


@pytest.fixture
def world(db):
    """A notice with a task, a report, three files of which one is voided and one lost; a closed week; another county."""
    w = make_world()
    w.task = make_task(w.issue, lead=w.bureau, text="=拆除网箱")
    make_progress(w.task, text="已拆三处", by=w.staff)
    Comment.objects.create(task=w.task, text="请抓紧", by=w.leader, at=AT)
    stored(w.task, "拆除照片.pdf", b"%PDF-1.4 one")
    stored(w.task, "传错的.pdf", b"%PDF-1.4 two", removed_at=timezone.now(), removed_why="传错")
    (store_path() / f"leaving-{stored(w.task, '丢失的.pdf', b'gone').pk}.pdf").unlink()
    freeze(w.notice, dt.date(2026, 11, 16), head={}, by=w.office, at=AT, today=TODAY)
    w.other = make_notice(make_unit("松岭县"), title="松岭县的通报")
    make_task(make_issue(w.other), lead=w.town, text="别县的任务")
    return w


def packed(wanted):
    told = leaving.Told()
    return zipfile.ZipFile(io.BytesIO(b"".join(streamed(leaving.parts(wanted, told))))), told


def whole():
    return packed(leaving.order_whole(at=AT, today=TODAY))


def of_notice(w, who="office"):
    return packed(leaving.order(w.notice, by=getattr(w, who), at=AT, today=TODAY))


def table(package, name):
    return list(csv.reader(io.StringIO(package.read(f"数据表/{name}.csv").decode("utf-8-sig"))))


def test_every_table_is_exported_or_left_out_with_a_reason():
    known = set(leaving_tables.TABLES) | set(leaving_tables.LEFT_OUT)

    assert sorted(LABELS - known) == [] and sorted(known - LABELS) == []
    assert set(leaving_tables.TABLES) & set(leaving_tables.LEFT_OUT) == set()
    assert all(leaving_tables.LEFT_OUT.values())


def test_every_heading_is_chinese_and_no_two_are_the_same():
    wrong = []
    for label in leaving_tables.TABLES:
        heads = [
            c.heading
            for c in leaving_tables.columns(leaving_tables.model_of(label), leaving_tables.Names({}))
        ]
        wrong += [(label, h) for h in heads if not re.search("[一-鿿]", h) and h != "SHA-256"]
        wrong += [(label, heads)] if len(set(heads)) < len(heads) else []

    assert wrong == []


def test_what_only_this_system_can_use_is_left_out_and_nothing_else():
    hidden = re.compile("password$|secret|token|digest|hash")
    found = [
        f"{label}.{field.name}"
        for label in leaving_tables.TABLES
        for field in leaving_tables.model_of(label)._meta.concrete_fields
        if hidden.search(field.name) and f"{label}.{field.name}" not in leaving_tables.SECRET
    ]

    # The marks of frozen and recorded things prove them to whoever reads them; a person's first password is a yes or no.
    assert found == [
        "notices.notice.text_digest", "notices.planbaseline.digest", "notices.planreview.digest",
        "notices.publicationfile.digest", "notices.snapshot.digest", "accounts.user.must_change_password",
        "accounts.event.digest",
    ]  # fmt: skip


def test_the_whole_holds_every_row_of_every_table_and_counts_agree(world):
    package, told = whole()

    assert package.testzip() is None
    counts = {
        label: leaving_tables.model_of(label)._default_manager.count() for label in leaving_tables.TABLES
    }
    assert told.rows == counts
    contents = {row[2]: row for row in table_of(package, "目录.csv") if row[0] == "数据表"}
    for label in leaving_tables.TABLES:
        name = leaving_tables.title_of(leaving_tables.model_of(label))
        assert len(table(package, name)) - 1 == counts[label] == int(contents[f"数据表/{name}.csv"][3])


def table_of(package, path):
    return list(csv.reader(io.StringIO(package.read(path).decode("utf-8-sig"))))


def test_a_row_reads_without_us(world):
    package, _ = whole()
    head, *rows = table(package, "任务")
    row = dict(
        zip(head, next(r for r in rows if r[head.index("任务编号")] == world.task.number), strict=True)
    )

    assert row["状态"] == "整改中" and row["牵头单位"] == "云岭县教育局"
    assert row["牵头单位（行号）"] == str(world.bureau.pk) and row["问题"] == world.issue.number
    assert row["整改措施"] == "'=拆除网箱"  # no sheet takes it for a formula
    assert row["长期坚持"] == "否" and row["完成时限"] == ""
    assert "password" not in package.read("数据表/用户.csv").decode()


def test_files_lie_by_issue_and_every_one_has_its_hash(world):
    package, told = whole()
    issue = f"{leaving.folder_of(world.notice)}/问题/{world.issue.number} {world.issue.title}"
    files = f"{issue}/{world.task.number}"

    assert package.read(f"{files}/01 拆除照片.pdf") == b"%PDF-1.4 one"
    assert package.read(f"{files}/02 （已作废）传错的.pdf") == b"%PDF-1.4 two"
    assert told.missing == [f"{files}/03 丢失的.pdf"]
    lost = next(row for row in table_of(package, "目录.csv") if row[1] == "丢失的.pdf")
    assert lost[2] == "" and "在服务器上找不到" in lost[4]
    story = package.read(f"{issue}/时间线.txt").decode("utf-8-sig")
    assert "填报进展" in story and "已拆三处" in story and "请抓紧" in story
    assert f"{issue}/一题一档.docx" in package.namelist()
    sums = dict(reversed(line.split("  ", 1)) for line in package.read("校验值.txt").decode().splitlines())
    assert sums == {
        name: hashlib.sha256(package.read(name)).hexdigest()
        for name in package.namelist()
        if name != "校验值.txt"
    }


def test_the_ledgers_of_today_and_of_each_closed_week_are_workbooks(world):
    package, _ = whole()
    folder = leaving.folder_of(world.notice)

    for path in (f"{folder}/整改台账.xlsx", f"{folder}/每周台账/2026-11-16.xlsx"):
        book = load_workbook(io.BytesIO(package.read(path)), read_only=True)
        assert world.task.number in {cell for row in book["任务清单"].values for cell in row}


def test_the_office_takes_its_notice_and_nothing_of_another(world):
    package, told = of_notice(world)

    every = b"".join(package.read(name) for name in package.namelist())
    assert told.rows["notices.task"] == 1 and Task.objects.count() == 2
    assert "松岭县" not in every.decode("utf-8", "ignore")
    assert not {"数据表/用户.csv", "数据表/操作记录.csv"} & set(package.namelist())
    reasons = {row[1]: row[4] for row in table_of(package, "目录.csv") if row[0] == "没有导出的表"}
    assert "整体导出" in reasons["操作记录"]
    assert Event.objects.filter(action="notice.export", actor=world.office).count() == 1


@pytest.mark.parametrize("who", ["staff", "head", "leader", "supervisor", "admin", "county_head"])
def test_nobody_else_takes_it(world, who):
    world.county_head = make_user("first", (Role.HEAD, world.county))
    with pytest.raises(Refused, match="只有整改办可以导出"):
        of_notice(world, who)
    assert not Event.objects.filter(action="notice.export").exists()
