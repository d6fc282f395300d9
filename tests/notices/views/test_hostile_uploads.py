"""Hostile files and names sent to the upload pages: a sentence on the page, nothing kept, never a server error."""

import re
from itertools import cycle

import pytest

from accounts.files.names import storage_name
from notices.domain.evidence import store_path
from notices.models import Evidence, IntakeDraft, LedgerUpload
from tests.accounts.files.build import book, pack
from tests.accounts.files.hostile import ENTITY, HTML, formula, spoilt
from tests.factories import make_task, make_world

pytestmark = pytest.mark.django_db
EDGE = "------------------------edge"
TOLD = re.compile(r'(?:role="alert"[^>]*>|errorlist[^>]*><li>)\s*[^<]*。')
TEXT = "一、学习不够深入。\n".encode()
PAGES = ("ledger", "notice", "evidence")
FILES = {
    "page": ("台账.xls", HTML),
    "bomb": ("台账.xlsx", pack({**book(), "xl/media/a.bin": b"0" * 9_000_000})),
    "entity": ("台账.xlsx", spoilt({"xl/styles.xml": ENTITY + "<styleSheet/>"})),
    "call": ("台账.xlsx", formula("&#87;EBSERVICE(A2)")),
    "program": ("纪要.txt", b"MZ\x90\x00" + b"\0" * 99),
    "page_as_text": ("纪要.txt", HTML),
    "empty": ("空.docx", b""),
}
NAMES = {
    "climbing": "..%2F..%2Fetc%2Fpasswd.txt",
    "turned": "台账\u202etxt.exe",
    "nul": "纪要\x00.exe.txt",
    "program": "纪要.txt.exe",
    "reserved": "CON.txt",
    "long": "长" * 250 + ".txt",
    "tag": "<img src=x onerror=alert(1)>.txt",
    "other_letters": "纪要.tхt",
    "dots": "...",
}


def multipart(fields, name, content, field):
    """A body as any program may send it: the name goes in as it is."""
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    return b"".join([*parts, head.encode(), content, f"\r\n--{EDGE}--\r\n".encode()])


def send(client, w, task, page, name, content):
    address, fields, field = {
        "ledger": ("/ledger/upload", {"notice": w.notice.pk}, "file"),
        "notice": ("/intake", {"unit": w.county.pk, "text": ""}, "file"),
        "evidence": (f"/tasks/{task.pk}/attach", {"attach-token": storage_name("txt")}, "attach-files"),
    }[page]
    client.force_login(w.staff if page == "evidence" else w.office)
    body = multipart(fields, name, content, field)
    return client.post(address, body, content_type=f"multipart/form-data; boundary={EDGE}")


@pytest.fixture
def place():
    w = make_world()
    return w, make_task(w.issue, lead=w.bureau)


def stored():
    return [
        *LedgerUpload.objects.all(),
        *IntakeDraft.objects.all(),
        *Evidence.objects.all(),
        *store_path().glob("*"),
    ]


def test_honest_file_is_kept(client, place):
    answer = send(client, *place, "evidence", "会议纪要.txt", TEXT)

    assert answer.status_code == 302
    assert [row.name for row in Evidence.objects.all()] == ["会议纪要.txt"]


@pytest.mark.parametrize("page", PAGES)
def test_hostile_file_is_refused(client, place, page):
    before = stored()
    for case, (name, content) in FILES.items():
        answer = send(client, *place, page, name, content)

        assert answer.status_code == 422, case
        assert TOLD.search(answer.content.decode()), case
    assert stored() == before


def test_evil_name_is_refused(client, place):
    before = stored()
    for page, name in zip(cycle(PAGES), NAMES.values(), strict=False):
        answer = send(client, *place, page, name, TEXT)

        told = answer.content.decode()
        assert answer.status_code == 422, (page, name)
        assert TOLD.search(told), (page, name)
        assert "<img src=x" not in told
    assert stored() == before
