"""Invented ledgers in the styles that offices use, and what each of them says. Expectations are written by hand."""

import datetime as dt
from dataclasses import dataclass, field

from accounts.files.sheets import Sheet
from notices.records import Campaign

CAMPAIGN = Campaign(
    plan_on=dt.date(2021, 7, 20),
    feedback_on=dt.date(2021, 6, 29),
    concentrated_until=dt.date(2021, 12, 31),
    immediate_days=30,
)
YEAR_END = dt.date(2021, 12, 31)


@dataclass(frozen=True)
class Form:
    """A workbook and the rows that must come out of it: (row, part, {field: value}); fields not named are not compared."""

    name: str
    sheets: list[Sheet]
    rows: list[tuple[int, int, dict]]
    problems: list[tuple[str, str]] = field(default_factory=list)
    tables: int = 1


def sheet(rows, merges=(), name="Sheet1", visible=True):
    return Sheet(name, visible, [list(r) for r in rows], list(merges))


PLAIN = Form(
    "header in the first row, one row per issue and measure",
    [
        sheet(
            [
                ["序号", "反馈问题", "整改措施", "责任领导", "责任单位", "整改时限", "完成情况"],
                [
                    1,
                    "会议记录不规范",
                    "统一记录模板",
                    "书记 金禾",
                    "青禾镇党政办",
                    "2021年9月30日前",
                    "已完成",
                ],
                [2, "台账更新不及时", "每周一更新台账", "镇长 方遥", "青禾镇财政所", "长期坚持", "正在整改"],
            ]
        )
    ],
    [
        (
            2,
            0,
            {
                "issue_number": "1",
                "issue": "会议记录不规范",
                "measure": "统一记录模板",
                "leader": "书记 金禾",
                "lead_unit": "青禾镇党政办",
                "deadline": dt.date(2021, 9, 30),
                "state": "=completed",
            },
        ),
        (
            3,
            0,
            {"lead_unit": "青禾镇财政所", "deadline": "长期坚持", "keep_up": "是", "state": "=in_progress"},
        ),
    ],
)

MERGED = Form(
    "title rows, two header levels, issue cells merged over their measures, footer",
    [
        sheet(
            [
                ["云岭县落实县委第一巡察组反馈意见整改台账"],
                ["填报单位：青禾镇", None, None, None, None, "截至2021年11月20日", None, "单位：项"],
                ["序号", "反馈问题", "整改措施", "责任分工", None, "完成时限", "整改情况", None],
                [None, None, None, "牵头单位", "责任单位", None, "进展情况", "是否完成"],
                [
                    1,
                    "学习不深入",
                    "制定学习计划",
                    "党政办",
                    "各村(社区)",
                    dt.date(2021, 8, 31),
                    "已印发",
                    "是",
                ],
                [None, None, "每季度测试一次", "党政办", None, "2021年12月底前，并长期坚持", None, "否"],
                [2, "制度不健全", "修订考勤制度", "财政所", "党政办、经发办", "9月底", "已修订", "√"],
                ["填表人：甲", None, None, "审核人：乙"],
                ["联系电话：0700-1234567"],
            ],
            [(0, 0, 0, 7), (2, 3, 2, 4), (2, 6, 2, 7), (4, 0, 5, 0), (4, 1, 5, 1)]
            + [(2, c, 3, c) for c in (0, 1, 2, 5)],
        )
    ],
    [
        (
            5,
            0,
            {
                "issue": "学习不深入",
                "lead_unit": "党政办",
                "responsible": "各村(社区)",
                "state": "=completed",
            },
        ),
        (
            6,
            0,
            {
                "issue": "学习不深入",
                "measure": "每季度测试一次",
                "deadline": YEAR_END,
                "keep_up": "是",
                "progress": "",
            },
        ),
        (
            7,
            0,
            {
                "issue": "制度不健全",
                "deadline": dt.date(2021, 9, 30),
                "responsible": "党政办、经发办",
                "progress": "已修订",
            },
        ),
    ],
)

INHERITED = Form(
    "no merges: blanks below an issue inherit it; section rows give the aspect",
    [
        sheet(
            [
                ["问题编号", "问题", "具体措施", "牵头部门", "完成时限"],
                ["一、政治建设方面"],
                [1, "学习走过场", "制定计划", "党政办", "立行立改"],
                ["", "", "开展交流", "", ""],
                ["二、作风建设方面"],
                [2, "公车管理松", "建立派车单制度", "综合办", "2021.10.15"],
            ]
        )
    ],
    [
        (3, 0, {"aspect": "一、政治建设方面", "issue_number": "1", "deadline": dt.date(2021, 8, 19)}),
        (
            4,
            0,
            {
                "aspect": "一、政治建设方面",
                "issue": "学习走过场",
                "measure": "开展交流",
                "lead_unit": "党政办",
            },
        ),
        (6, 0, {"aspect": "二、作风建设方面", "issue": "公车管理松", "deadline": dt.date(2021, 10, 15)}),
    ],
)

