"""The workbook of a closed week, as a download."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.person import PersonRequest
from notices.domain.snapshot_view import sight_of
from notices.domain.snapshots import Broken, open_snapshot
from notices.ledger.frozen import export_snapshot
from notices.models import Snapshot
from notices.views.ledger_choice import attachment, written


def snapshot_workbook(request: PersonRequest, row: Snapshot) -> HttpResponseBase:
    """The same bytes for the same person each time; a snapshot that does not fit its hash gives none."""
    sight = sight_of(request.user, row.notice)
    try:
        reader = open_snapshot(row)
        file = written(
            lambda target: export_snapshot(reader, target, sight=sight, by=request.user, at=timezone.now())
        )
    except Broken as why:
        messages.error(request, str(why))
        return redirect("notices:snapshot_detail", pk=row.pk)
    return attachment(file, f"整改台账_{row.head['title']}_{row.starts_on}当周.xlsx")
