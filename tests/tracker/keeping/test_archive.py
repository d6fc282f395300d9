"""What is refused: damaged, changed, newer, or out to write elsewhere. Backups of two rows, written by hand."""

import datetime as dt
import hashlib
import io
import json
import zipfile

import pytest

from notices.errors import Refused
from tracker.keeping.archive import Archive, Writer, media_files
from tracker.keeping.restoring import opened, put_files
from tracker.keeping.rows import Table

LINES = b'[1,"a"]\n[2,"b"]\n'


@pytest.fixture
def media(tmp_path):
    root = tmp_path / "media"
    for path in (
        "evidence/a.pdf",
        "evidence/b.pdf",
        "evidence/c.part",
        "previews/a.pdf/1.png",
        "packages/a.zip",
        "ledgers/x.xlsx",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"one" if path != "ledgers/x.xlsx" else b"two")
    return root


@pytest.fixture
def backup(tmp_path, media):
    """Two rows, three files of which two are the same."""
    path = tmp_path / "backup.zip"
    with path.open("w+b") as target:
        writer = Writer(target)
        with writer.rows("x.y") as out:
            out.write(LINES)
        for name in media_files(media):
            writer.keep(media, name)
        table = Table(["id", "name"], 2, hashlib.sha256(LINES).hexdigest(), 2)
        about = {
            "made_at": "2026-11-20T02:00:00+08:00",
            "engine": "sqlite",
            "migrations": [],
            "tables": {"x.y": table},
            "audit": {},
        }
        named = {"evidence/a.pdf": "", "evidence/gone.pdf": "", "evidence/b.pdf": "0" * 64}
        writer.close(about, named=named, with_files=True)
    return path


def rewritten(path, **members):
    """The same file with some members replaced; {"manifest": dict of changes} changes the manifest."""
    old = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
    with zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "manifest.json":
                body = json.dumps(json.loads(body) | members.get("manifest", {})).encode()
            new.writestr(name, members.get(name, body))
    return path


def test_holds_each_file_once_and_says_what_is_not_right(backup):
    with Archive(backup) as archive:
        archive.prove()
        manifest = archive.manifest
        files = [(f.path, f.size) for f in archive.files()]

    assert files == [("evidence/a.pdf", 3), ("evidence/b.pdf", 3), ("ledgers/x.xlsx", 3)]
    assert len([n for n in zipfile.ZipFile(backup).namelist() if n.startswith("content/")]) == 2
    assert (manifest.rows, manifest.absent, manifest.damaged) == (
        2,
        ["evidence/gone.pdf"],
        ["evidence/b.pdf"],
    )


def test_files_come_back_and_others_stay(backup, media):
    (media / "evidence" / "a.pdf").unlink()
    (media / "evidence" / "b.pdf").write_bytes(b"???")
    (media / "evidence" / "later.pdf").write_bytes(b"later")

    with Archive(backup) as archive:
        put = put_files(archive, media)

    assert put == 2
    assert [(media / "evidence" / f"{n}.pdf").read_bytes() for n in ("a", "b", "later")] == [
        b"one",
        b"one",
        b"later",
    ]


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def empty(path):
    path.write_bytes(b"")


def flip(path):
    """One bit in the middle of the stored evidence."""
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"one")] ^= 1
    path.write_bytes(raw)


def change_a_row(path):
    rewritten(path, **{"rows/x.y.jsonl": LINES.replace(b"b", b"c")})


def change_a_file(path):
    rewritten(path, **{f"content/{hashlib.sha256(b'two').hexdigest()}": b"owt"})


def name_a_newer_version(path):
    rewritten(path, manifest={"version": "9.0.0"})


def name_a_newer_format(path):
    rewritten(path, manifest={"format": 2})


def climb_out(path):
    listing = json.dumps(
        {"path": "../../etc/passwd", "size": 3, "sha256": hashlib.sha256(b"one").hexdigest()}
    ).encode()
    files = {"count": 1, "bytes": 3, "sha256": hashlib.sha256(listing).hexdigest()}
    rewritten(path, **{"files.jsonl": listing, "manifest": {"files": files}})


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (cut, "“backup.zip”不是完整的备份文件，不能使用。"),
        (empty, "“backup.zip”不是完整的备份文件，不能使用。"),
        (flip, "备份文件“backup.zip”已损坏（content/"),
        (change_a_row, "备份文件“backup.zip”的校验值不符（rows/x.y.jsonl），内容被改动或已损坏，不能使用。"),
        (change_a_file, "备份文件“backup.zip”的校验值不符（content/"),
        (name_a_newer_version, "“backup.zip”由更新的版本 9.0.0 备份，本程序是 "),
        (name_a_newer_format, "“backup.zip”由更新的版本 "),
        (climb_out, "备份文件中的路径“../../etc/passwd”不合规，不能恢复。"),
    ],
)
def test_refused(backup, harm, words):
    harm(backup)

    with pytest.raises(Refused) as why, Archive(backup) as archive:
        archive.prove()

    assert str(why.value).startswith(words)


@pytest.mark.django_db
def test_migrations_this_program_does_not_have_are_refused(backup):
    rewritten(backup, manifest={"migrations": [["notices", "0999_later"]]})

    with pytest.raises(Refused) as why:
        opened(backup)

    assert str(why.value) == "“backup.zip”的数据库版本比本程序新（notices 0999_later），请先升级程序再恢复。"


def test_the_moment_is_kept_with_its_zone(backup):
    with Archive(backup) as archive:
        assert dt.datetime.fromisoformat(archive.manifest.made_at).utcoffset() == dt.timedelta(hours=8)
