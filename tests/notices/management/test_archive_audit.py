"""Old rows of the audit log in files that prove themselves, against the chain that stays."""

import datetime as dt
import gzip
import json
import stat

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import audit
from accounts.models import Event
from tests.factories import make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def head(settings, tmp_path):
    settings.AUDIT_HEAD = tmp_path / "head.log"
    return settings.AUDIT_HEAD


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "归档"


def make_events(*days):
    """One sealed event so many days ago, each."""
    user = make_user(f"staff{Event.objects.count()}", name="安经办")
    now = timezone.now()
    for n in days:
        audit.record(
            audit.Act("task.report", "task", n, data={"text": "进展"}), by=user, at=now - dt.timedelta(days=n)
        )
    audit.seal()


def archive(folder, capsys, *words):
    capsys.readouterr()
    call_command("archive_audit", str(folder), "--json", *words)
    return json.loads(capsys.readouterr().out)


def verify(*files):
    """What the command says is wrong; "" when all holds."""
    try:
        call_command("verify_audit", "--archive", *map(str, files), verbosity=0)
    except CommandError as why:
        return str(why)
    return ""


def lines_of(path):
    return gzip.decompress(path.read_bytes()).decode().splitlines()


def put(path, lines):
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))


def relinked(lines):
    """The same rows with every hash reckoned anew, as somebody would who forges."""
    previous = json.loads(lines[0])["previous"]
    rows = []
    for line in lines[1:-1]:
        body = line.split(" ", 1)[1]
        previous = audit.link(previous, body)
        rows.append(f"{previous} {body}")
    return [lines[0], *rows, json.dumps({"seq": len(rows), "digest": previous})]


def test_rows_older_than_183_days_are_written_with_the_head_and_stay(folder, capsys):
    make_events(400, 300, 184, 182, 1)

    told = archive(folder, capsys)

    [path] = folder.iterdir()
    third = Event.objects.get(seq=3)
    assert (told["first"], told["last"], told["rows"], told["digest"]) == (1, 3, 3, third.digest)
    assert (path.name, stat.S_IMODE(path.stat().st_mode)) == ("audit-000000001-000000003.jsonl.gz", 0o600)
    assert Event.objects.filter(seq__lte=3).count() == 3
    kept = Event.objects.get(action="audit.archive").data
    assert kept == {k: told[k] for k in ("first", "last", "digest", "sha256")} | {"file": path.name}
    call_command("verify_audit", "--archive", str(folder))
    assert capsys.readouterr().out == (
        f"归档 {path.name} 完好：第 1 至 3 号记录，与库中的链相接。\n"
        "操作记录链完好，共 5 条已封存，另有 1 条待封存。\n"
    )


def test_the_next_archive_goes_on_where_the_last_ended(folder, capsys):
    make_events(400, 300, 250, 1)
    archive(folder, capsys, "--days", "260")

    second = archive(folder, capsys)
    third = archive(folder, capsys)

    assert (second["first"], second["last"], third) == (3, 3, {"file": None, "rows": 0})
    assert verify(folder) == ""


@pytest.mark.parametrize("days", ["0", "182", "-1"])
def test_younger_rows_are_not_archived(folder, days):
    make_events(400)

    with pytest.raises(CommandError, match="--days 至少 183"):
        call_command("archive_audit", str(folder), "--days", days)

    assert not folder.exists()


TAMPERED = {
    "a row edited": (lambda rows: [rows[0], rows[1].replace("安经办", "别人"), *rows[2:]], "第 1 号记录与散列不符，可能被改动"),
    "a row left out": (lambda rows: [*rows[:2], *rows[3:]], "第 2 号记录缺失"),
    "rows swapped": (lambda rows: [rows[0], rows[2], rows[1], *rows[3:]], "第 1 号记录缺失"),
    "cut off": (lambda rows: rows[:-1], "文件不完整或已损坏"),
    "the head of another": (lambda rows: [*rows[:-1], '{"seq": 2, "digest": "0"}'], "末尾登记的链头与第 3 号记录不符"),
    "more behind the head": (lambda rows: [*rows, rows[1]], "末尾登记的链头与第 3 号记录不符"),
    "a row edited and all hashes anew": (
        lambda rows: relinked([rows[0], rows[1].replace("安经办", "别人"), *rows[2:]]),
        "第 3 号记录与库中的散列不符，归档或库中的链可能被重写",
    ),
    "another beginning and all hashes anew": (
        lambda rows: relinked([rows[0].replace("0" * 64, "1" * 64), *rows[1:]]),
        "第 1 号记录之前不应有散列",
    ),
    "something else": (lambda rows: ['{"format": "x"}'], "不是操作记录的归档文件"),
    "no lines": (lambda rows: [], "不是操作记录的归档文件"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "said"), TAMPERED.values(), ids=TAMPERED)
