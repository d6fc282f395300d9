"""Further invented ledgers: cells that count along, tables below each other, headings of every kind, footers on every page."""

import datetime as dt

from tests.notices.ledger.forms import YEAR_END, Form, sheet

JUNE = dt.date(2021, 6, 30)
HEAD = ["序号", "问题", "整改措施", "责任单位", "时限"]


def table(*rows, merges=()):
    return [sheet(rows, merges)]


HEADINGS = Form(
    "headings of two depths, their ordinals in the column of 序号",
    table(
        HEAD,
        ["一", "聚焦党中央决策部署方面"],
        ["（一）", "新发展理念有差距"],
        [1, "项目落地慢", "建立专班", "发改局", "6月底"],
        ["二", "聚焦基层组织建设方面"],
        [2, "把关不严", "复核档案", "组织部", "6月底"],
    ),
    [
        (
            4,
            0,
            {
                "aspect": "一、聚焦党中央决策部署方面　（一）新发展理念有差距",
                "issue": "项目落地慢",
                "deadline": JUNE,
            },
        ),
        (6, 0, {"aspect": "二、聚焦基层组织建设方面", "issue": "把关不严"}),
    ],
)

NAMED_BY_HEADINGS = Form(
    "no column of issues: each stands as a heading above its measures",
    table(
        ["序号", "整改措施", "责任单位", "整改时限"],
        ["一、党的领导方面"],
        ["（一）理论学习不深入"],
        [1, "制定计划", "宣传部", "6月底"],
        [2, "开展宣讲", "宣传部", "6月底"],
        ["（二）决策不科学"],
        [3, "完善规则", "党政办", "6月底"],
    ),
    [
        (4, 0, {"aspect": "一、党的领导方面", "issue": "（一）理论学习不深入", "measure": "制定计划"}),
        (5, 0, {"issue": "（一）理论学习不深入", "measure": "开展宣讲"}),
        (7, 0, {"aspect": "一、党的领导方面", "issue": "（二）决策不科学", "measure": "完善规则"}),
    ],
)

EVERY_PAGE = Form(
    "title, header and footer printed again on every page",
    table(
        ["整改台账"],
        HEAD,
        [1, "甲", "甲措施", "财政局", "6月底"],
        ["填表人：赵明", None, "审核人：钱多"],
        ["第 1 页，共 2 页"],
        ["整改台账（续）"],
        HEAD,
        [2, "乙", "乙措施", "教育局", "6月底"],
        ["合计", None, None, None, 2],
        ["填表人：赵明", None, "审核人：钱多"],
    ),
    [(3, 0, {"issue": "甲", "aspect": None}), (8, 0, {"issue": "乙", "aspect": None})],
)

BELOW = Form(
    "another table below, its columns in another order",
    table(
        HEAD,
        [1, "甲", "甲措施", "财政局", "6月底"],
        ["填表人：赵明"],
        ["序号", "问题", "整改措施", "时限", "责任单位"],
        [1, "乙", "乙措施", "年底前", "教育局"],
    ),
    [
        (2, 0, {"issue": "甲", "lead_unit": "财政局", "deadline": JUNE}),
        (5, 0, {"issue": "乙", "lead_unit": "教育局", "deadline": YEAR_END}),
    ],
    tables=2,
)

COUNTED_ALONG = Form(
    "units, days, states and progress numbered along with the measures of a cell",
    table(
        ["序号", "问题", "整改措施", "责任单位", "时限", "完成情况", "整改进展"],
        [
            1,
            "基金监管薄弱",
            "①飞行检查\n②追回资金",
            "①医保局\n②财政局、审计局",
            "1.2021年6月底前；2.长期坚持",
            "已完成\n正在推进",
            "1.查12家\n2.追回3万元",
        ],
        [2, "制度不全", "1.修订制度\n2.开展培训", "财政局\n审计局", "6月底", "正在推进", "已修订"],
    ),
    [
        (
            2,
            0,
            {
                "measure": "飞行检查",
                "lead_unit": "医保局",
                "deadline": JUNE,
                "keep_up": "",
                "state": "=completed",
                "progress": "查12家",
            },
        ),
        (
            2,
            1,
            {
                "measure": "追回资金",
                "lead_unit": "财政局、审计局",
                "deadline": "长期坚持",
                "keep_up": "是",
                "state": "=in_progress",
                "progress": "追回3万元",
            },
        ),
        (3, 0, {"measure": "修订制度", "lead_unit": "财政局、审计局", "progress": "已修订"}),
        (3, 1, {"measure": "开展培训", "lead_unit": "财政局、审计局", "deadline": JUNE}),
    ],
)

