"""A sheet of first passwords to print, cut and hand out: the only place they are ever written."""

import html
from collections.abc import Sequence
from pathlib import Path

from accounts.people import Newcomer

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>初始密码条</title><style>
@page {{ size: A4; margin: 12mm }}
body {{ margin: 0; font: 11pt/1.6 "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #111 }}
p {{ margin: 0 0 4mm }}
.slips {{ display: grid; grid-template-columns: 1fr 1fr; border-top: 1px dashed #666 }}
.slip {{ padding: 5mm; border-bottom: 1px dashed #666; break-inside: avoid }}
.slip:nth-child(odd) {{ border-right: 1px dashed #666 }}
.unit {{ color: #444; font-size: 9.5pt }}
.name {{ font-size: 13pt; font-weight: 600 }}
.line {{ display: flex; gap: 3mm }}
.line span:first-child {{ width: 18mm; color: #444 }}
code {{ font: 13pt/1.5 Consolas, "DejaVu Sans Mono", monospace; letter-spacing: .5px }}
.note {{ font-size: 9pt; color: #444; margin-top: 1mm }}
@media screen {{ body {{ max-width: 190mm; margin: 10mm auto }} }}
</style></head><body>
<p>初始密码条，共 {count} 人。请沿虚线裁开，分别当面交给本人；发放完毕后删除本文件。</p>
<div class="slips">
{slips}
</div></body></html>
"""
_SLIP = """<div class="slip"><div class="unit">{unit}</div><div class="name">{name}</div>
<div class="line"><span>登录地址</span><span>{address}</span></div>
<div class="line"><span>登录名</span><code>{login}</code></div>
<div class="line"><span>初始密码</span><code>{password}</code></div>
<div class="note">首次登录须修改密码。请妥善保管，不要转交他人。</div></div>"""


def write_slips(path: Path, newcomers: Sequence[Newcomer], *, address: str) -> None:
    """Readable by the owner only. An existing file is never overwritten."""
    slips = []
    for one in newcomers:
        units = "、".join(m.unit.name for m in one.user.memberships.select_related("unit").order_by("pk"))
        cells = {
            "unit": units,
            "name": one.user.name,
            "address": address,
            "login": one.user.username,
            "password": one.password,
        }
        slips.append(_SLIP.format(**{k: html.escape(v) for k, v in cells.items()}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(_PAGE.format(count=len(newcomers), slips="\n".join(slips)), encoding="utf-8")
