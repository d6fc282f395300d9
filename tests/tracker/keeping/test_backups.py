import datetime as dt
import json

import pytest

from notices.errors import Refused
from tracker.keeping import backups
from tracker.keeping.in_use import alone
from tracker.start import in_use

CHINA = dt.timezone(dt.timedelta(hours=8))
RULE = backups.Rule(daily=7, weekly=4, monthly=6)


def daily(first, last):
    days = (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days
    start = dt.datetime.fromisoformat(f"{first}T02:00")
    return [start + dt.timedelta(days=n) for n in range(days + 1)]


def test_a_year_of_days_leaves_seven_days_four_weeks_six_months():
    found = backups.kept(daily("2026-01-01", "2026-11-20"), RULE)

    assert [f"{m:%m-%d}" for m in sorted(found)] == [
        "06-30",
        "07-31",
        "08-31",
        "09-30",
        "10-31",
        "11-01",  # the last Sunday of each of three weeks
        "11-08",
        "11-14",
        "11-15",
        "11-16",
        "11-17",
        "11-18",
        "11-19",
        "11-20",
    ]


@pytest.mark.parametrize(
    ("moments", "rule", "expected"),
    [
        ([], RULE, 0),
        (daily("2026-11-20", "2026-11-20"), backups.Rule(0, 0, 0), 1),
        # A machine that stood still for months: what there is stays, however old.
        (daily("2026-01-01", "2026-01-03"), RULE, 3),
    ],
)
def test_kept_at_the_edges(moments, rule, expected):
    assert len(backups.kept(moments, rule)) == expected


def test_of_two_on_a_day_the_later_stays():
    early = daily("2026-11-20", "2026-11-20")[0]
    late = early + dt.timedelta(hours=15)

    assert backups.kept([early, late], RULE) == {late}


@pytest.fixture
def folder(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_DIR.mkdir()
    return settings.BACKUP_DIR


def test_prune_removes_only_what_it_made(folder):
    for name in ("tracker-20261118-020000.zip", "tracker-20261119-020000.zip", "tracker-20261120-020000.zip"):
        (folder / name).write_bytes(b"x")
        (folder / f"{name}.verified.json").write_text("{}")
    for name in ("before-upgrade-20200101-020000.zip", "tracker-99999999-020000.zip", "tracker.zip"):
        (folder / name).write_bytes(b"x")

    gone = backups.prune(folder, backups.Rule(2, 0, 0))

    assert [path.name for path in gone] == ["tracker-20261118-020000.zip"]
    assert len(list(folder.iterdir())) == 7


@pytest.mark.parametrize(
    ("there", "hour", "due"),
    [
        ("", 1, False),
        ("", 2, True),
        ("tracker-20261119-020000.zip", 23, True),  # a day without power
        ("tracker-20261120-020000.zip", 23, False),
    ],
)
def test_due_once_a_day_after_the_hour(folder, there, hour, due):
    if there:
        (folder / there).write_bytes(b"x")

    assert backups.is_due(dt.datetime(2026, 11, 20, hour, 30, tzinfo=CHINA), hour=2) is due


def test_known_tells_the_newest_and_what_its_verification_found(folder):
    (folder / "tracker-20261120-020000.zip").write_bytes(b"12345")
    backups.note(folder / "a.zip.verified.json", {"at": "2026-11-01T10:00:00+00:00", "ok": False})
    backups.note(folder / "b.zip.verified.json", {"at": "2026-11-08T10:00:00+00:00", "ok": True})
    (folder / "c.zip.verified.json").write_text("half a li")

    found = backups.known(CHINA)

    assert (found.last_at, found.size, found.count) == (dt.datetime(2026, 11, 20, 2, tzinfo=CHINA), 5, 1)
    assert found.verified == {"at": "2026-11-08T10:00:00+00:00", "ok": True}
    assert found.failed is None


def test_a_disk_that_takes_nothing_is_a_sentence_and_leaves_the_last_backup(folder):
    folder.rmdir()
    folder.write_text("a file where the folder should be")

    with pytest.raises(Refused) as why:
        backups.take(folder / "tracker.zip", at=dt.datetime(2026, 11, 20, tzinfo=CHINA))

    assert str(why.value).startswith("备份没有完成：")


def test_servers_and_changes_of_the_whole_database_exclude_each_other(settings, tmp_path):
    settings.VAR = tmp_path
    with alone():
        pass  # nobody is there
    in_use()

    with pytest.raises(Refused) as why, alone():
        pass

    assert str(why.value).startswith("网页或后台服务还在运行，现在不能更换数据库。")


def test_a_record_is_whole_or_not_there(folder):
    backups.note(folder / "x.json", {"at": "1"})

    assert json.loads((folder / "x.json").read_text()) == {"at": "1"}
    assert [path.name for path in folder.iterdir()] == ["x.json"]