DITTO = Form(
    "同上 and its marks",
    table(
        ["序号", "问题", "整改措施", "责任领导", "责任单位", "时限"],
        [1, "甲", "甲措施", "韩立川", "住建局", "6月底"],
        [2, "乙", "乙措施", "同上", "〃", "同 上"],
        [3, "丙", "丙措施", "″", '"', "年底前"],
    ),
    [
        (2, 0, {"leader": "韩立川"}),
        (3, 0, {"leader": "韩立川", "lead_unit": "住建局", "deadline": JUNE}),
        (4, 0, {"leader": "韩立川", "lead_unit": "住建局", "deadline": YEAR_END}),
    ],
)

MERGED_MEASURE = Form(
    "a measure merged over units with days of their own; text that goes on in the row below",
    table(
        ["序号", "问题", "整改措施", "责任单位", "时限", "整改进展"],
        [1, "耕地撂荒", "复耕复种", "青禾镇", "6月底", "4月：复耕20亩"],
        [None, None, None, None, None, "5月：复耕30亩"],
        [None, None, None, "白石镇", "年底前", "已复耕5亩"],
        merges=[(1, 0, 3, 0), (1, 1, 3, 1), (1, 2, 3, 2)],
    ),
    [
        (2, 0, {"lead_unit": "青禾镇", "measure": "复耕复种", "progress": "4月：复耕20亩\n5月：复耕30亩"}),
        (4, 0, {"lead_unit": "白石镇", "measure": "复耕复种", "issue": "耕地撂荒", "deadline": YEAR_END}),
    ],
)

DETAIL_PER_ROW = Form(
    "具体表现 in a row each under a merged issue, blanks among the merges, 方面 and 来源 given once",
    table(
        ["方面", "问题来源", "序号", "问题", "具体表现", "措施", "责任单位"],
        ["政治建设", "县委巡察", 1, "松弛", "违规补贴", "清退", "财政局"],
        [None, None, None, None, "白条入账", "规范", "财政局"],
        [None, None, 2, "宽松", "", "约谈", "审计局"],
        [None, None, None, None, "", "通报", "审计局"],
        merges=[(1, 2, 2, 2), (1, 3, 2, 3)],
    ),
    [
        (2, 0, {"aspect": "政治建设", "detail": "违规补贴\n白条入账", "measure": "清退"}),
        (3, 0, {"issue": "松弛", "detail": "违规补贴\n白条入账", "measure": "规范"}),
        (4, 0, {"aspect": "政治建设", "source": "县委巡察", "issue": "宽松", "measure": "约谈"}),
        (5, 0, {"issue": "宽松", "issue_number": "2", "measure": "通报"}),
    ],
)

LOOSE_HEADERS = Form(
    "headers that no list can hold",
    table(
        [
            "序 号",
            "审计查出的问题",
            "整改的具体措施",
            "整改措施落实情况",
            "下一步整改措施",
            "县级责任领导",
            "责任单位及责任人",
            "整改完成时间",
            "整改类别",
            "完成进度",
        ],
        [
            1,
            "账目不清",
            "清账",
            "清理三年",
            "继续清理",
            "副县长何其远",
            "财政局 陶小河",
            "6月底前",
            "限期整改",
            0.6,
        ],
    ),
    [
        (
            2,
            0,
            {
                "issue": "账目不清",
                "measure": "清账",
                "progress": "清理三年",
                "next_step": "继续清理",
                "leader": "副县长何其远",
                "lead_unit": "财政局",
                "contact": "陶小河",
                "deadline": JUNE,
                "整改类别": "限期整改",
                "state": "=in_progress",
            },
        )
    ],
)

