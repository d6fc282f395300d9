"""One act behind one form: done once, refused with the sentence at its field."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.utils import timezone

from accounts.person import PersonRequest
from notices.domain.evidence import received
from notices.domain.once import AlreadyDone, only_once
from notices.domain.reporting import StoredFile
from notices.errors import Missing, Refused
from notices.forms.task import FilesForm, TokenForm

Act = Callable[[dt.datetime, list[StoredFile]], Any]


def refuse(form: Form, why: Refused) -> None:
    """Each sentence at its field, or above the form; those about stored files at `file` where that is the field."""
    fields = why.fields if isinstance(why, Missing) else {"": str(why)}
    for name, sentence in fields.items():
        place = "file" if name == "files" and name not in form.fields else name
        form.add_error(place if place in form.fields else None, sentence)


def acted(
    request: PersonRequest, form: TokenForm, act: Act, files: Iterable[UploadedFile | None] = ()
) -> bool:
    """Do it once when the form is sound; False when it was not or was refused, the sentences in the form. Sent twice
    counts as done.

    Files, those given or those of a FilesForm, are examined and stored before the transaction begins, so that no
    writer waits for them.
    """
    if not form.is_valid():
        return False
    at = timezone.now()
    given, kinds = [file for file in files if file], []
    if isinstance(form, FilesForm):
        given, kinds = form.cleaned_data["files"], form.kinds_of_files()
    try:
        with received(given, kinds) as stored:
            if isinstance(form, FilesForm):
                form.refused = stored.refused
            only_once(form.cleaned_data["token"], lambda: act(at, stored), by=request.user, at=at)
    except AlreadyDone:
        return True
    except Refused as why:
        refuse(form, why)
        return False
    return True
