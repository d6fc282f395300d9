from typing import Any

from django.conf import settings

from accounts import audit
from accounts.management.base import Answer
from accounts.models import Event
from notices.management.base import NoticeCommand


class Command(NoticeCommand):
    help = "核对操作记录的散列链，指出第一条被改动、删除或调换的记录"

    def run(self, options: dict[str, Any]) -> Answer:
        sealed = Event.objects.filter(seq__isnull=False).count()
        data: dict[str, Any] = {
            "sealed": sealed,
            "unsealed": Event.objects.filter(seq__isnull=True).count(),
            "broken": None,
            "reason": "",
        }
        broken = audit.first_broken(audit.read_head(settings.AUDIT_HEAD))
        if broken is not None:
            number, reason = broken
            return Answer(
                {**data, "broken": number, "reason": reason}, problem=f"操作记录链已断开：{reason}。"
            )
        waiting = f"，另有 {data['unsealed']} 条待封存" if data["unsealed"] else ""
        return Answer(data, [f"操作记录链完好，共 {sealed} 条已封存{waiting}。"])
