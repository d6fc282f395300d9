"""Sizes of files as people read them."""

from django import template

register = template.Library()


@register.filter("bytes")
def size_words(size: int) -> str:
    """312 KB, 1.2 MB; at least 1 KB."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"
