"""How long a file is still good, as a mark beside its name."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.html import format_html

register = template.Library()
SOON = 30  # days


@register.filter
def expiry(day: dt.date | None) -> str:
    """Nothing for a file that does not expire; the mark says it in words."""
    if day is None:
        return ""
    left = (day - timezone.localdate()).days
    if left < 0:
        return format_html(' <span class="badge badge-expired">已过期 {} 天</span>', -left)
    if left <= SOON:
        words = f"还有 {left} 天到期" if left else "今天到期"
        return format_html(' <span class="badge badge-verifying">{}</span>', words)
    return format_html(' <span class="badge">有效期至 {}</span>', day.isoformat())
