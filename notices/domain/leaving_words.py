"""What the package of everything says of itself. Pure."""

import datetime as dt
from collections.abc import Mapping

from notices.models import Notice

_WORDS = """整改督办资料导出　{scope}
导出日期：{today}

这个压缩包里的内容不需要本系统就能阅读。

一、里面有什么
1. 目录.csv：每一张表、每一个文件在包内的位置和数量；没有放进来的，写明原因。
2. 数据表\\：{tables} 张表，共 {rows} 行，每张表一个 CSV 文件，第一行是中文列名。用 Excel、WPS 直接打开即可。
   “（行号）”结尾的列指向另一张表里“行号”相同的那一行；旁边同名的列是它的名称。
   以 = + - @ 等开头的文字前面加了一个半角单引号（'），以免表格软件当成公式；原文以单引号开头的也加一个。
3. 批次\\：每个批次一个文件夹。
   整改台账.xlsx：当天的三清单；每周台账\\：每周封存的台账。
   问题\\：每个问题一个文件夹，里面有《一题一档》、时间线和按任务编号分开的佐证材料（作废的标明“已作废”）。
   其他材料\\、上传的台账\\、文书\\：会议、督导、成效、约谈的材料，各单位上传的台账原件，已签发的函件和已印发的通报。
4. 校验值.txt：每个文件的 SHA-256，可用 sha256sum -c 校验值.txt 逐个核对。
   共 {files} 个材料文件。

二、没有什么
1. 密码、密钥、令牌等只对本系统有用的内容。
2. 误传涉密已清除或正在核定清除的文件。
3. 由其他内容推算得出的表（汇总、检索、可见范围）和当前的登录状态。
{audit}
三、保管
这里有全部整改内容，没有加密，请按内部资料保管，传递时另行加密。
"""


def about(notice: Notice | None, rows: Mapping[str, int], files: int, today: dt.date) -> str:
    scope = "全部批次" if notice is None else notice.title
    audit = "" if notice is None else "4. 其他批次、人员账号和审计日志：由系统管理员在服务器上整体导出。\n"
    said = _WORDS.format(
        scope=scope, today=today, tables=len(rows), rows=sum(rows.values()), files=files, audit=audit
    )
    return "\ufeff" + said.replace("\n", "\r\n")
