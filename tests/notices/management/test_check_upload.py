"""The command's contract: exit code, one JSON object, one sentence; no database, no key, no broker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.accounts.files.build import book, document, pack, pdf
from tests.accounts.files.ole import compound

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = {"verdict", "code", "message", "kind", "seconds", "memory_mb", "sheets", "warnings"}


def run(*args, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", "check_upload", *map(str, args)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "upload.bin"
    path.write_bytes(pack(book()))
    return path


def test_accepted_ledger_as_json(ledger):
    done = run(ledger, "--as", "ledger", "--name", "台账.xlsx", "--json")

    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(answer) == CONTRACT
    assert (answer["verdict"], answer["kind"], answer["message"]) == ("accepted", "xlsx", "")
    assert answer["sheets"] == [{"name": "任务清单", "rows": 2}]
    assert 0 < answer["seconds"] < 10
    assert 0 < answer["memory_mb"] < 300


def test_refused_ledger_as_json_and_sentence(tmp_path):
    path = tmp_path / "旧表.xls"
    path.write_bytes(compound("Workbook"))

    done = run(path, "--as", "ledger", "--json")

    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert (answer["verdict"], answer["code"], answer["sheets"]) == ("refused", "old_xls", [])
    assert done.stderr.strip() == answer["message"]
    assert "另存为" in answer["message"]


def test_plain_output_names_sheets(ledger):
    done = run(ledger, "--as", "ledger", "--name", "台账.xlsx")

    assert done.returncode == 0
    assert "任务清单：2 行" in done.stdout


def test_refusal_without_json_prints_only_the_sentence(ledger):
    done = run(ledger, "--as", "ledger", "--name", "../台账.xlsx")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "文件名里带有路径，请只保留文件名后重新上传。"


@pytest.mark.parametrize(
    ("purpose", "name", "data"), [("evidence", "文.pdf", pdf()), ("notice", "文.docx", pack(document()))]
)
def test_other_purposes_have_no_sheets(purpose, name, data, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(data)

    answer = json.loads(run(path, "--as", purpose, "--name", name, "--json").stdout)

    assert (answer["verdict"], answer["sheets"]) == ("accepted", [])


def test_production_without_key_database_or_broker(ledger):
    done = run(
        ledger, "--as", "ledger", "--name", "a.xlsx", "--json",
        DJANGO_DEBUG="0", DATABASE_URL="postgres://nobody@127.0.0.1:1/none", REDIS_URL="redis://127.0.0.1:1/0",
    )  # fmt: skip

    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "accepted")


def test_missing_file_is_a_sentence():
    done = run("no-such-file.xlsx", "--as", "ledger", "--json")

    assert done.returncode == 1
    assert done.stderr.strip() == "找不到文件“no-such-file.xlsx”，请核对路径。"


@pytest.mark.parametrize("args", [(), ("x.xlsx",), ("x.xlsx", "--as", "picture")])
def test_wrong_usage_is_two(args):
    assert run(*args).returncode == 2
