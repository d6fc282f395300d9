"""`manage.py parse_notice` as a program: exit codes, one sentence on stderr, one JSON object on stdout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data" / "notices"
# No database, key or broker can be reached from here.
BARE = {
    "PATH": os.environ["PATH"],
    "DJANGO_DEBUG": "0",
    "DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "LANG": "C",
}


def run(*arguments):
    return subprocess.run(
        [sys.executable, "manage.py", "parse_notice", *map(str, arguments)],
        cwd=ROOT,
        env=BARE,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_json_is_one_object_with_every_key():
    done = run(DATA / "glued.txt", "--json")

    assert (done.returncode, done.stderr) == (0, b"")
    answer = json.loads(done.stdout)
    assert list(answer) == [
        "title", "inspected_party", "inspecting_body", "inspection_start", "inspection_end", "feedback_on",
        "published_on", "signed_by", "signed_on", "contact", "aspects", "issues", "outcomes", "warnings",
    ]  # fmt: skip
    assert answer["contact"] == {"phone": "(0799)6089012", "address": None, "postcode": None, "email": None}
    assert answer["aspects"][0] == {"number": 1, "title": "聚焦党的理论和路线方针政策贯彻落实方面"}
    assert answer["issues"][0] == {
        "path": [1, 1],
        "title": "针对“学习不够系统”的问题",
        "line": 4,
        "progress": "completed",
        "progress_text": "已完成整改",
        "measures": [{"heading": None, "text": "制定年度学习计划，开展学习12次。", "line": 4}],
    }
    assert answer["outcomes"][0] == {
        "issue": [2, 4],
        "metric": "追缴清退资金",
        "value": 0.86,
        "unit": "万元",
        "text": "开展专项检查，退回资金0.86万元",
        "line": 8,
    }
    assert answer["warnings"][0]["code"] == "number_damaged"


def test_outline_for_a_person():
    done = run(DATA / "libreoffice-numbers.docx")

    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[0] == "标题：中共云岭县水务局党组关于巡察整改进展情况的通报"
    assert "  1.1 关于“理论学习不深入”的问题（第7行，未写明进度）" in lines


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "这是旧版 Word（.doc）文件，不能直接读取，请用 Word 或 WPS 打开，另存为 .docx 后再上传。"),
        ("empty.txt", b"", "文件是空的，请重新选择文件。"),
        ("photo.jpg", b"\xff\xd8\xff\xe0rest", "这是图片，里面没有文字，请上传 Word 原稿，或先用识别软件转成文字。"),
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_is_refused_with_one_sentence(tmp_path, name, data, sentence):
    path = tmp_path / name
    path.write_bytes(data)

    done = run(path, "--json")

    assert (done.returncode, done.stdout, done.stderr.decode().strip()) == (1, b"", sentence)


def test_missing_file_is_refused():
    done = run("/nowhere/通报.txt")

    assert (done.returncode, done.stdout, done.stderr.decode().strip()) == (
        1,
        b"",
        "找不到文件“/nowhere/通报.txt”，请核对路径。",
    )


@pytest.mark.parametrize("arguments", [(), ("a.txt", "b.txt"), ("a.txt", "--unknown")])
def test_wrong_usage_exits_with_two(arguments):
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, b"")
