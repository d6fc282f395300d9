"""Widths, blanks and script brought to one form for matching, character by character.

`fold` keeps the length of its text, so a match in the folded text can be cut out of the printed one.
"""

import re

# Traditional characters of official prose → simplified. Only characters that matching needs; the printed
# text is never changed. Characters with two readings (後, 於, 幹 …) take the one official prose means.
_TRADITIONAL = (
    "繫系閱阅闆板彆别衹只隻只鬱郁籲吁雲云捨舍製制誌志傢家颳刮鬍胡穫获"
    "關关於于問问題题進进況况報报項项舉举領领導导書书記记員员會会議议黨党組组責责務务單单時时間间內内個个節节據据統统開开對对專专規规機机動动檢检視视審审計计發发現现應应該该為为與与種种經经過过還还這这從从"
    "業业產产資资額额萬万億亿總总結结論论證证徹彻處处罰罚紀纪監监辦办標标準准條条實实際际門门廠厂廳厅區区縣县鄉乡鎮镇屬属國国營营學学醫医園园團团體体聯联絡络電电話话傳传郵邮編编碼码號号樓楼層层聽听訊讯網网"
    "頁页線线級级試试點点義义識识認认讓让訂订設设許许評评診诊詢询談谈請请諸诸諾诺謀谋講讲謹谨譯译護护貫贯財财貧贫貨货質质費费貸贷貼贴賬账賠赔購购贈赠贏赢車车軍军軌轨軟软較较載载輔辅輕轻輪轮輸输轄辖轉转農农"
    "運运達达遠远適适選选遺遗鄰邻醬酱釋释針针錄录錢钱錯错鍵键鏈链長长闊阔隊队階阶隨随險险隱隐難难雜杂雙双離离靈灵靜静順顺預预頒颁頭头頻频顆颗願愿類类顧顾飛飞養养餘余駐驻驗验驟骤鬆松鬥斗鬧闹魚鱼鮮鲜鹽盐麗丽"
    "黃黄齊齐龍龙龐庞舊旧興兴艱艰藝艺蘇苏蘭兰虛虚蟲虫補补裝装製制複复見见觀观覺觉觸触訪访訴诉詞词誠诚誤误調调諒谅諮咨變变讚赞豐丰負负貢贡販贩貪贪貴贵買买賣卖賞赏賢贤賴赖趨趋跡迹踐践蹤踪軀躯迴回遲迟遷迁邊边"
    "鄭郑醜丑鋼钢鐵铁鑒鉴闡阐陣阵陳陈陸陆陽阳雲云響响頂顶須须頓顿頗颇頸颈顏颜顯显風风飯饭飲饮館馆騙骗驅驱驕骄鳳凤麥麦麼么側侧傑杰備备債债傷伤傾倾僅仅價价儀仪優优償偿儲储兩两凍冻淨净減减幾几劃划則则剛刚創创"
    "劑剂勁劲勞劳勝胜勢势勵励勸劝協协卻却厲厉參参吳吴啟启嘆叹嚴严圍围圖图圓圆執执堅坚場场塊块壓压壞坏壯壮壽寿夠够奪夺奮奋婦妇媽妈嬰婴孫孙寧宁寫写寬宽寶宝將将尋寻屆届島岛峽峡崗岗嶺岭巖岩幣币帶带師师幫帮庫库"
    "廣广廢废廟庙張张強强彈弹歸归當当徑径復复徵征恆恒悶闷惡恶愛爱態态慣惯慮虑慶庆憂忧憑凭懷怀懲惩懶懒戰战戲戏戶户拋抛挾挟掃扫採采換换揚扬損损搖摇搶抢擇择擊击擔担擬拟擴扩擾扰攜携攝摄敗败敘叙敵敌數数斷断暫暂"
    "曆历曉晓東东構构槍枪樣样樹树樸朴橋桥權权欄栏歐欧歲岁歷历殘残殺杀氣气決决沒没淺浅渾浑湧涌溝沟滅灭滿满漁渔漢汉潔洁潛潜澤泽濃浓濟济災灾無无煙烟煩烦熱热燈灯爭争爺爷牆墙獎奖獨独獲获獻献環环療疗瘋疯盡尽盤盘"
    "眾众礎础確确礦矿禮礼禦御稱称積积穩稳窮穷竊窃競竞筆笔築筑範范簡简簽签籌筹糧粮糾纠純纯納纳紙纸紛纷終终絕绝給给綜综綠绿維维綱纲緊紧練练緩缓緣缘縮缩績绩織织繞绕繳缴繼继續续罷罢羅罗聖圣聞闻聲声職职肅肃腳脚"
    "腦脑臉脸臨临艦舰莊庄華华葉叶蔣蒋薦荐藍蓝藥药裏里裡里後后淸清閉闭週周銷销並并來来臺台帳账鉤钩佈布佔占係系幹干饋馈謂谓諉诿貳贰遜逊遞递閱阅闕阙閒闲隸隶雖虽韌韧韓韩齡龄勳勋匯汇嚮向囑嘱壟垄墮堕奧奥屢屡廬庐"
    "彙汇慘惨憲宪摻掺擁拥攏拢斂敛槓杠檔档殼壳沖冲滯滞滲渗澀涩燭烛犧牺疊叠癥症盜盗睏困瞞瞒矯矫縫缝縱纵羣群脫脱腫肿膚肤臟脏蕩荡蝕蚀衝冲託托註注謠谣譽誉賦赋辭辞遙遥鄧邓釐厘鈔钞鉅巨鋪铺鎖锁鐘钟鑄铸閣阁隣邻顛颠"
    "騰腾鹼碱黴霉儘尽嘗尝嚐尝墊垫壇坛奬奖寢寝廚厨憶忆慫怂懇恳戀恋揮挥撐撑撥拨擋挡擠挤攤摊敎教斃毙晝昼棄弃棲栖楊杨槳桨樞枢橢椭欽钦歡欢毀毁氫氢汙污洩泄涼凉渦涡湯汤滬沪漸渐澆浇濕湿瀏浏灑洒烏乌煉炼爐炉爛烂狀状"
    "狹狭獵猎瑣琐瓊琼畢毕異异瘡疮癢痒皺皱盞盏矚瞩磚砖祕秘禍祸稅税穀谷穢秽竄窜筍笋篩筛簾帘籃篮籤签粵粤緒绪緝缉縛缚繪绘罵骂羨羡習习翹翘聰聪脅胁膠胶艙舱蒼苍蓋盖蕭萧薩萨蘆芦蘊蕴蝦虾螞蚂蠟蜡襲袭覓觅覽览討讨訟讼"
    "詐诈詳详誇夸誌志誘诱語语說说誰谁課课誼谊諷讽謊谎謙谦譏讥譜谱讀读豬猪貓猫貯贮貶贬賀贺賄贿賊贼賓宾賜赐賤贱賭赌賺赚贊赞趕赶趙赵踴踊躍跃軒轩軸轴輝辉輩辈輿舆轟轰辯辩邁迈邏逻醞酝鈞钧鉛铅銀银銅铜銘铭銳锐鋁铝"
    "鋒锋鋸锯錦锦錫锡鍋锅鍛锻鎢钨鏡镜鐮镰閃闪閑闲閘闸閥阀閩闽闖闯闢辟陝陕陰阴雛雏霧雾頌颂頑顽頤颐飄飘飽饱餅饼餓饿馬马馭驭駁驳駛驶駕驾駱骆騎骑驚惊驛驿髒脏鬚须鯨鲸鳥鸟鴨鸭鵝鹅鷹鹰龜龟們们嗎吗"
)
_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_BLANKS = dict.fromkeys(
    [0x09, 0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)]
    + [0x2028, 0x2029, 0x202F, 0x205F, 0x3000],
    " ",
)
_DASHES = dict.fromkeys([0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFF0D], "-")
_MARKS = {
    ord("〜"): "~",
    ord("∼"): "~",
    ord("「"): "“",
    ord("」"): "”",
    ord("『"): "‘",
    ord("』"): "’",
    ord("﹝"): "(",
    ord("﹞"): ")",
    ord("〔"): "(",
    ord("〕"): ")",
    ord("○"): "〇",
    ord("◯"): "〇",
    ord("Ｏ"): "O",
    ord("﹒"): ".",
    ord("·"): "·",
    ord("﹔"): ";",
    ord("﹕"): ":",
    ord("∶"): ":",
    ord("﹐"): ",",
}
_TABLE: dict[int, int | str] = {
    **dict(zip(map(ord, _TRADITIONAL[::2]), _TRADITIONAL[1::2], strict=True)),
    **_WIDTHS,
    **_BLANKS,
    **_DASHES,
    **_MARKS,
}
# Characters nobody sees: dropped from the text itself, so that they cannot split a word.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff]"
)
_LINE_END = re.compile("\r\n|\n|\r")
_BLANK_RUN = re.compile(r"\s+")


def fold(text: str) -> str:
    """The same number of characters with half-width marks, plain blanks and simplified characters."""
    return text if text.isascii() and text.isprintable() else text.translate(_TABLE)


def squeeze(text: str) -> str:
    """Folded and without any blank: for short texts such as dates, labels and status words."""
    return _BLANK_RUN.sub("", fold(_INVISIBLE.sub("", text)))


def split_lines(text: str) -> list[str]:
    """Lines as a reader counts them (CR, LF, CR LF), without invisible characters; blanks inside stay."""
    return _LINE_END.split(_INVISIBLE.sub("", text))