def test_a_tampered_archive_is_named(folder, capsys, tamper, said):
    make_events(400, 300, 250, 1)
    archive(folder, capsys)
    [path] = folder.iterdir()

    put(path, tamper(lines_of(path)))

    assert verify(path) == f"归档 {path.name} 核对不上：{said}。"
    make_events(300)
    with pytest.raises(CommandError, match="没有归档："):
        call_command("archive_audit", str(folder))


@pytest.mark.parametrize("damage", [lambda data: data[:-20], lambda data: b"PK" + data, lambda data: b""])
def test_a_damaged_file_is_named(folder, capsys, damage):
    make_events(400, 1)
    archive(folder, capsys)
    [path] = folder.iterdir()

    path.write_bytes(damage(path.read_bytes()))

    assert verify(path) in [
        f"归档 {path.name} 核对不上：{said}。" for said in ("文件不完整或已损坏", "不是操作记录的归档文件")
    ]


def test_a_chain_rewritten_after_the_archive_is_found_by_it(folder, capsys, head):
    """Whoever has the database and the file of heads in hand has not the archive."""
    make_events(400, 300, 1)
    archive(folder, capsys)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_event SET actor_name = '别人' WHERE seq = 1")
        cursor.execute("UPDATE accounts_event SET seq = NULL, digest = ''")
    audit.seal()
    assert audit.first_broken() is None

    [path] = folder.iterdir()

    assert verify(folder) == (
        f"归档 {path.name} 核对不上：第 2 号记录与库中的散列不符，归档或库中的链可能被重写。"
    )


def test_what_stays_is_proved_behind_what_only_the_archives_hold(folder, capsys):
    """The product takes no row away; should whoever owns the database, archives and remaining rows prove each other."""
    make_events(400, 300, 250, 1, 0)
    archive(folder, capsys, "--days", "260")
    archive(folder, capsys)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_event WHERE seq <= 3")
    first, second = sorted(folder.iterdir())

    assert verify(folder) == ""
    assert verify(second) == "操作记录链已断开：第 1 至 3 号记录不在库中，也不在所给的归档里。"
    assert verify(first) == "操作记录链已断开：第 3 至 3 号记录不在库中，也不在所给的归档里。"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_event SET subject_id = 7 WHERE seq = 4")
    assert verify(folder) == "操作记录链已断开：第 4 号记录与散列不符，可能被改动。"


def test_an_archive_longer_than_the_chain_is_named(folder, capsys):
    make_events(400, 300, 250)
    archive(folder, capsys)
    [path] = folder.iterdir()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_event WHERE seq > 2")

    assert verify(folder) == f"归档 {path.name} 核对不上：库中没有第 3 号记录。"


def test_a_broken_chain_is_not_archived(folder):
    make_events(400, 300)
    make_unit("云岭县")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_event SET subject_id = 7 WHERE seq = 1")

    with pytest.raises(CommandError, match="没有归档：第 1 号记录与散列不符"):
        call_command("archive_audit", str(folder))

    assert not folder.exists()


def test_a_wrong_place_is_named(tmp_path):
    make_events(400)
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match="不是文件夹"):
        call_command("archive_audit", str(tmp_path / "file"))
    assert verify(tmp_path / "none") == f"找不到归档“{tmp_path / 'none'}”，请核对路径。"
    assert verify(tmp_path) == f"文件夹“{tmp_path}”里没有操作记录的归档文件。"
