"""The table of progress words, and the words around them."""

import pytest

from notices.terms import ParsedProgress
from notices.text.progress import progress_code

TABLE = {
    ParsedProgress.COMPLETED: [
        "已完成整改", "完成整改", "整改完成", "已完成", "已整改", "已整改到位", "已办结", "已销号",
        "已完成整改。", "目前,已完成整改", "目前已完成整改", "现已完成整改。", "整改进度:已完成整改。",
        "整改进度：已完成整改；", "整改状态:已完成", "（已完成整改）", "已全部整改完成", "该问题已整改完成",
        "整改任务已全部完成", "已完成整改并销号", "整改進度:已完成整改", "是", "√", "100%", "１００％", "完成率100%",
        "已 完 成 整 改", "2021年9月已完成整改", "已完成（2021年9月）", "立行立改已完成", "Y",
    ],
    ParsedProgress.SUSTAINED: [
        "阶段性完成并需长期坚持", "阶段性完成", "基本完成取得阶段性成果并持续整改", "完成并长期坚持", "长期坚持",
        "阶段性完成,并需长期坚持。", "已完成并长期坚持", "已完成整改，长期坚持", "已完成，并持续推进",
        "基本完成,取得阶段性成果,并持续整改", "已完成阶段性整改目标，需长期坚持", "階段性完成並需長期堅持",
        "完成整改并持续巩固", "取得阶段性成效并长期坚持",
    ],
    ParsedProgress.BASICALLY_COMPLETED: ["基本完成", "基本整改到位", "尚未通过验收", "已申请销号", "已基本完成", "基本完成整改"],
    ParsedProgress.IN_PROGRESS: [
        "正在整改", "整改中", "持续推进", "有序推进", "部分整改", "序时推进", "达到序时进度", "×", "完成80%", "正在推进", "正在有序推进整改", "部分完成",
        "正在整改，持续推进", "持续整改", "否", "60%",
    ],
    ParsedProgress.NOT_STARTED: ["未完成", "未整改", "尚未启动", "待整改", "未完成整改", "尚未完成整改", "未启动", "0%"],
    ParsedProgress.DELAYED: ["申请延期", "逾期未整改", "未按期完成", "已申请延期", "延期整改"],
    ParsedProgress.RELAPSED: ["反弹", "边改边犯", "问题反弹"],
}  # fmt: skip


@pytest.mark.parametrize(("words", "code"), [(words, code) for code, rows in TABLE.items() for words in rows])
def test_words_give_their_code(words, code):
    assert progress_code(words) == code


@pytest.mark.parametrize(
    "words",
    [
        "", "。", "整改", "工作", "落实", "阶段性成效", "取得阶段性成效", "持续推进“六进六入”",
        "基本完成规上企业全覆盖", "整改不到位,边改边犯的问题", "已完成施工图设计", "已约谈相关负责人",
        "截至目前,已完成4次督导", "立行立改", "加强整改", "已完成整改的12个软弱涣散党组织", "完" * 500, "x" * 100_000,
    ],
)  # fmt: skip
def test_other_words_are_no_status(words):
    assert progress_code(words) is None
