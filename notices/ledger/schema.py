"""The one list of the ledger's columns.

Template, export, reader, plan, help sheet, error sentences and API help read it; there is no second list.
A column is known by its `key`; each list may print it under a name of its own (整改时限 / 完成时限).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

FORMAT_VERSION = "1"
META_SHEET = "_ledger"
FROZEN = "frozen"  # stands for the export's number in a workbook written from a snapshot
HELP_SHEET = "填报说明"
KEY_HEADERS = {
    "issues": "问题键",
    "tasks": "任务键",
    "duties": "责任键",
    "progress": "进度键",
    "wide": "台账键",
}
LIST_TITLES = {
    "issues": "问题清单",
    "tasks": "任务清单",
    "duties": "责任清单",
    "progress": "进度清单",
    "wide": "整改台账",
}
# Lists whose cells are read back; the others are for reading.
EDITABLE_LISTS = ("issues", "tasks", "duties")
# Up to here 整改台账 merges the issue's cells over its tasks.
MERGE_LIMIT = 2000
NOT_MERGED = f"问题超过 {MERGE_LIMIT} 个，本表不合并单元格"
LONGEST_CELL = 32_767  # characters Excel keeps in a cell
YES, NO = "是", "否"


@dataclass(frozen=True)
class Column:
    """One column of the ledger.

    `lists` maps a list's code to the header it prints there. `editable` names the lists in which a change is
    taken over. `by` is who may change it: "unit" (the units of the task and the office) or "office".
    `of` is whose value it is: the issue's or the task's; derived columns belong to nobody ("").
    `kind` is how a cell is read: text, units, date, deadline, state, measure_kind, yes_no, interval, number.
    """

    key: str
    header: str
    kind: str
    of: str
    width: float
    lists: tuple[str, ...]
    editable: tuple[str, ...] = ()
    by: str = "office"
    required: bool = False
    aliases: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    help: str = ""
    example: str = ""

    def header_in(self, listed: str) -> str:
        return dict(self.headers).get(listed, self.header)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _column(
    key: str,
    header: str,
    kind: str,
    of: str,
    width: float,
    lists: str,
    *,
    editable: str = "",
    aliases: str = "",
    **more: Any,
) -> Column:
    return Column(
        key, header, kind, of, width, _words(lists), _words(editable), aliases=_words(aliases), **more
    )


# fmt: off
COLUMNS: tuple[Column, ...] = (
    _column("issue_number", "问题编号", "number", "issue", 11, "issues tasks progress wide",
            aliases="问题序号 问题编码",
            help="由系统编号，请勿改动；新增任务时填写所属问题的编号", example="W03-012"),
    _column("aspect", "方面", "text", "issue", 20, "issues wide", editable="issues",
            aliases="反馈方面 类别 问题类别 问题类型 一级标题 板块 所属方面 问题分类",
            help="反馈意见中的方面标题", example="落实意识形态工作责任制方面"),
    _column("issue", "问题", "text", "issue", 34, "issues tasks progress wide", editable="issues", required=True,
            aliases="反馈问题 问题内容 问题概述 问题表述 问题名称 问题描述 巡视反馈问题 巡察反馈问题 巡视巡察反馈问题 审计发现问题 存在问题 存在的问题 主要问题 发现问题 任务内容 工作内容 整改事项 反馈意见",
            help="反馈的问题，照原文", example="关于“三会一课”制度落实不到位的问题"),
    _column("detail", "具体表现", "text", "issue", 34, "issues wide", editable="issues",
            aliases="具体问题表述 具体问题 缺陷具体描述 问题表现 主要表现 具体表述 问题具体表现",
            help="问题的具体表现", example="抽查6个支部，4个支部2020年未按季度召开党员大会"),
    _column("source", "问题来源", "text", "issue", 14, "issues wide", editable="issues",
            aliases="任务来源 反馈来源 巡视批次 巡察轮次 台账来源",
            help="哪一次巡视巡察、审计反馈", example="市委第六巡察组"),
    _column("cause", "原因分析", "text", "issue", 24, "",
            aliases="原因剖析 问题根源 产生原因 问题原因 存在问题原因 问题产生原因"),
    _column("task_number", "任务编号", "number", "task", 14, "tasks duties wide",
            aliases="措施序号 措施编号 任务序号",
            help="由系统编号，请勿改动；新增的行留空", example="W03-012-02"),
    _column("measure", "整改措施", "text", "task", 40, "tasks duties wide", editable="tasks", required=True,
            aliases="具体措施 细化的整改措施 工作措施 整改任务 整改举措 整改计划 整改目标及措施 具体整改措施 整改具体措施 措施 举措 具体举措 工作举措 整改对策 整改办法 工作任务 具体任务 整改工作措施 主要措施",
            help="一行一条措施", example="修订党组织生活考勤制度，按季度通报支部开展情况"),
    _column("kind", "措施类别", "measure_kind", "task", 11, "tasks wide", editable="tasks",
            aliases="措施类型 整改类别",
            help="从下拉中选：具体整改、举一反三、建章立制", example="建章立制"),
    _column("leader", "责任领导", "text", "both", 12, "issues tasks duties wide", editable="issues tasks",
            aliases="牵头领导 牵头责任领导 包案领导 分管领导 挂点领导 整改第一责任人 领办领导 第一责任人",
            help="负责的领导，职务和姓名都可以写", example="副镇长 林若溪"),
    _column("lead_unit", "牵头单位", "units", "both", 16, "issues tasks wide", editable="issues tasks",
            aliases="牵头部门 主责部门 主责单位 主办单位 牵头整改单位 总牵头单位 主办部门 牵头责任单位 牵头责任部门 牵头科室 牵头股室 主要责任单位 第一责任单位",
            help="一个单位；写了几个时第一个为牵头，其余并列牵头", example="区委组织部"),
    _column("responsible", "责任单位", "units", "both", 18, "issues tasks wide", editable="issues tasks",
            aliases="责任部门 整改责任单位 整改单位 具体责任单位 整改主体 承办单位 责任科室 落实单位 责任股室 承办部门 承办科室 整改责任部门 整改部门 实施单位 责任主体 整改责任主体",
            help="几个单位用“、”隔开", example="各镇（街道）"),
    _column("supporting", "配合单位", "units", "task", 16, "tasks wide", editable="tasks",
            aliases="配合部门 协办部门 协助单位 参与单位 协办单位 配合责任单位 配合责任部门 配合科室 配合股室 协同单位 协作单位",
            help="几个单位用“、”隔开", example="区财政局、区审计局"),
    _column("target", "整改目标", "text", "issue", 26, "issues wide", editable="issues",
            aliases="任务目标 整改要求 整改完成标准 预期目标 验收标准 整改标准",
            help="改到什么程度算到位", example="支部组织生活按期开展率100%"),
    _column("contact", "责任人", "text", "task", 10, "tasks duties wide", editable="tasks duties", by="unit",
            aliases="整改责任人 主要责任人 整改落实人 经办人 联系人 直接责任人 具体责任人 姓名 经办人员 具体经办人 承办人 联络员 责任人员 具体负责人 负责人",
            help="具体办理和填报的人", example="周晓岚"),
    _column("phone", "联系电话", "text", "task", 14, "duties", editable="duties", by="unit",
            aliases="联系方式 电话 手机 手机号码 联系人电话",
            help="责任人的电话，按文本填写；导出时隐去中间数字，不改就保持原样，要改请填完整号码", example="0700-1234567"),
    _column("unit", "单位", "text", "", 18, "duties",
            help="由任务的牵头、责任、配合单位产生", example="区委组织部"),
    _column("role", "角色", "text", "", 8, "duties",
            help="牵头、责任或配合", example="牵头"),
    _column("deadline", "完成时限", "deadline", "both", 13, "issues tasks duties wide", editable="issues tasks", headers=(("issues", "整改时限"),),
            aliases="整改时限 整改期限 整改完成时限 计划完成时间 预计完成时间 整改截止时间 办理时限 时限要求 完成期限 整改完成期限 时限 期限 整改时间 时间节点 整改时间节点 时间要求 办结时限 办理期限 计划完成时限 计划完成日期 拟完成时间 整改截止日期 截止时间 截止日期 要求完成时间",
            help="日期，或者“2021年12月底前”“立行立改”“长期坚持”这样的写法", example="2021-12-31"),
    _column("keep_up", "长期坚持", "yes_no", "task", 7, "tasks wide", editable="tasks",
            aliases="是否长期坚持",
            help="是或否", example="是"),
    _column("review_days", "复查周期", "interval", "task", 9, "tasks wide", editable="tasks",
            aliases="复查间隔",
            help="长期坚持的任务隔多久复查：每月、每季度、每半年、每年或天数", example="每季度"),
    _column("state", "状态", "state", "task", 13, "tasks duties wide", editable="tasks", by="unit",
            aliases="整改进度 整改状态 完成情况 完成状态 任务状态 是否完成 是否已完成整改 整改完成情况 是否销号 是否整改到位 销号情况 完成进度 进度 整改完成进度 是否整改完成 是否完成整改 是否整改 整改是否到位 是否办结 办结情况 办理状态 办理进度 进展状态 当前状态 销号状态 是否已销号 是否已完成 工作进度",
            help="单位填“已完成整改”或“阶段性完成并需长期坚持”即为申请销号；其余状态由系统流转", example="已完成整改"),
    _column("progress", "整改进展", "text", "task", 40, "tasks wide", editable="tasks", by="unit",
            aliases="整改进展情况 进展情况 整改情况 已采取的整改措施 整改落实情况 整改成效 工作进展 本周进展 落实情况 整改进展及成效 目前进展 进展 成效 工作进展情况 整改推进情况 推进情况 办理情况 办理进展 落实进展 整改结果 整改成果 取得成效 具体整改情况 当前进展",
            help="本期进展；改动后作为一条新的进展记入，旧的保留", example="已修订制度1项，4月起按季度通报"),
    _column("next_step", "下一步打算", "text", "task", 24, "tasks wide", editable="tasks", by="unit",
            aliases="下步措施 下一步措施 下一步计划 下一步工作 下步打算 下步计划 下一步工作打算 下一步工作计划 下一步整改计划 下一步整改措施 下步工作打算",
            help="下一步做什么", example="年底前完成一轮检查"),
    _column("finished_on", "实际完成时间", "date", "task", 13, "tasks wide", editable="tasks", by="unit",
            aliases="办结时间 完成日期 实际整改完成时间 销号时间 实际完成日期",
            help="日期", example="2021-11-20"),
    _column("blocked", "未完成原因", "text", "task", 24, "tasks wide", editable="tasks", by="unit",
            aliases="未整改到位问题原因及下一步计划 未整改到位原因 延期说明 未完成原因及下一步打算 滞后原因 存在困难 存在的困难 存在困难及原因 存在困难和问题 困难和问题 未按期完成原因 延期原因 进度滞后原因",
            help="没有按期完成的原因", example="需待上级批复"),
    _column("evidence", "佐证材料", "text", "", 20, "tasks wide",
            aliases="印证材料 佐证资料 印证资料",
            help="已上传的佐证材料，由系统列出", example="考勤制度.pdf"),
    _column("n_tasks", "任务数", "count", "", 8, "progress",
            help="本问题的任务数（不含已撤销）"),
    _column("n_completed", "已完成", "count", "", 8, "progress",
            help="状态为已完成整改的任务"),
    _column("n_sustained", "长期坚持", "count", "", 9, "progress",
            help="阶段性完成并需长期坚持的任务"),
    _column("n_open", "整改中", "count", "", 8, "progress",
            help="还没有销号的任务"),
    _column("n_overdue", "超期", "count", "", 7, "progress",
            help="过了完成时限还没有报完成的任务"),
    _column("rate", "完成率", "rate", "", 9, "progress",
            help="已完成 ÷ 任务数，两位小数"),
    _column("week", "本周进展", "text", "", 50, "progress",
            help="本周填报的进展"),
    _column("issue_progress", "整改进度", "text", "", 17, "issues wide",
            help="由各任务的状态得出", example="正在整改"),
    _column("light", "亮灯", "text", "", 8, "tasks duties wide",
            help="按完成时限和状态得出"),
    _column("remark", "备注", "text", "task", 18, "tasks wide", editable="tasks", by="unit",
            aliases="说明 备注说明",
            help="需要说明的事项"),
    _column("rules", "完善制度情况", "extra", "task", 20, "", by="unit",
            aliases="建章立制情况 制度建设情况"),
    _column("money", "问题金额", "extra", "task", 12, "", by="unit",
            aliases="问题金额(万元) 涉及金额 涉及资金"),
    _column("recovered", "追缴资金", "extra", "task", 12, "", by="unit",
            aliases="追缴资金(万元) 整改金额 挽回损失"),
    _column("accountability", "追责问责情况", "extra", "task", 16, "", by="unit",
            aliases="问责情况"),
    _column("punished", "处理人数", "extra", "task", 10, "", by="unit",
            aliases="问责人数"),
)
# fmt: on

BY_KEY = {column.key: column for column in COLUMNS}
ISSUE_KEYS = tuple(c.key for c in COLUMNS if c.of in ("issue", "both") and c.key != "issue_number")
TASK_KEYS = tuple(c.key for c in COLUMNS if c.of in ("task", "both") and c.key != "task_number")

# Order of the columns of each list, as printed.
LAYOUT: dict[str, tuple[str, ...]] = {
    "issues": _words(
        "issue_number aspect issue detail source leader lead_unit responsible target deadline issue_progress"
    ),
    "tasks": _words(
        "task_number issue_number issue measure kind leader lead_unit responsible supporting contact deadline keep_up review_days state progress next_step finished_on blocked evidence remark light"
    ),
    "duties": _words("unit role task_number measure leader contact phone deadline state light"),
    "progress": _words("issue_number issue n_tasks n_completed n_sustained n_open n_overdue rate week"),
    "wide": _words(
        "issue_number aspect issue detail source target issue_progress task_number measure kind leader lead_unit responsible supporting contact deadline light keep_up review_days state progress next_step finished_on blocked evidence remark"
    ),
}
# The widest lists print on A3 and need narrower columns than a screen likes.
_TASK_WIDTHS = {
    "task_number": 12, "issue_number": 9.5, "issue": 20, "measure": 34, "kind": 6.5, "leader": 9, "lead_unit": 12,
    "responsible": 13, "supporting": 12, "contact": 7.5, "deadline": 11, "keep_up": 5.5, "review_days": 6.5, "state": 9.5,
    "progress": 30, "next_step": 16, "finished_on": 11, "blocked": 14, "evidence": 12, "remark": 11, "light": 7,
}  # fmt: skip
_WIDE_WIDTHS = {
    **_TASK_WIDTHS, "issue_number": 8.5, "aspect": 11, "issue": 18, "detail": 18, "source": 8, "target": 12,
    "issue_progress": 8.5, "task_number": 11.5, "measure": 30, "progress": 26, "next_step": 14, "remark": 9,
}  # fmt: skip
_WIDTHS: dict[str, dict[str, float]] = {"tasks": _TASK_WIDTHS, "wide": _WIDE_WIDTHS}
# Columns of 整改台账 that belong to the issue: merged over its task rows.
DUTY_TASK = ("measure", "leader", "deadline", "state")  # what 责任清单 prints of the task, for reading
WIDE_ISSUE = ("issue_number", "aspect", "issue", "detail", "source", "target", "issue_progress")
ORDINAL_HEADERS = ("序号", "编号", "No", "NO.", "顺序号", "项号")
PAIRED_CONTACT = ("责任人及联系电话", "责任人及联系方式", "联系人及电话", "联系人及联系电话", "责任人及电话")
# Two readings; decided by the values (see notices/ledger/mapping.py).
AMBIGUOUS_DATE = ("完成时间", "整改完成时间")
AMBIGUOUS_STATUS = ("完成情况", "整改完成情况", "整改情况", "落实情况")

_DROP = re.compile(r"[(\[【〔<《][^)\]】〕>》]*[)\]】〕>》]|[\s*:;,.、。'\"“”]+")


def clean_header(text: str) -> str:
    """The header as it is compared: half width, without blanks, line breaks, `*`, `:` and bracketed notes; 帐 → 账."""
    return _DROP.sub("", unicodedata.normalize("NFKC", text)).replace("帐", "账")


@cache
def header_index() -> dict[str, str]:
    """Cleaned header or alias → column key, over the columns that a foreign ledger may carry."""
    index: dict[str, str] = {}
    for column in COLUMNS:
        for name in (column.header, *(h for _, h in column.headers), *column.aliases):
            index.setdefault(clean_header(name), column.key)
    for name in ORDINAL_HEADERS:
        index[clean_header(name)] = "number"
    for name in PAIRED_CONTACT:
        index[clean_header(name)] = "contact_phone"
    for name in AMBIGUOUS_DATE:
        index[clean_header(name)] = "done_when"
    for listed, name in KEY_HEADERS.items():
        index[clean_header(name)] = f"key:{listed}"
    return index


def width_of(listed: str, key: str) -> float:
    """Characters wide, in this list."""
    return _WIDTHS.get(listed, {}).get(key, BY_KEY[key].width)


def editable_keys(listed: str) -> tuple[str, ...]:
    """Keys of the list whose cells are taken over, in printed order."""
    return tuple(k for k in LAYOUT[listed] if listed in BY_KEY[k].editable)


def compared_keys(listed: str) -> frozenset[str]:
    """Keys of the list that a row found by its key is compared by: what is editable, what is only checked, numbers."""
    if listed == "wide":
        return frozenset(k for k in LAYOUT[listed] if k in (*TASK_KEYS, *WIDE_ISSUE) and BY_KEY[k].of)
    printed = {"tasks": ("issue_number", "issue"), "duties": DUTY_TASK, "progress": ("week",)}.get(listed, ())
    number = "issue_number" if listed in ("issues", "progress") else "task_number"
    return frozenset((*editable_keys(listed), number, *printed))


@dataclass(frozen=True)
class ColumnHelp:
    """What a column of one list takes, in words: the list, its header there, who may change it, how to fill it in."""

    listed: str
    header: str
    who: str
    help: str
    example: str


def who_changes(column: Column, listed: str) -> str:
    if listed not in column.editable:
        return "系统生成"
    return "单位、整改办" if column.by == "unit" else "整改办"


def column_help() -> list[ColumnHelp]:
    """For the help sheet, the help page and the API, in printed order."""
    return [
        ColumnHelp(
            LIST_TITLES[listed],
            BY_KEY[k].header_in(listed),
            who_changes(BY_KEY[k], listed),
            BY_KEY[k].help,
            BY_KEY[k].example,
        )
        for listed, keys in LAYOUT.items()
        if listed != "wide"
        for k in keys
    ]
