"""Which download a workbook came from; one whose keys mean other rows is refused with what to do."""

from notices.errors import Refused
from notices.ledger.schema import FORMAT_VERSION
from notices.models import LedgerExport, Notice
from notices.records import CellProblem, Ledger

OTHER_FORMAT = (
    "这份台账的格式版本是 {theirs}，本系统现用版本 {ours}，列的位置和行键可能不同，没有读入。"
    "请重新下载台账，把改动填到新下载的表里再上传。"
)
ELSEWHERE = (
    "这份台账不是从本系统的现有批次导出的（可能来自另一套系统，或者该批次已不存在），行键不能对应，没有读入。"
    "请在本系统下载台账后填写；确需导入其中内容的，请删去每张表隐藏的第一列和编号列，作为自己的台账上传。"
)
NO_MARK = "工作簿里没有下载标记（另存、拆分或复制工作表时丢失）"
NO_EXPORT = "系统里没有这次下载的记录（可能恢复过备份）"
NO_BASE = "，不能与下载时的内容比对：行键之后又有人改过的行，凡与系统不同的格子都列为冲突，请逐格核对。"


def export_of(ledger: Ledger, notice: Notice) -> LedgerExport | None:
    """The export the workbook came from. A workbook of another notice, another installation or another format is
    refused: its keys mean other rows."""
    mark = ledger.mark
    if mark is None:
        return None
    if mark.format != FORMAT_VERSION:
        raise Refused(OTHER_FORMAT.format(theirs=mark.format[:10], ours=FORMAT_VERSION))
    other = notice if mark.notice == notice.pk else Notice.objects.filter(pk=mark.notice).first()
    if other is None or mark.origin not in ("", other.origin):
        raise Refused(ELSEWHERE)
    if other != notice:
        raise Refused(f"这份台账是从另一个批次导出的，不能导入“{notice.title}”，请到原批次上传。")
    if mark.frozen:
        raise Refused("这份工作簿是某一周的台账快照，只供查看，不能上传；请在“下载台账”下载最新台账后填写。")
    return LedgerExport.objects.filter(pk=mark.export, notice=notice).first()


def unknown_base(ledger: Ledger, export: LedgerExport | None) -> list[CellProblem]:
    """Rows with our keys in a workbook that was not, or cannot be, compared with what went out."""
    if export is not None or not any(table.listed for table in ledger.tables):
        return []
    why = NO_MARK if ledger.mark is None else NO_EXPORT
    return [CellProblem("", "", "no_base", f"{why}{NO_BASE}")]
