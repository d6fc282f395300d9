"""一题一档 and the pack: what lies about an issue, all of it, for those who may see it."""

import datetime as dt
import hashlib
import io
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.models import Event
from notices.domain import dossier
from notices.domain.evidence import store_path
from notices.errors import Refused
from notices.models import Evidence, Issue
from notices.report.packing import streamed
from tests.factories import make_evidence, make_progress, make_task, make_world

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


def issues_of(notice):
    rows = Issue.objects.filter(notice=notice).with_progress()
    return list(rows.select_related("notice", "aspect", "lead_unit").in_order())


def stored(task, name, content=b"%PDF-1.4 evidence", **fields):
    stored_as = f"{hashlib.sha256(name.encode()).hexdigest()[:20]}.pdf"
    (store_path() / stored_as).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    row = make_evidence(task, name=name)
    fields |= {"stored_as": stored_as, "sha256": digest, "size": len(content)}
    Evidence.objects.filter(pk=row.pk).update(**fields)
    return Evidence.objects.get(pk=row.pk)


def packed(notice, user):
    issues = issues_of(notice)
    dossier.order_pack(notice, by=user, at=timezone.now())
    entries = dossier.entries_of(issues)
    content = b"".join(streamed(dossier.parts(entries, issues, user, today=TODAY)))
    return zipfile.ZipFile(io.BytesIO(content))


def test_the_dossier_holds_plan_reports_steps_and_files():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    make_progress(task, text="已完成清退", by=w.staff)
    stored(task, "清退凭证.pdf")
    stored(task, "作废的.pdf", removed_at=timezone.now(), removed_why="传错")
    found = dossier.dossiers(issues_of(w.notice), w.office, today=TODAY)[0]
    assert found.title == w.issue.title
    part = found.tasks[0]
    assert dict(part.facts)["状态"] == "整改中"
    reports, _, files = part.sheets
    assert [row[2] for row in reports.rows] == ["已完成清退"]
    assert [row[1] for row in files.rows] == ["清退凭证.pdf"]
    assert dossier.dossier_bytes(found)[:2] == b"PK"


def test_it_holds_only_the_tasks_one_sees():
    w = make_world()
    make_task(w.issue, lead=w.bureau, text="本单位的")
    make_task(w.issue, lead=w.town, text="别的单位的")
    told = {
        who: [t.text for t in dossier.dossiers(issues_of(w.notice), getattr(w, who), today=TODAY)[0].tasks]
        for who in ("office", "staff", "town_staff")
    }
    assert told == {
        "office": ["本单位的", "别的单位的"],
        "staff": ["本单位的"],
        "town_staff": ["别的单位的"],
    }


def test_the_queries_are_the_same_for_one_task_and_for_many():
    w = make_world()
    dossier.dossiers(issues_of(w.notice), w.office, today=TODAY)  # who the person is, asked once
    counts = []
    for _ in range(2):
        make_progress(make_task(w.issue, lead=w.bureau), text="进展", by=w.staff)
        with CaptureQueriesContext(connection) as sent:
            dossier.dossiers(issues_of(w.notice), w.office, today=TODAY)
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_a_pack_holds_every_file_by_number_with_contents_and_hashes():
    w = make_world()
    task = make_task(w.issue, lead=w.bureau)
    stored(task, "凭证:一.pdf", b"%PDF-1.4 one")
    stored(task, "凭证:一.pdf ", b"%PDF-1.4 two")
    lost = stored(task, "丢失的.pdf")
    (store_path() / lost.stored_as).unlink()
    pack = packed(w.notice, w.office)
    folder = dossier.folder_of(w.issue)
    first, second = f"{folder}/{task.number}/01 凭证_一.pdf", f"{folder}/{task.number}/02 凭证_一.pdf"
    assert pack.testzip() is None
    assert [pack.read(first), pack.read(second)] == [b"%PDF-1.4 one", b"%PDF-1.4 two"]
    sums = pack.read("校验值.txt").decode().splitlines()
    assert sums == [f"{hashlib.sha256(pack.read(path)).hexdigest()}  {path}" for path in (first, second)]
    rows = list(load_workbook(io.BytesIO(pack.read("目录.xlsx"))).active.values)[1:]
    assert [row[3] for row in rows] == [first, second, None]
    assert "在服务器上找不到" in rows[2][10]
    assert f"{folder}/一题一档.docx" in pack.namelist()
    assert Event.objects.get(action="dossier.pack").data == {"issues": 1, "files": 3}


@pytest.mark.parametrize("who", ["staff", "head", "leader"])
def test_only_the_office_and_supervisors_take_the_whole_pack(who):
    w = make_world()
    make_task(w.issue, lead=w.bureau)
    with pytest.raises(Refused, match="只有整改办和督导组"):
        packed(w.notice, getattr(w, who))
    assert not Event.objects.filter(action="dossier.pack").exists()
    assert Evidence.objects.count() == 0
