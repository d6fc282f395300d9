"""Proposals from texts: the number as printed with its words, the sentence, what is one result and what are two."""

from decimal import Decimal

import pytest

from notices.terms import MEASURES, Metric
from notices.text.outcome_proposals import fingerprint, plain, proposals_in


def told(text):
    return [(p.metric, str(p.value), p.measure, p.sentence[p.start : p.end]) for p in proposals_in(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("制订、完善制度148份。", [("建章立制", "148", "份", "制订、完善制度148份")]),
        ("清退违规发放补贴33.58万元。", [("追缴清退资金", "33.58", "万元", "33.58万元")]),
        ("退回资金5000元；追回341.952万元", [("追缴清退资金", "5000", "元", "5000元"), ("追缴清退资金", "341.952", "万元", "341.952万元")]),
        ("约谈重点干部47人次，问责29人。", [("约谈", "47", "人次", "47人次"), ("问责", "29", "人", "29人")]),
        ("立案0件。", [("立案", "0", "件", "0件")]),
        ("累计督导293次,召开督导会议204场。", [("督导检查", "293", "次", "293次"), ("会议", "204", "场", "204场")]),
        ("群众满意率98.5%。", [("满意率", "98.5", "%", "98.5%")]),
        ("完善工作机制，压实责任。", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_a_text_says_of_results(text, expected):
    assert told(text) == expected


def test_names_of_regulations_belong_to_their_count():
    """Twelve regulations of which two are named: twelve, not fourteen."""
    (one,) = proposals_in("制订《财务管理办法》《公务接待细则》等12项制度。")

    assert (one.value, one.measure, one.names) == (Decimal(12), "项", ("财务管理办法", "公务接待细则"))


def test_named_regulations_without_a_count_are_counted():
    (one,) = proposals_in("修订《财务管理办法》《公务接待细则》。")

    assert (one.value, one.names) == (Decimal(2), ("财务管理办法", "公务接待细则"))


def test_two_results_of_one_sentence_stay_apart_and_the_same_sentence_is_the_same():
    first, second = proposals_in("一是开展培训3场，约谈47人次。")
    (again, _) = proposals_in("(三)开展培训3场,约谈47人次")

    assert first.words != second.words
    assert first.words == again.words
    assert fingerprint(7, first.words) == fingerprint(7, again.words) != fingerprint(8, again.words)


def test_a_point_between_digits_is_no_mark():
    assert plain("清退3.5万元。") != plain("清退35万元。")
    assert plain("（二）清退 3.5万元；") == "清退3.5万元"


def test_every_metric_and_measure_is_known():
    """What the reader of texts may say stands in the closed lists."""
    text = "挽回损失1元。罚款2万元。节约3亿元。组织处理4名。诫勉5位。批评教育6人次。谈话提醒7人。走访8户次。宣讲9场次。清理10台。"
    found = proposals_in(text)

    assert len(found) == 10
    assert {p.metric for p in found} <= {str(m.label) for m in Metric}
    assert {p.measure for p in found} <= set(MEASURES)
