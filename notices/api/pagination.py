"""Pages by key, not by number: the next page stays right while rows are added."""

from rest_framework.pagination import CursorPagination


class ByKey(CursorPagination):
    """Newest first; `?size=` up to 200 rows."""

    ordering = "-pk"
    page_size = 50
    page_size_query_param = "size"
    max_page_size = 200
