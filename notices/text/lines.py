"""The lines of a text, and those among them that belong to a web page and not to the notice."""

import re
from dataclasses import dataclass

from notices.text.clean import fold, split_lines


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `text` as printed without blanks at its ends, `folded` the same characters for matching."""

    number: int
    text: str
    folded: str


def read_text(text: str) -> list[Line]:
    """All lines that hold something; `number` counts the blank ones too."""
    lines = []
    for number, raw in enumerate(split_lines(text), start=1):
        folded = fold(raw)
        stripped = folded.strip()
        if stripped:
            start = len(folded) - len(folded.lstrip())
            lines.append(Line(number, raw[start : start + len(stripped)], stripped))
    return lines


_FURNITURE = re.compile(
    r"(?:您?(?:现在|当前|目前)?(?:所在|的)?的?(?:当前)?位置(?:是)?[:>]|您现在的位置|(?:网站)?首页\s*[>»/|-]|首页$|>{1,2}\s*\S{1,20}$"
    r"|(?:信息|文章|稿件|内容|新闻|文件)?(?:来源|出处|作者|编辑|责编|责任编辑|编审|审核|校对|初审|复审|终审|撰稿|供稿|录入|发布人|发布者|发布单位|发布机构|主办单位|主办|承办单位|承办|合作单位|协办单位|技术支持|版权所有|网站标识码|网站备案号|备案号|联系我们|索引号|主题分类|文号|公开方式|公开范围|信息分类|关键词|浏览次数|浏览量|阅读次数|阅读量|点击数|点击率|点击量|访问量|访问次数|点击|阅读)\s*[:;]?\s*(?:$|\S)"
    r"|(?:发布|发文|更新|公开|成文|生成|录入|上传|创建|信息)(?:时间|日期)\s*[:;]?|(?:时间|日期)\s*[:;]\s*\d"
    r"|[^。]{0,12}ICP[备证]|[^。]{0,20}公网安备|[^。]{0,30}网站标识码|copyright|版权所有|©|all rights reserved"
    r"|(?:[【\[]?\s*)?(?:字体|字号)(?:大小)?\s*[:;\[【(]?\s*(?:[\[【(]?\s*(?:小|中|大|超大|默认|A)|$)|(?:[\[【(]\s*)?(?:打印|关闭|收藏|分享|返回|下载|复制链接|纠错|我要纠错)(?:本页|页面|窗口|本文|此文|顶部|列表|首页|到|文章|正文)?\s*(?:[\]】)]|$|[\s|/:])"
    r"|(?:上|下)一[篇条页]\s*(?:[:;]|$)|相关(?:链接|阅读|文章|新闻|附件)\s*[:;]?$|扫一扫|网站地图|无障碍|长者(?:模式|助手)|繁体|简体\s*\||视力保护色|适老|微信扫|手机版|设为首页|加入收藏|政府网站(?:找错|年报)|关于我们|法律声明|隐私声明"
    r"|(?:第\s*\d+\s*页\s*)?(?:/|,)?\s*共\s*\d+\s*页$|[-—]\s*\d{1,3}\s*[-—]$|\d{1,3}\s*/\s*\d{1,3}$|第\s*\d+\s*页$|(?:附件|附)\s*[:;]?$|<\S{0,30}>$|[-=_*~.·\s|]+$)",
    re.IGNORECASE,
)
# Sentences are never furniture, however they begin.
_PROSE = re.compile(r"[。;!?][^|]|[,，].{6,}[。;]$")
_LONGEST_FURNITURE = 160
_LABELLED_ITEM = re.compile(r"[(\[【]?[一二三四五六七八九十\d]{1,3}[)\]】.、]")


def is_furniture(line: Line) -> bool:
    """Breadcrumbs, source and date lines, buttons, footers, page numbers of the page around a notice."""
    words = line.folded
    if len(words) > _LONGEST_FURNITURE or _LABELLED_ITEM.match(words):
        return False
    return bool(_FURNITURE.match(words)) and not _PROSE.search(words)