SIDE_BY_SIDE = Form(
    "two blocks side by side with the same headers",
    [
        sheet(
            [
                ["整改清单", None, None, None, None, None],
                ["序号", "存在问题", "整改措施", "序号", "存在问题", "整改措施"],
                [1, "甲问题", "甲措施", 3, "丙问题", "丙措施"],
                [2, "乙问题", "乙措施", None, None, None],
            ],
            [(0, 0, 0, 5)],
        )
    ],
    [
        (3, 0, {"issue_number": "1", "issue": "甲问题", "measure": "甲措施"}),
        (4, 0, {"issue_number": "2", "issue": "乙问题", "measure": "乙措施"}),
        (3, 0, {"issue_number": "3", "issue": "丙问题", "measure": "丙措施"}),
    ],
    tables=2,
)

SEVERAL_MEASURES = Form(
    "several numbered measures in one cell",
    [
        sheet(
            [
                ["编号", "主要问题", "整改目标及措施", "责任单位", "配合单位", "整改期限"],
                [
                    1,
                    "底数不清",
                    "1.全面清查。2.建立台账；\n3.压减支出1.5万元",
                    "财政局",
                    "审计局",
                    "2021/12/31",
                ],
                [2, "把关不严", "一是完善制度。二是开展培训。", "民政局", "/", "三季度末"],
                [3, "程序不规范", "（1）补办手续\n（2）约谈责任人", "住建局", "无", "2021年内"],
                [4, "资金沉淀", "投入1.2亿元盘活", "财政局", "-", "二〇二一年十二月"],
            ]
        )
    ],
    [
        (
            2,
            0,
            {"measure": "全面清查。", "lead_unit": "财政局", "supporting": "审计局", "deadline": YEAR_END},
        ),
        (2, 1, {"measure": "建立台账", "issue": "底数不清"}),
        (2, 2, {"measure": "压减支出1.5万元"}),
        (3, 0, {"measure": "完善制度。", "supporting": "", "deadline": dt.date(2021, 9, 30)}),
        (3, 1, {"measure": "开展培训。"}),
        (4, 0, {"measure": "补办手续", "deadline": YEAR_END}),
        (4, 1, {"measure": "约谈责任人"}),
        (5, 0, {"measure": "投入1.2亿元盘活", "deadline": YEAR_END}),
    ],
)

FOUR_LISTS = Form(
    "四清单一台账: cover and 填报说明 skipped, hidden sheet told, the issue list and the wide ledger read",
    [
        sheet([["云岭县巡察整改"], ["四清单一台账"], ["2021年11月"]], name="封面"),
        sheet([["填报说明"], ["一、本表由各单位填写"], ["二、每周五报送"]], name="填报说明"),
        sheet([["序号", "问题", "整改措施"], [1, "旧问题", "旧措施"]], name="旧表", visible=False),
        sheet(
            [
                ["附件1"],
                ["整改台帐"],
                [
                    "序\n号",
                    "问题\n类别",
                    "反馈问题*",
                    "整改举措（必填）",
                    "责任领导：",
                    "主责单位",
                    "落实单位",
                    "责任人及联系电话",
                    "整改\n时限",
                    "整改状态",
                    "佐证材料",
                    "备注",
                ],
                [
                    1,
                    "党建",
                    "换届程序不规范",
                    "组织补课",
                    "副书记×××",
                    "组织部",
                    "各镇（街道）",
                    "周晓岚 0700-1234567",
                    44561,
                    "整改中",
                    "见附件",
                    "按月报",
                ],
            ],
            [(1, 0, 1, 11)],
            name="整改台帐",
        ),
    ],
    [
        (
            4,
            0,
            {
                "aspect": "党建",
                "issue": "换届程序不规范",
                "measure": "组织补课",
                "leader": "副书记×××",
                "lead_unit": "组织部",
                "responsible": "各镇（街道）",
                "contact": "周晓岚",
                "phone": "0700-1234567",
                "deadline": YEAR_END,
                "state": "整改中",
                "remark": "按月报",
            },
        )
    ],
    problems=[("", "hidden_sheet")],
)