LEADER_AND_UNIT = Form(
    "leader and unit in one column; brackets hold the person",
    table(
        ["编号", "问题", "措施", "责任领导及责任单位", "责任单位及责任人", "办结时限"],
        ["1.1", "甲", "甲措施", "何其远 教育局", "县政府办公室（唐小满）", "6.30"],
        ["（2）", "乙", "乙措施", "教育局、何其远", "财政局、审计局", "6/30"],
    ),
    [
        (
            2,
            0,
            {
                "leader": "何其远",
                "lead_unit": "教育局",
                "responsible": "县政府办公室",
                "contact": "唐小满",
                "deadline": JUNE,
            },
        ),
        (3, 0, {"leader": "何其远", "lead_unit": "教育局", "responsible": "财政局、审计局", "contact": ""}),
    ],
)

ROLES_IN_WORDS = Form(
    "roles said in words around the names",
    table(
        HEAD,
        [1, "甲", "甲措施", "牵头：党政办\n配合：财政局、审计局", "每季度末"],
        [2, "乙", "乙措施", "党政办牵头，财政局和审计局配合", "2021年6月25日-30日"],
        [3, "丙", "丙措施", "党政办等", "2021年3月前，以后每年3月前"],
        [4, "丁", "丁措施", "县 教 育 局", "2021.6底"],
    ),
    [
        (
            2,
            0,
            {
                "lead_unit": "党政办",
                "supporting": "财政局、审计局",
                "deadline": "每季度末",
                "keep_up": "是",
            },
        ),
        (3, 0, {"lead_unit": "党政办", "supporting": "财政局、审计局", "deadline": JUNE}),
        (4, 0, {"lead_unit": "党政办", "keep_up": "是"}),
        (5, 0, {"lead_unit": "县教育局", "deadline": JUNE}),
    ],
    problems=[("E4", "bad_deadline")],
)

NAMED_AGAIN = Form(
    "the lead unit named again among the responsible ones",
    table(
        ["序号", "问题", "整改措施", "牵头单位", "责任单位", "配合单位"],
        [1, "甲", "甲措施", "财政局", "财政局、审计局", "审计局，青禾镇"],
        [2, "乙", "乙措施", "财政局", "财政局", None],
    ),
    [
        (2, 0, {"lead_unit": "财政局", "responsible": "审计局", "supporting": "青禾镇"}),
        (3, 0, {"lead_unit": "财政局", "responsible": "", "supporting": ""}),
    ],
)

SHARES = Form(
    "states as shares, ticks and crosses",
    table(
        ["序号", "问题", "措施", "责任单位", "完成进度"],
        [1, "甲", "甲措施", "财政局", 1],
        [2, "乙", "乙措施", "财政局", 0.6],
        [3, "丙", "丙措施", "财政局", "×"],
        [4, "丁", "丁措施", "财政局", "已完成（2021年12月）"],
        [5, "戊", "戊措施", "财政局", "○"],
    ),
    [
        (2, 0, {"state": "=completed"}),
        (3, 0, {"state": "=in_progress"}),
        (4, 0, {"state": "=in_progress"}),
        (5, 0, {"state": "=completed"}),
        (6, 0, {"state": "○"}),
    ],
    problems=[("E6", "bad_state")],
)

MORE = [
    HEADINGS,
    NAMED_BY_HEADINGS,
    EVERY_PAGE,
    BELOW,
    COUNTED_ALONG,
    DITTO,
    MERGED_MEASURE,
    DETAIL_PER_ROW,
    LOOSE_HEADERS,
    LEADER_AND_UNIT,
    ROLES_IN_WORDS,
    NAMED_AGAIN,
    SHARES,
]
