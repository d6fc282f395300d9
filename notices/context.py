"""Values every page's frame needs."""

from typing import Any

from django.http import HttpRequest


def shell(_request: HttpRequest) -> dict[str, Any]:
    return {}