AUDIT = Form(
    "audit style: amounts, accountability, finish beside deadline, damaged date reported and not guessed",
    [
        sheet(
            [
                ["审计发现问题整改情况表"],
                ["", "", "", "", "", "", "", "", "单位:万元"],
                [
                    "序号",
                    "审计发现问题",
                    "问题金额(万元)",
                    "整改措施",
                    "整改责任单位",
                    "完成时限",
                    "实际完成时间",
                    "整改结果",
                    "追责问责情况",
                ],
                [
                    "1",
                    "固定资产账实不符",
                    33.58,
                    "清查盘点",
                    "机关事务中心",
                    "2021-10-31",
                    "2021年10月20日",
                    "已入账",
                    "约谈2人",
                ],
                ["2", "超范围列支", 1.0, "收回资金", "财政所", "2024717日", "", "", ""],
                ["合计", "", 34.58],
            ]
        )
    ],
    [
        (
            4,
            0,
            {
                "issue": "固定资产账实不符",
                "money": "33.58",
                "deadline": dt.date(2021, 10, 31),
                "finished_on": dt.date(2021, 10, 20),
                "accountability": "约谈2人",
            },
        ),
        (5, 0, {"deadline": "2024717日", "money": "1"}),
    ],
    problems=[("F5", "bad_deadline")],
)

WPS = Form(
    "WPS style: blanks and line breaks in headers, header in row 5, three levels, full width",
    [
        sheet(
            [
                ["附件2"],
                ["青禾镇巡察反馈问题整改情况一览表"],
                ["填报时间：２０２１年１１月２０日"],
                [],
                ["序 号", "巡 察 反 馈 问 题", "整 改 责 任", None, None, None, "整 改 落 实", None],
                [None, None, "领导", None, "单位", None, "时限", "整改进展情况"],
                [None, None, "责任领导", "包村干部", "牵头单位", "配合单位", "整改时限", None],
                [
                    None,
                    "１．惠民补贴发放不公开",
                    "副镇长　许沐",
                    "丁一",
                    "民政办",
                    "财政所，各村",
                    "２０２１年１２月１０日前",
                    "已公示３批",
                ],
            ],
            [
                (1, 0, 1, 7),
                (4, 2, 4, 5),
                (4, 6, 4, 7),
                (5, 2, 5, 3),
                (5, 4, 5, 5),
                (4, 0, 6, 0),
                (4, 1, 6, 1),
                (5, 7, 6, 7),
            ],
        )
    ],
    [
        (
            8,
            0,
            {
                "issue": "１．惠民补贴发放不公开",
                "leader": "副镇长　许沐",
                "lead_unit": "民政办",
                "supporting": "财政所、各村",
                "deadline": dt.date(2021, 12, 10),
                "progress": "已公示３批",
            },
        )
    ],
)

NOTED_ROLES = Form(
    "units with their role noted, in one column",
    [
        sheet(
            [
                ["No.", "问题描述", "整改任务", "责任单位", "联系人", "联系方式", "时限要求"],
                [
                    "1",
                    "执法不严",
                    "开展专项检查",
                    "区生态环境局(牵头)、区水务局、区住建局（配合）",
                    "陆一",
                    13800138000,
                    "上半年",
                ],
                [
                    "2",
                    "投诉多",
                    "挂牌督办",
                    "牵头单位：城管局；配合单位：公安分局、各镇（街道、园区）",
                    "陆二",
                    "",
                    "年底前",
                ],
            ]
        )
    ],
    [
        (
            2,
            0,
            {
                "lead_unit": "区生态环境局",
                "responsible": "区水务局",
                "supporting": "区住建局",
                "contact": "陆一",
                "phone": "13800138000",
                "deadline": dt.date(2021, 6, 30),
            },
        ),
        (3, 0, {"lead_unit": "城管局", "supporting": "公安分局、各镇（街道、园区）", "deadline": YEAR_END}),
    ],
)

DONE_WHEN = Form(
    "trap: 完成时间 alone with 前/底 is the deadline; 完成情况 with sentences is progress",
    [
        sheet(
            [
                ["序号", "问题概述", "工作措施", "承办单位", "完成时间", "完成情况"],
                [1, "宣传不到位", "制作宣传册", "宣传办", "2021年8月底前", "已制作宣传册2000份，发放到户。"],
                [
                    2,
                    "档案缺失",
                    "补齐档案",
                    "档案室",
                    "2021年9月30日前",
                    "已补齐2018年以来的档案，正在录入系统。",
                ],
            ]
        )
    ],
    [
        (2, 0, {"deadline": dt.date(2021, 8, 31), "progress": "已制作宣传册2000份，发放到户。"}),
        (3, 0, {"deadline": dt.date(2021, 9, 30), "progress": "已补齐2018年以来的档案，正在录入系统。"}),
    ],
)

