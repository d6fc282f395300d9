"""Rendering an outline and reading it again gives the outline; printed in any style it is read the same."""

import datetime as dt
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notices.records import Contact, ParsedAspect, ParsedIssue, ParsedMeasure, ParsedNotice
from notices.text.layout import Role
from notices.text.parse import parse_notice, trace
from notices.text.progress import progress_code
from notices.text.render import chinese_number, render_notice

enough = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FAULTS = [
    "理论学习不深入", "“三重一大”制度执行不到位,问题整改不到位", "工程项目管理不规范", "整改不到位,边改边犯",
    "落实‘第一议题’制度不严格", "民生项目推进缓慢", "2021年有15个项目未完成年度目标任务", "‘三资’管理混乱",
    "违建问题底数不清、情况不明", "吸取‘12·5’火灾事故教训不够深刻", "对（村）居监督不力", "廉政风险防控有漏洞",
]  # fmt: skip
FORMS = ["关于“{}”的问题", "针对“{}”问题", "关于{}的问题", "{}问题", "{}"]
ASPECTS = [
    "贯彻落实上级决策部署不够有力", "全面从严治党责任落实不严", "基层党组织建设存在短板", "党的领导方面", "整治“四风”敷衍应付,作风建设仍有差距",
]  # fmt: skip
CLAUSES = [
    "召开专题会议3次", "印发《青禾镇财务管理办法（试行）》", "对2名责任人进行批评教育", "追缴资金33.58万元", "落实“管、训、操、考、标”五位一体工作体系",
    "持续推进“六进六入”", "每月5日前报送", "针对“个别支部”问题开展排查", "已完成施工图设计", "水质由V类提升为IV类", "督促整改,建立台账",
]  # fmt: skip
HEADS = ["加大基础教育投入", "强化部门合力,形成监督闭环", "完善制度", "开展专项整治"]
STATUSES = [
    "已完成整改", "阶段性完成并需长期坚持", "正在整改", "基本完成", "未完成", "申请延期", "完成并长期坚持", "已完成", "持续推进", "反弹",
]  # fmt: skip

days = st.dates(dt.date(2015, 1, 1), dt.date(2030, 12, 31))
clause_texts = (
    st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=3).map("。".join).map(lambda text: text + "。")
)


@st.composite
def measures(draw):
    made = []
    heads = draw(st.lists(st.one_of(st.none(), st.sampled_from(HEADS)), min_size=1, max_size=3, unique=True))
    heads.sort(key=lambda head: head is not None)
    for head in heads:
        made += [ParsedMeasure(head, draw(clause_texts), 1) for _ in range(draw(st.integers(1, 4)))]
    return tuple(made)


@st.composite
def issue_at(draw, path):
    status = draw(st.one_of(st.none(), st.sampled_from(STATUSES)))
    return ParsedIssue(
        path=path,
        title=draw(st.sampled_from(FORMS)).format(draw(st.sampled_from(FAULTS))),
        line=1,
        progress=progress_code(status).value if status else None,
        progress_text=status,
        measures=draw(measures()),
    )


@st.composite
def outlines(draw):
    """Aspects with sections, items and sub-items; numbers start at 1 or run on across aspects."""
    aspects, issues = [], []
    runs_on, last = draw(st.booleans()), 0
    for number in range(1, draw(st.integers(1, 4)) + 1):
        aspects.append(ParsedAspect(number, draw(st.sampled_from(ASPECTS)), 1))
        last = last if runs_on else 0
        for _ in range(draw(st.integers(1, 4))):
            last += 1
            below = draw(st.sampled_from([0, 0, 0, 1, 2, 3]))
            paths = [(number, last, item) for item in range(1, below + 1)] or [(number, last)]
            issues += [draw(issue_at(path)) for path in paths]
    return tuple(aspects), tuple(issues)


@st.composite
def notices(draw):
    aspects, issues = draw(outlines())
    start = draw(days)
    return ParsedNotice(
        title="中共青禾镇委员会关于巡察整改进展情况的通报",
        inspected_party=draw(st.sampled_from(["青禾镇党委", "云岭县", "县水务局党组", "北岭大学党委"])),
        inspecting_body=draw(st.sampled_from(["县委第二巡察组", "省委第四巡视组", "市委机动巡察一组"])),
        inspection_start=start,
        inspection_end=start + dt.timedelta(days=draw(st.integers(1, 90))),
        feedback_on=start + dt.timedelta(days=draw(st.integers(91, 200))),
        published_on=start + dt.timedelta(days=draw(st.integers(400, 450))),
        signed_by="中共青禾镇委员会",
        signed_on=start + dt.timedelta(days=draw(st.integers(300, 390))),
        contact=Contact("0799-6012345", "云岭县青禾镇人民路1号", "337001", "qhz@example.cn"),
        aspects=aspects,
        issues=issues,
    )


