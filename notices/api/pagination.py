"""Pages by key, not by number: the next page stays right while rows are added."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class ByKey(CursorPagination):
    """Newest first; `?size=` up to 200 rows."""

    ordering: Any = "-pk"
    page_size = 50
    page_size_query_param = "size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """404 also for a cursor of which only the value is wrong."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, TypeError, OverflowError, ValidationError) as why:
            raise NotFound from why


class ByPosition(ByKey):
    """In the order of the plan, or in which a sample was drawn."""

    ordering = ("position", "pk")
