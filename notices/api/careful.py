"""What every view of the interface keeps to: nothing is done twice, nothing is changed that the caller has not seen.

Idempotency-Key: the answer to a write is kept in the transaction of the act; the same request again is answered from
it, another request under the same key is refused (422). If-Match: what changes a row that is there says which state of
it was read (428 without, 412 when it is another one).
"""

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts import answers
from accounts.models import KeptAnswer
from notices.api.errors import KeyReused, PreconditionFailed, PreconditionRequired, Replayed, TooLarge

IF_MATCH = OpenApiParameter("If-Match", str, "header", required=True, description="读取时得到的 ETag")
SAFE = ("GET", "HEAD", "OPTIONS")
_KEY = re.compile(r"[\x21-\x7e]{1,80}")


class Careful(APIView):
    """First among the bases of a view. `guarded`: actions that change a row which is there; each takes If-Match."""

    guarded: tuple[str, ...] = ("update", "partial_update", "destroy")

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self._kept: KeptAnswer | None = None
        self._compared: Any = None  # the row If-Match was held against, for the action to take up
        self._shown: Any = None  # the row the answer is about
        with ExitStack() as self._act:
            response = super().dispatch(request, *args, **kwargs)
            self._keep(response)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self._refuse_large(request)
        if request.method not in SAFE and "Idempotency-Key" in request.headers:
            self._claim(request)
        if getattr(self, "action", None) in self.guarded:
            self._match(request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        found: Any = super().finalize_response(request, response, *args, **kwargs)
        row = getattr(self, "_shown", None)
        if row is not None and found.status_code == 200 and "ETag" not in found:
            found["ETag"] = self.etag(row)
        return found

    def _refuse_large(self, request: Request) -> None:
        """Before the body is read; parts that are files go to the disk and have limits of their own."""
        size = request.META.get("CONTENT_LENGTH") or "0"
        files = (request.content_type or "").startswith("multipart/")
        if not files and size.isdecimal() and int(size) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge

    # ── If-Match ──
    def get_object(self) -> Any:
        """The row that was compared is the row that is changed; the domain compares once more as it writes."""
        row, self._compared = self._compared, None
        self._shown = row if row is not None else super().get_object()  # type: ignore[misc]
        return self._shown

    def etag(self, row: Any) -> str:
        """By the row's version; else by what the caller is shown of it."""
        version = getattr(row, "version", None)
        if version is None:
            version = _digest(self.get_serializer(row).data)[:16]  # type: ignore[attr-defined]
        return f'"{row.pk}.{version}"'

    def _match(self, request: Request) -> None:
        row = self.get_object()  # to a stranger it does not exist
        given = request.headers.get("If-Match")
        if given is None:
            raise PreconditionRequired
        tags = [tag.strip() for tag in given.split(",")]
        if "*" not in tags and self.etag(row) not in tags:
            raise PreconditionFailed
        self._compared = row

    # ── Idempotency-Key ──
    def _claim(self, request: Request) -> None:
        key = request.headers["Idempotency-Key"]
        if not _KEY.fullmatch(key):
            raise exceptions.ValidationError(
                {"Idempotency-Key": "幂等键应为 1 至 80 个可见的英文字母、数字或符号。"}
            )
        self._act.enter_context(transaction.atomic())
        digest = _digest([request.method, request.get_full_path(), list(_parts(request.data))])
        user: Any = request.user
        try:
            row = answers.claim(user, key, digest, at=timezone.now())
        except answers.OtherRequest as why:
            raise KeyReused from why
        if row.status:
            raise Replayed(row.status, row.body, row.tag)
        self._kept = row

    def _keep(self, response: Any) -> None:
        if self._kept is None:
            return
        if response.status_code >= status.HTTP_500_INTERNAL_SERVER_ERROR:
            transaction.set_rollback(True)
            return
        body = json.loads(JSONRenderer().render(response.data)) if response.data is not None else None
        answers.keep(self._kept, status=response.status_code, body=body, tag=response.get("ETag", ""))


def _digest(value: Any) -> str:
    return hashlib.sha256(JSONRenderer().render(value)).hexdigest()


def _parts(data: Any) -> Iterable[Any]:
    """A body as it can be compared; files by their content."""
    if not isinstance(data, dict):
        yield data
        return
    items = data.lists() if hasattr(data, "lists") else data.items()
    for name, value in sorted(items):
        whole = value if isinstance(value, list) else [value]
        yield name, [_sum(one) if isinstance(one, UploadedFile) else one for one in whole]


def _sum(file: UploadedFile) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()