def _words(notice):
    """What must come back: everything but line numbers, outcomes and warnings."""
    aspects = tuple(replace(aspect, line=0) for aspect in notice.aspects)
    issues = tuple(
        replace(issue, line=0, labels=(), measures=tuple(replace(m, line=0) for m in issue.measures))
        for issue in notice.issues
    )
    return replace(notice, aspects=aspects, issues=issues, sections=(), outcomes=(), warnings=())


@enough
@given(notices())
def test_rendered_outline_is_read_again(notice):
    assert _words(parse_notice(render_notice(notice))) == _words(notice)


# --- the same outline in other printed forms ---------------------------------------------------------------------


@st.composite
def printed(draw):
    """(outline, text): the outline printed in one of the styles found in real notices."""
    aspects, issues = draw(outlines())
    full = draw(st.booleans())
    style = draw(st.sampled_from(["ordinals inline", "ordinals apart", "numbered"]))
    label = draw(st.sampled_from(["整改情况：", "整改措施：", "整改落实情况：", "【整改措施】", ""]))
    state = draw(st.sampled_from(["整改进度：", "整改状态：", "完成情况：", "【整改进度】"]))
    first = draw(st.booleans())
    indent = draw(st.sampled_from(["", "    ", "\u3000\u3000", "\xa0\xa0"]))
    gap = draw(st.sampled_from([[], [""]]))
    lines = ["云岭县关于巡察整改情况的通报", "一、加强组织领导", "成立领导小组。", "二、逐条逐项抓好整改"]
    sections = draw(st.sampled_from(["第{}方面问题，", "第{}方面："]))
    expected = []
    open_path = ()
    for issue in issues:
        if issue.path[:1] != open_path[:1]:
            lines.append(sections.format(chinese_number(issue.path[0])) + aspects[issue.path[0] - 1].title)
        if len(issue.path) == 3 and issue.path[:2] != open_path[:2]:
            lines.append(f"（{chinese_number(issue.path[1])}）有关工作存在薄弱环节的问题")
        open_path = issue.path
        mark = f"（{chinese_number(issue.path[1])}）" if len(issue.path) == 2 else f"{issue.path[2]}．"
        lines.append(mark + issue.title + draw(st.sampled_from(["。", "", "；"])))
        plain = tuple(ParsedMeasure(None, measure.text, 0) for measure in issue.measures)
        status = [state + issue.progress_text + "。"] if issue.progress_text else []
        body = _print_body(plain, style, label)
        lines += status + body if first else body + status
        expected.append(replace(issue, line=0, measures=plain))
    text = "\n".join(line for printed_line in lines for line in [indent + printed_line, *gap])
    text += "\n三、下一步打算\n继续抓好整改。\n中共云岭县委\n2021年12月1日\n"
    return tuple(expected), text if full else _half(text)


def _print_body(measures, style, label):
    words = [f"{chinese_number(place)}是{measure.text}" for place, measure in enumerate(measures, start=1)]
    if style == "ordinals inline":
        return [label + "".join(words)]
    if style == "ordinals apart":
        return [label + words[0], *words[1:]]
    numbered = [f"（{place}）{measure.text}" for place, measure in enumerate(measures, start=1)]
    return ([label] if label else []) + numbered


def _half(text):
    return text.translate(str.maketrans("，：；（）．", ",:;()."))


@enough
@given(printed())
def test_outline_is_read_from_any_printed_style(case):
    expected, text = case

    read = [
        replace(i, line=0, labels=(), measures=tuple(replace(m, line=0) for m in i.measures))
        for i in parse_notice(text).issues
    ]

    widths = str.maketrans("，：；（）", ",:;()")
    assert [
        (i.path, i.title.translate(widths), i.progress, [m.text.translate(widths) for m in i.measures])
        for i in read
    ] == [
        (i.path, i.title.translate(widths), i.progress, [m.text.translate(widths) for m in i.measures])
        for i in expected
    ]


PART_TWO = {Role.ASPECT, Role.ISSUE, Role.MEASURE, Role.PROGRESS, Role.WARNING}
OUTSIDE = {Role.HEAD, Role.FRONT, Role.PART, Role.NEXT, Role.CLOSING, Role.FURNITURE}


@enough
@given(printed())
def test_every_line_is_accounted_for(case):
    _, text = case
    lines = text.split("\n")
    first, last = (
        lines.index(next(x for x in lines if "逐条逐项" in x)),
        lines.index(next(x for x in lines if "下一步打算" in x)),
    )

    for traced in trace(text):
        inside = first + 1 < traced.line <= last
        assert traced.role in (PART_TWO if inside else OUTSIDE)


@enough
@given(printed(), st.integers(0, 30))
def test_number_that_repeats_or_skips_is_warned_and_kept(case, place):
    _, text = case
    lines = text.split("\n")
    marked = [index for index, line in enumerate(lines) if line.strip().startswith("第") and "方面" in line]
    index = marked[place % len(marked)]
    lines[index] = lines[index].replace(f"第{chinese_number(place % len(marked) + 1)}方面", "第九方面")

    notice = parse_notice("\n".join(lines))

    assert 9 in [aspect.number for aspect in notice.aspects]
    assert {"number_skipped", "number_repeated"} & {warned.code for warned in notice.warnings}
