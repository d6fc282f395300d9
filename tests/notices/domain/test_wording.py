import pytest

from accounts.models import Event
from notices.domain import wording
from notices.errors import Refused, Stale
from notices.models import Wording
from notices.terms import WordingKind
from tests.factories import AT, make_world

MAIL, POST = WordingKind.MAIL, WordingKind.POST


def test_built_in_words_pass_their_own_check():
    for kind, text in wording.BUILT_IN.items():
        assert wording.check(kind, *text) == text


def test_values_are_never_taken_for_placeholders():
    filled = wording.fill("{清单}|{总数}|{没有}", {"清单": "一、{网址}{总数}", "总数": 3, "网址": "X"})

    assert filled == "一、{网址}{总数}|3|{没有}"


@pytest.mark.parametrize(
    ("kind", "subject", "body", "words"),
    [
        (MAIL, "提醒", "{姓名}，{清单}{settings.SECRET_KEY}", "“{settings.SECRET_KEY}”不是可用的占位符"),
        (MAIL, "提醒", "{0} {清单}", "“{0}”不是可用的占位符"),
        (MAIL, "提醒", "{清单} {", "多余的花括号"),
        (MAIL, "提醒", "没有", "正文里要有 {清单}"),
        (MAIL, "", "{清单}", "请填写邮件标题"),
        (MAIL, "{清单}", "{清单}", "任务清单不能放在标题里"),
        (MAIL, "提醒", "{清单}" + "长" * 4000, "正文最长 4000 字"),
        (POST, "", "{姓名} {清单}", "“{姓名}”不是可用的占位符，可用：{日期}、"),
    ],
)
def test_bad_words_are_refused_with_a_sentence(kind, subject, body, words):
    with pytest.raises(Refused) as refused:
        wording.check(kind, subject, body)

    assert words in str(refused.value)


def test_line_breaks_in_a_subject_are_blanks():
    assert wording.check(MAIL, "提醒\r\nBcc: x@example.cn", "{清单}").subject == "提醒 Bcc: x@example.cn"


@pytest.mark.django_db
def test_edit_reset_and_who_may():
    w = make_world()
    with pytest.raises(Refused, match="全系统的提醒文案只能由系统管理员修改。"):
        wording.edit(None, MAIL, "提醒", "{清单}", by=w.office, at=AT)
    with pytest.raises(Refused, match="本批次的提醒文案只能由整改办修改。"):
        wording.edit(w.notice, MAIL, "提醒", "{清单}", by=w.admin, at=AT)

    wording.edit(None, MAIL, "全系统", "{清单}", by=w.admin, at=AT)
    row = wording.edit(w.notice, MAIL, "本批次", "{清单}", version=0, by=w.office, at=AT)
    with pytest.raises(Stale):
        wording.edit(w.notice, MAIL, "又改", "{清单}", version=0, by=w.office, at=AT)

    found = wording.load()
    other = w.notice.pk + 1
    assert [found.of(MAIL, ids).subject for ids in ({w.notice.pk}, {other}, {w.notice.pk, other})] == [
        "本批次",
        "全系统",
        "全系统",
    ]
    assert found.of(POST, {other}) == wording.BUILT_IN[POST]
    assert row.version == 1
    assert wording.reset(w.notice, MAIL, by=w.office, at=AT) is True
    assert wording.reset(w.notice, MAIL, by=w.office, at=AT) is False
    assert Wording.objects.count() == 1
    actions = list(Event.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["reminder.wording"] * 2 + ["reminder.wording.reset"]
