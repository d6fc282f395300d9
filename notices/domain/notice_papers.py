"""Papers about a whole notice as Word bytes: 通报, 整改动态, 整改台账; in our layout or in the party's own template."""

import datetime as dt

from django.utils.timezone import localtime

from accounts.models import User
from notices.domain.bulletins import heading
from notices.domain.papers import template_in_force
from notices.errors import Refused
from notices.models import Bulletin, Notice, Publication, Task
from notices.report import brief, ledger_paper, public_notice
from notices.report.brief import Brief
from notices.report.document import Document
from notices.report.ledger_paper import LedgerLine
from notices.report.public_notice import PublicText
from notices.report.template import fill
from notices.report.word import write
from notices.terms import PaperKind, State

MOST_ROWS = 1000  # of a ledger in Word; nobody prints more, and Excel holds them all


def _paper(party: int, kind: PaperKind, document: Document, values: dict[str, str]) -> bytes:
    template = template_in_force(party, kind)
    return write(document) if template is None else fill(bytes(template.content), values).content


def publication_bytes(publication: Publication, text: PublicText) -> bytes:
    """`publication` with its notice joined."""
    party = publication.notice.unit_id
    return _paper(party, PaperKind.PUBLICATION, public_notice.document(text), public_notice.values(text))


def bulletin_bytes(issue: Bulletin, *, today: dt.date) -> bytes:
    """整改动态 (notice, unit and snapshot joined); a draft carries today's day."""
    told = Brief(
        number=heading(issue),
        title=issue.title,
        unit=f"{issue.notice.unit.name}整改办",
        notice=issue.notice.title,
        until=issue.snapshot.today,
        figures=tuple((label, value) for label, value in issue.figures),
        reported=issue.reported,
        problems=issue.problems,
        next_steps=issue.next_steps,
        day=localtime(issue.released_at).date() if issue.released_at else today,
    )
    return _paper(issue.notice.unit_id, PaperKind.BULLETIN, brief.document(told), brief.values(told))


def ledger_bytes(notice: Notice, user: User, *, today: dt.date) -> bytes:
    """整改台账 of what this person sees of the notice. One query."""
    tasks = Task.objects.visible_to(user).filter(notice=notice)
    found = list(tasks.select_related("issue", "lead_unit").in_order()[: MOST_ROWS + 1])
    if not found:
        raise Refused("没有您能看到的任务，无法生成台账。")
    if len(found) > MOST_ROWS:
        raise Refused(f"任务超过 {MOST_ROWS} 项，Word 台账不便阅读，请下载 Excel 台账。")
    lines = [_line(task) for task in found]
    document = ledger_paper.document(notice.title, notice.unit.name, lines, day=today)
    values = ledger_paper.values(notice.title, notice.unit.name, lines, day=today)
    return _paper(notice.unit_id, PaperKind.LEDGER, document, values)


def _line(task: Task) -> LedgerLine:
    return LedgerLine(
        number=task.number,
        issue=f"{task.issue.number} {task.issue.title}",
        text=task.text,
        lead=task.lead_unit.label if task.lead_unit else "未分派",
        leader=task.leader_text,
        deadline=task.deadline.isoformat() if task.deadline else task.deadline_text or "未定",
        latest=task.latest_text or "尚未填报",
        state=str(State(task.state).label),
    )
