"""Which tasks a download holds, and how a file leaves the server."""

import io
import tempfile
from collections.abc import Callable
from typing import IO, BinaryIO

from django.http import FileResponse, QueryDict

from accounts.person import PersonRequest
from notices.filters import OWN, TaskFilter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def filters_of(request: PersonRequest) -> QueryDict:
    """The filters of the list the person came from; the notice is chosen apart."""
    text = request.POST.get("filters") if request.method == "POST" else request.GET.urlencode()
    given = QueryDict(text, mutable=True)
    kept = QueryDict(mutable=True)
    for name in (*TaskFilter.base_filters, *OWN):
        values = [v for v in given.getlist(name) if v]
        if values and name != "notice":
            kept.setlist(name, values)
    return kept


def attachment(content: bytes | IO[bytes], name: str) -> FileResponse:
    """Never kept by a proxy or a browser, never shown in place; `name` ends in .xlsx or .zip."""
    body = io.BytesIO(content) if isinstance(content, bytes) else content
    kind = "application/zip" if name.endswith(".zip") else XLSX
    response = FileResponse(body, as_attachment=True, filename=name.replace("/", "_"), content_type=kind)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def written(write: Callable[[BinaryIO], object]) -> IO[bytes]:
    """A temporary file with what `write` put in it, at its beginning; gone when closed, or when writing fails."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file
