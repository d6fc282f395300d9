"""The invented county of the demo: eight units and somebody in every role. No real person or place is meant."""

from dataclasses import dataclass

from accounts.roles import Role


@dataclass(frozen=True)
class UnitPart:
    key: str
    name: str
    short: str
    above: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class PersonPart:
    login: str
    name: str
    title: str
    posts: tuple[tuple[str, Role], ...]  # (unit key, role)


UNITS = (
    UnitPart("county", "云岭县", "县", "", ("云岭县委", "中共云岭县委")),
    UnitPart("zuzhi", "云岭县委组织部", "组织部", "county", ("县委组织部",)),
    UnitPart("caizheng", "云岭县财政局", "财政局", "county", ("县财政局",)),
    UnitPart("jiaoyu", "云岭县教育局", "教育局", "county", ("县教育局",)),
    UnitPart("xuejian", "云岭县学校建设服务中心", "学建中心", "jiaoyu", ("县学校建设服务中心",)),
    UnitPart("shuili", "云岭县水利局", "水利局", "county", ("县水利局",)),
    UnitPart("nongye", "云岭县农业农村局", "农业农村局", "county", ("县农业农村局",)),
    UnitPart("qinghe", "云岭县青禾镇", "青禾镇", "county", ("青禾镇党委", "青禾镇人民政府")),
)

PEOPLE = (
    PersonPart("linzhiyuan", "林致远", "县委巡察整改办主任", (("county", Role.OFFICE),)),
    PersonPart("songjianing", "宋佳宁", "县委巡察整改办副主任", (("county", Role.OFFICE),)),
    PersonPart("hanlijun", "韩砺钧", "督导组组长", (("county", Role.SUPERVISOR),)),
    PersonPart("gumingchuan", "顾铭川", "县委副书记", (("county", Role.LEADER),)),
    PersonPart("shenruolan", "沈若岚", "副县长", (("jiaoyu", Role.LEADER),)),
    PersonPart(
        "pengqidong",
        "彭启栋",
        "副县长",
        (("shuili", Role.LEADER), ("nongye", Role.LEADER), ("qinghe", Role.LEADER)),
    ),
    PersonPart("luowenbin", "罗闻斌", "组织部常务副部长", (("zuzhi", Role.HEAD),)),
    PersonPart("qiuyuqing", "邱雨晴", "组织部干部科科长", (("zuzhi", Role.STAFF),)),
    PersonPart("caojianping", "曹鉴平", "财政局局长", (("caizheng", Role.HEAD),)),
    PersonPart("yesiyuan", "叶思远", "财政局监督科科长", (("caizheng", Role.STAFF),)),
    PersonPart("hexiaoman", "贺小满", "财政局预算科科员", (("caizheng", Role.STAFF),)),
    PersonPart("zhenghuaiyu", "郑怀瑜", "教育局局长", (("jiaoyu", Role.HEAD),)),
    PersonPart("wuqingyang", "吴清漾", "教育局督导室主任", (("jiaoyu", Role.STAFF),)),
    PersonPart(
        "liangbojun", "梁柏筠", "学校建设服务中心主任", (("xuejian", Role.STAFF), ("xuejian", Role.HEAD))
    ),
    PersonPart("tianshouzheng", "田守政", "水利局局长", (("shuili", Role.HEAD),)),
    PersonPart("mengxia", "孟夏禾", "水利局工程科科长", (("shuili", Role.STAFF),)),
    PersonPart("shiyongfeng", "石咏丰", "农业农村局局长", (("nongye", Role.HEAD),)),
    PersonPart("lishutian", "黎书田", "农业农村局产业科科长", (("nongye", Role.STAFF),)),
    PersonPart("luochangqing", "骆长庆", "青禾镇镇长", (("qinghe", Role.HEAD),)),
    PersonPart("wenxiaotang", "温晓棠", "青禾镇党政办主任", (("qinghe", Role.STAFF),)),
    PersonPart("fangzhicheng", "方至诚", "系统管理员", (("county", Role.ADMIN),)),
    PersonPart("dinganning", "丁安宁", "安全管理员", (("county", Role.SECURITY),)),
    PersonPart("yanshenxing", "严慎行", "审计员", (("county", Role.AUDITOR),)),
)

OFFICE, OFFICE_TWO, SUPERVISOR = "linzhiyuan", "songjianing", "hanlijun"
# Who files and who signs for a unit.
STAFF = {
    "zuzhi": "qiuyuqing",
    "caizheng": "yesiyuan",
    "jiaoyu": "wuqingyang",
    "xuejian": "liangbojun",
    "shuili": "mengxia",
    "nongye": "lishutian",
    "qinghe": "wenxiaotang",
}
HEAD = {
    "zuzhi": "luowenbin",
    "caizheng": "caojianping",
    "jiaoyu": "zhenghuaiyu",
    "xuejian": "liangbojun",
    "shuili": "tianshouzheng",
    "nongye": "shiyongfeng",
    "qinghe": "luochangqing",
}
