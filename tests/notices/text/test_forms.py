"""Small outlines, each for one form that real notices use."""

import pytest

from notices.text.parse import parse_notice

HEAD = "云岭县民政局党组关于巡察整改情况的通报\n一、加强组织领导\n成立小组。\n二、逐条逐项整改\n"
TAIL = "\n三、下一步打算\n继续抓。\n中共云岭县民政局党组\n2022年12月1日"

# name: (text, aspects, [(path, title, progress, [(heading, measure)])])
FORMS = {
    "quoted issue and what was done in one sentence": (
        "（一）针对“学习不深入”问题，制定计划，开展学习6次。\n（二）针对“管理混乱”问题，修订制度3项。已完成整改。",
        [],
        [
            ((1,), "针对“学习不深入”问题", None, [(None, "制定计划，开展学习6次。")]),
            ((2,), "针对“管理混乱”问题", "completed", [(None, "修订制度3项。")]),
        ],
    ),
    "labels without colon": (
        "（一）关于学习不深入的问题\n整改情况 一是制定计划。二是开展学习。\n整改进度 已完成整改\n（二）关于管理混乱的问题\n整改情况一是修订制度。二是加强检查。\n整改进度：持续推进",
        [],
        [
            ((1,), "关于学习不深入的问题", "completed", [(None, "制定计划。"), (None, "开展学习。")]),
            ((2,), "关于管理混乱的问题", "in_progress", [(None, "修订制度。"), (None, "加强检查。")]),
        ],
    ),
    "colon behind the title": (
        "（一）党的领导方面：\n1.学习不深入：一是制定计划；二是开展学习。\n（二）党的建设方面：\n2.党建基础薄弱：整顿支部3个。",
        ["党的领导方面", "党的建设方面"],
        [
            ((1, 1), "学习不深入", None, [(None, "制定计划；"), (None, "开展学习。")]),
            ((2, 2), "党建基础薄弱", None, [(None, "整顿支部3个。")]),
        ],
    ),
    "numbered measures, then a labelled paragraph": (
        "（一）学习不深入\n整改落实情况：\n（1）制定计划。\n（2）开展学习。\n整改成效：学习氛围浓厚。",
        [],
        [((1,), "学习不深入", None, [(None, "制定计划。"), (None, "开展学习。"), (None, "学习氛围浓厚。")])],
    ),
    "number behind the label": (
        "第一方面  党的领导弱化\n问题一：学习不深入\n整改措施：（一）制定计划。\n（二）开展学习。\n整改进展：已完成\n第二方面  党的建设缺失\n问题二：党建薄弱\n整改措施：整顿支部。\n整改进展：长期坚持",
        ["党的领导弱化", "党的建设缺失"],
        [
            ((1, 1), "学习不深入", "completed", [(None, "制定计划。"), (None, "开展学习。")]),
            ((2, 2), "党建薄弱", "sustained", [(None, "整顿支部。")]),
        ],
    ),
    "everything in one line": (
        "（一）关于学习不深入的问题。整改情况：一是制定计划；二是开展学习。责任单位：县政府办；整改时限：2022年12月底；整改进度：已完成。",
        [],
        [((1,), "关于学习不深入的问题", "completed", [(None, "制定计划；"), (None, "开展学习。")])],
    ),
    "head of a numbered paragraph": (
        "（一）关于学习不深入的问题。\n1.加大学习力度。一是制定计划。二是开展学习。\n2.强化检查。",
        [],
        [
            (
                (1,),
                "关于学习不深入的问题",
                None,
                [("加大学习力度", "制定计划。"), ("加大学习力度", "开展学习。"), (None, "强化检查。")],
            )
        ],
    ),
    "words before the first ordinal": (
        "（一）关于学习不深入的问题。对相关人员批评教育，追究3人责任。一是制定计划。二是开展学习。",
        [],
        [
            (
                (1,),
                "关于学习不深入的问题",
                None,
                [(None, "对相关人员批评教育，追究3人责任。制定计划。"), (None, "开展学习。")],
            )
        ],
    ),
    "paragraph that goes on": (
        "（一）关于学习不深入的问题。\n整改情况：一是制定计划。二是开展学习。\n通过整改，学习氛围浓厚。\n整改进度：已完成整改。",
        [],
        [((1,), "关于学习不深入的问题", "completed", [(None, "制定计划。"), (None, "开展学习。\n通过整改，学习氛围浓厚。")])],
    ),
    "status word inside a sentence is none": (
        "（一）关于学习不深入的问题。制定计划，目前已完成整改。\n（二）关于作风漂浮问题。持续推进“六进六入”。",
        [],
        [
            ((1,), "关于学习不深入的问题", None, [(None, "制定计划，目前已完成整改。")]),
            ((2,), "关于作风漂浮问题", None, [(None, "持续推进“六进六入”。")]),
        ],
    ),
    "status as first sentence": (
        "（一）关于学习不深入的问题。已完成整改。一是制定计划。二是开展学习。",
        [],
        [((1,), "关于学习不深入的问题", "completed", [(None, "制定计划。"), (None, "开展学习。")])],
    ),
    "problem inside the title": (
        "（一）针对“违建问题底数不清、情况不明”问题。一是开展自查。\n（二）关于“整改不到位,边改边犯”的问题。一是立案。",
        [],
        [
            ((1,), "针对“违建问题底数不清、情况不明”问题", None, [(None, "开展自查。")]),
            ((2,), "关于“整改不到位,边改边犯”的问题", None, [(None, "立案。")]),
        ],
    ),
    "full stop inside the quoted title": (
        "（一）关于“5月9日开展活动，存在商业宣传的情况。把关不严”的问题。一是批评教育。",
        [],
        [((1,), "关于“5月9日开展活动，存在商业宣传的情况。把关不严”的问题", None, [(None, "批评教育。")])],
    ),
    "quotes that never close": (
        "（一）关于“对农村“三资”监管不严的问题。一是出台制度。二是清理合同。",
        [],
        [((1,), "关于“对农村“三资”监管不严的问题", None, [(None, "出台制度。"), (None, "清理合同。")])],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_form(name):
    text, aspects, issues = FORMS[name]

    notice = parse_notice(HEAD + text + TAIL)

    assert [aspect.title for aspect in notice.aspects] == aspects
    assert [
        (i.path, i.title, i.progress, [(m.heading, m.text) for m in i.measures]) for i in notice.issues
    ] == issues


def test_labelled_lines_are_kept_and_quoted():
    text = "1.关于学习不深入的问题。（牵头领导：分管副县长；责任单位：县财政局）\n整改时限：2022年12月底\n整改情况：制定计划。"

    notice = parse_notice(HEAD + text + TAIL)

    assert [(label.name, label.text, label.line) for label in notice.issues[0].labels] == [
        ("牵头领导", "分管副县长", 5),
        ("责任单位", "县财政局", 5),
        ("整改时限", "2022年12月底", 6),
    ]
    assert [(warned.line, warned.code) for warned in notice.warnings] == [
        (5, "label_kept"),
        (5, "label_kept"),
        (6, "label_kept"),
    ]
    assert "整改时限:2022年12月底" in notice.warnings[2].message


def test_two_different_statuses_are_not_decided():
    text = "（一）关于学习不深入的问题。\n整改情况：制定计划。\n整改进度：已完成整改。\n整改进度：正在整改。"

    notice = parse_notice(HEAD + text + TAIL)

    assert (notice.issues[0].progress, notice.issues[0].progress_text) == (None, "已完成整改；正在整改")
    assert [warned.code for warned in notice.warnings] == ["progress_conflict"]


def test_unknown_status_is_kept_as_printed():
    text = "（一）关于学习不深入的问题。\n整改情况：制定计划。\n整改进度：达到序时要求。"

    notice = parse_notice(HEAD + text + TAIL)

    assert (notice.issues[0].progress, notice.issues[0].progress_text) == (None, "达到序时要求")
    assert [warned.code for warned in notice.warnings] == ["progress_unknown"]


# (closing lines, signed_by, signed_on, phone, address, postcode, email)
CLOSINGS = {
    "one line": ("中共云岭县委  2021年12月1日", "中共云岭县委", "2021-12-01", None, None, None, None),
    "numerals": ("中共云岭县委\n二〇二一年十二月一日", "中共云岭县委", "2021-12-01", None, None, None, None),
    "day in brackets": ("中共云岭县委\n（2021年12月1日）", "中共云岭县委", "2021-12-01", None, None, None, None),
    "damaged day": ("中共云岭县委\n2021121日", "中共云岭县委", None, None, None, None, None),
    "month only": ("云岭县财政局党组\n2021年12月", "云岭县财政局党组", None, None, None, None, None),
    "no day": ("中共云岭县委", "中共云岭县委", None, None, None, None, None),
    "labels each in a line": (
        "联系方式：\n电　　话：0799-6012345\n通信地址：云岭县人民路1号\n邮　　编：337000\n电子信箱：a_b@example.cn\n中共云岭县委\n2021年12月1日",
        "中共云岭县委", "2021-12-01", "0799-6012345", "云岭县人民路1号", "337000", "a_b@example.cn",
    ),
    "running text": (
        "欢迎广大党员干部群众监督。联系电话：0799-6012345；邮寄地址：云岭县人民路1号县委办公室（邮编：337000）；电子邮箱：a@example.cn。\n中共云岭县委\n2021年12月1日",
        "中共云岭县委", "2021-12-01", "0799-6012345", "云岭县人民路1号县委办公室", "337000", "a@example.cn",
    ),
    "letter box": (
        "监督举报电话：12388；来信请寄云岭县第5号信箱，邮政编码337000。\n中共云岭县委\n2021年12月1日",
        "中共云岭县委", "2021-12-01", "12388", "云岭县第5号信箱", "337000", None,
    ),
    "full width": (
        "联系电话：０７９９－６０１２３４５　邮政编码：３３７０００\n中共云岭县委\n２０２１年１２月１日",
        "中共云岭县委", "2021-12-01", "0799-6012345", None, "337000", None,
    ),
    "two telephones": (
        "联系电话：0799-6012345、0799-6054321\n中共云岭县委\n2021年12月1日",
        "中共云岭县委", "2021-12-01", "0799-6012345、0799-6054321", None, None, None,
    ),
    "mobile": ("联系人：办公室 13900000000\n云岭县水务局党组\n2021年12月1日", "云岭县水务局党组", "2021-12-01", "13900000000", None, None, None),
    "furniture below": (
        "中共云岭县委\n2021年12月1日\n【打印】【关闭】\n上一篇：甲\n版权所有：云岭县  赣ICP备00000000号",
        "中共云岭县委", "2021-12-01", None, None, None, None,
    ),
    "name in two lines": ("中共云岭县\n市场监督管理局党组\n2021年12月1日", "中共云岭县市场监督管理局党组", "2021-12-01", None, None, None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSINGS)
def test_closing(name):
    closing, *expected = CLOSINGS[name]
    text = HEAD + "（一）关于学习不深入的问题。制定计划。\n三、下一步打算\n继续抓。\n" + closing

    notice = parse_notice(text)

    contact = notice.contact
    day = notice.signed_on.isoformat() if notice.signed_on else None
    assert [
        notice.signed_by,
        day,
        contact.phone,
        contact.address,
        contact.postcode,
        contact.email,
    ] == expected