BOTH_DAYS = Form(
    "trap: 完成时间 beside 整改时限 is the finish; 责任单位 beside 牵头单位 is the responsible unit; percentages",
    [
        sheet(
            [
                ["序号", "问题", "整改措施", "牵头单位", "责任单位", "整改时限", "完成时间", "完成情况"],
                [
                    1,
                    "甲",
                    "措施甲",
                    "甲局",
                    "乙局 丙局",
                    dt.date(2021, 12, 31),
                    dt.date(2021, 11, 2),
                    1.0,
                ],
                [2, "乙", "措施乙", "丁局", "", dt.date(2021, 12, 31), None, 0.6],
            ]
        )
    ],
    [
        (
            2,
            0,
            {
                "lead_unit": "甲局",
                "responsible": "乙局、丙局",
                "deadline": YEAR_END,
                "finished_on": dt.date(2021, 11, 2),
                "state": "=completed",
            },
        ),
        (3, 0, {"finished_on": "", "state": "=in_progress"}),
    ],
)

NUMBERED_TASKS = Form(
    "序号 counts the measures of an issue; header repeated after a page break; column numbers below the header",
    [
        sheet(
            [
                ["问题", "序号", "整改措施", "责任单位"],
                ["(1)", "(2)", "(3)", "(4)"],
                ["甲问题", 1, "措施一", "甲局"],
                [None, 2, "措施二", "乙局"],
                ["问题", "序号", "整改措施", "责任单位"],
                ["乙问题", 3, "措施三", "丙局"],
            ],
            [(2, 0, 3, 0)],
        )
    ],
    [
        (3, 0, {"task_number": "1", "issue": "甲问题", "measure": "措施一", "lead_unit": "甲局"}),
        (4, 0, {"task_number": "2", "issue": "甲问题", "lead_unit": "乙局"}),
        (6, 0, {"task_number": "3", "issue": "乙问题"}),
    ],
)

SHARED_DEADLINE = Form(
    "leader, lead and deadline merged with the issue hold for its measures; merged progress stays with the first",
    [
        sheet(
            [
                ["序号", "反馈问题", "整改措施", "责任领导", "牵头单位", "完成时限", "整改进展"],
                [1, "甲", "措施一", "县长 江岸", "甲局", "2021年12月31日", "已开展两项工作"],
                [None, None, "措施二", None, None, None, None],
            ],
            [(1, c, 2, c) for c in (0, 1, 3, 4, 5, 6)],
        )
    ],
    [
        (2, 0, {"leader": "县长 江岸", "deadline": YEAR_END, "progress": "已开展两项工作"}),
        (3, 0, {"leader": "县长 江岸", "lead_unit": "甲局", "deadline": YEAR_END, "progress": ""}),
    ],
)

NO_MEASURE = Form(
    "a progress ledger without measures",
    [
        sheet(
            [
                ["编号", "巡视反馈问题", "责任单位", "已采取的整改措施", "是否销号", "下步措施"],
                ["3", "“僵尸企业”存量大", "国资局", "完成出清12家", "否", "年底前再出清5家"],
            ]
        )
    ],
    [
        (
            2,
            0,
            {
                "issue": "“僵尸企业”存量大",
                "lead_unit": "国资局",
                "progress": "完成出清12家",
                "state": "=in_progress",
                "next_step": "年底前再出清5家",
            },
        )
    ],
)

UNKNOWN_COLUMNS = Form(
    "columns nobody knows are kept under their header; 问题 group over 序号 and 内容",
    [
        sheet(
            [
                ["问题", None, "整改措施", None, "督查编码", "责任单位"],
                ["序号", "内容", "序号", "内容", None, None],
                [1, "甲", 1, "措施一", "DC-01", "甲局"],
                [1, "甲", 2, "措施二", "DC-02", "甲局"],
            ],
            [(0, 0, 0, 1), (0, 2, 0, 3), (0, 4, 1, 4), (0, 5, 1, 5)],
        )
    ],
    [
        (
            3,
            0,
            {
                "issue_number": "1",
                "issue": "甲",
                "task_number": "1",
                "measure": "措施一",
                "督查编码": "DC-01",
            },
        ),
        (4, 0, {"issue": "甲", "task_number": "2", "measure": "措施二", "督查编码": "DC-02"}),
    ],
)

FORMS = [
    PLAIN,
    MERGED,
    INHERITED,
    SIDE_BY_SIDE,
    SEVERAL_MEASURES,
    FOUR_LISTS,
    AUDIT,
    WPS,
    NOTED_ROLES,
    DONE_WHEN,
    BOTH_DAYS,
    NUMBERED_TASKS,
    SHARED_DEADLINE,
    NO_MEASURE,
    UNKNOWN_COLUMNS,
]
