"""Names of uploads: what is refused with which code, and what honest names look like."""

import re

import pytest

from accounts.files.gate import inspect
from accounts.files.names import clean_name, extension, storage_name
from accounts.files.refusal import Refusal
from tests.accounts.files.build import book, pack, pdf

EVIL = {
    "": "name_empty",
    "   ": "name_empty",
    "..": "name_empty",
    "../台账.xlsx": "name_path",
    "../../etc/passwd.xlsx": "name_path",
    "..\\..\\台账.xlsx": "name_path",
    "/etc/台账.xlsx": "name_path",
    "C:\\Windows\\台账.xlsx": "name_path",
    "C:台账.xlsx": "name_path",
    "\\\\server\\share\\台账.xlsx": "name_path",
    "a/b.xlsx": "name_path",
    "..／..／台账.xlsx": "name_path",
    "台账\u2215x.xlsx": "name_path",
    "%2e%2e%2f台账.xlsx": "name_path",
    "%252e%252e%252f台账.xlsx": "name_path",
    "台账%00.xlsx": "name_path",
    "台账%0d%0a.xlsx": "name_path",
    "~/台账.xlsx": "name_path",
    "台账\x00.xlsx": "name_control",
    "台账.exe\x00.xlsx": "name_control",
    "台账\r\nSet-Cookie: a=b.xlsx": "name_control",
    "台账\t.xlsx": "name_control",
    "台账\x1b[31m.xlsx": "name_control",
    "台账\x85.xlsx": "name_control",
    "台账\u2028.xlsx": "name_control",
    "台账\udcff.xlsx": "name_control",
    "台账\u3164.xlsx": "name_control",
    "Z" + "\u0335" * 20 + ".xlsx": "name_control",
    "台账\u202excod.xlsx": "name_invisible",
    "台账\u2066x.xlsx": "name_invisible",
    "台\u200b账.xlsx": "name_invisible",
    "\ufeff台账.xlsx": "name_invisible",
    "台账\u00ad.xlsx": "name_invisible",
    "台账\U000e0041.xlsx": "name_invisible",
    "长" * 201 + ".xlsx": "name_long",
    "a" * 5000 + ".xlsx": "name_long",
    "CON.xlsx": "name_reserved",
    "nul.xlsx": "name_reserved",
    "Com1.xlsx": "name_reserved",
    "LPT9.tar.xlsx": "name_reserved",
    "aux .xlsx": "name_reserved",
    "com¹.xlsx": "name_reserved",
    "台账.xlsx.": "name_trailing",
    "台账.xlsx ": "name_trailing",
    "台账.xlsx\u3000": "name_trailing",
    ".htaccess": "name_dot",
    ".xlsx": "name_dot",
    "~$台账.xlsx": "name_lock",
    "台账.xlsx::$DATA": "name_symbol",
    "台账:隐藏.xlsx": "name_symbol",
    "<script>alert(1)<script>.xlsx": "name_symbol",
    '台账"onload=".xlsx': "name_symbol",
    "台账|calc.xlsx": "name_symbol",
    "台账*.xlsx": "name_symbol",
    "`id`.xlsx": "name_symbol",
    "$(id).xlsx": "name_symbol",
    "通知.pdf.exe": "name_program",
    "通知.exe.pdf": "name_program",
    "通知.php.jpg": "name_program",
    "通知.xlsx.js": "name_program",
    "shell.asp;.jpg": "name_program",
    "shell.pHp5.png": "name_program",
    "台账\uffff.xlsx": "name_control",
    "通知．exe.xlsx": "name_program",
    "通知․xlsx": "name_dots",
    "通知．xlsx": "name_dots",
    "通知.ｘｌｓｘ": "name_dots",
    "通知.pdf" + " " * 60 + ".xlsx": "name_blanks",
}
HONEST = [
    "台账.xlsx",
    "台账.XLSX",
    "关于“三清单”整改台账（第3周）- 副本 (2).xlsx",
    "１．全角数字台账.xlsx",
    "1.2 版 v1.0.3 台账.xlsx",
    "附件1：整改台账.xlsx",
    "综合／其他.xlsx",
    "A&B 公司's 台账; 终稿.xlsx",
    "完成率100%.xlsx",
    "台账 .xlsx",
    "-台账-.xlsx",
    "台账…….xlsx",
    "通知.doc.xlsx",
    "𠮷䶮镇台账.xlsx",
    "台账❤️.xlsx",
    "青禾镇・云岭县·台账【2021】《终》.xlsx",
    "www.example.com.xlsx",
    "console.xlsx",
    "长" * 190 + ".xlsx",
]


@pytest.mark.parametrize("name", EVIL)
def test_evil_name_is_refused(name):
    with pytest.raises(Refusal) as caught:
        clean_name(name)

    assert caught.value.code == EVIL[name]
    assert caught.value.message.endswith("。")


@pytest.mark.parametrize("name", HONEST)
def test_honest_name_is_kept(name):
    assert clean_name(name) == name


@pytest.mark.parametrize("name", EVIL)
def test_gate_refuses_an_evil_name_over_honest_content(name, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(pack(book()))

    verdict = inspect(str(path), name=name, purpose="ledger")

    assert (verdict.accepted, verdict.name) == (False, "")


@pytest.mark.parametrize("name", HONEST)
def test_gate_accepts_an_honest_name(name, tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(pack(book()))

    verdict = inspect(str(path), name=name, purpose="ledger")

    assert (verdict.accepted, verdict.code, verdict.name) == (True, "ok", name)


def test_decomposed_letters_are_composed_and_leading_blanks_go():
    assert clean_name(" \u3000Cafe\u0301.xlsx") == "Caf\u00e9.xlsx"


def test_extension_is_what_stands_after_the_last_dot():
    assert [extension(name) for name in ("a.PDF", "a.tar.gz", "abc", ".hidden", "a.")] == [
        "pdf",
        "gz",
        "",
        "",
        "",
    ]


def test_storage_name_holds_nothing_of_the_upload():
    names = {storage_name("pdf") for _ in range(50)}

    assert len(names) == 50
    assert all(re.fullmatch(r"[0-9a-f]{32}\.pdf", name) for name in names)


def test_storage_name_takes_only_a_checked_ending():
    with pytest.raises(ValueError, match="checked ending"):
        storage_name("../x")


def test_evidence_named_like_a_program_is_refused(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(pdf())

    codes = [
        inspect(str(path), name=name, purpose="evidence").code
        for name in ("通知.pdf", "通知.pdf.exe", "通知.txt.scr")
    ]

    assert codes == ["ok", "name_program", "name_program"]
