"""The usual way to take a ledger in: a django-import-export resource, as its own guide says to write one.

It reads the same columns and leaves the same main rows: issue (got or created before the row), task, the three units
of the task, and one event per task. It keeps no scope, no counters, no transitions, no undo.
"""

import tablib
from import_export import fields, resources
from import_export.widgets import DateWidget, ForeignKeyWidget

from accounts import audit
from accounts.models import Unit
from notices.models import Issue, Notice, Task, TaskUnit
from notices.terms import MeasureKind
from tests.bench.ledger_data import AT, HEADER, ledger_rows

ROLES = {"牵头单位": "lead", "责任单位": "responsible", "配合单位": "supporting"}
KINDS = {kind.label: kind.value for kind in MeasureKind}


class IssueOf(ForeignKeyWidget):
    """Issues of the notice, by number: an indexed look-up."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(Issue, "number")
        self.notice = notice

    def get_queryset(self, value, row, *args, **kwargs):
        return Issue.objects.filter(notice=self.notice)


class LedgerResource(resources.ModelResource):
    """One row is a task; `number` is its key, looked up among the notice's tasks by the index."""

    lead_unit = fields.Field("lead_unit", "牵头单位", ForeignKeyWidget(Unit, "name"))
    deadline = fields.Field("deadline", "完成时限", DateWidget("%Y-%m-%d"))
    text = fields.Field("text", "整改措施")
    leader_text = fields.Field("leader_text", "责任领导")
    contact_text = fields.Field("contact_text", "责任人")
    latest_text = fields.Field("latest_text", "整改进展")
    latest_next = fields.Field("latest_next", "下一步打算")
    remark = fields.Field("remark", "备注")

    class Meta:
        model = Task
        import_id_fields = ("number",)
        skip_unchanged = True
        fields = ("number", "kind", "position", "issue", "text", "leader_text", "contact_text", "lead_unit", "deadline",
                  "latest_text", "latest_next", "remark")  # fmt: skip

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.notice = notice
        self.fields["issue"] = fields.Field("issue", "issue", IssueOf(notice))

    def get_queryset(self):
        return Task.objects.filter(notice=self.notice)

    def before_import_row(self, row, **kwargs):
        for name in ("整改进展", "下一步打算", "备注"):
            row[name] = row[name] or ""
        row["kind"] = KINDS[row["措施类别"]]
        defaults = {"position": row["序号"], "title": row["反馈问题"], "detail": row["具体表现"], "target": row["整改目标"]}  # fmt: skip
        row["issue"] = f"P-{row['序号']}"
        Issue.objects.get_or_create(notice=self.notice, number=row["issue"], defaults=defaults)

    def before_save_instance(self, instance, row, **kwargs):
        instance.notice = self.notice

    def after_save_instance(self, instance, row, **kwargs):
        for column, role in ROLES.items():
            unit = Unit.objects.get(name=row[column])
            TaskUnit.objects.update_or_create(task=instance, role=role, defaults={"unit": unit, "unit_text": unit.name})  # fmt: skip
        if not kwargs.get("dry_run"):
            act = audit.Act("task.add", "task", instance.pk, self.notice.pk, data={"text": instance.text})
            audit.record(act, by=None, at=AT)


def peer_file(count: int) -> bytes:
    """The first rows of the same ledger, with a number for each task."""
    data = tablib.Dataset(headers=("number", "position", *HEADER))
    for n, row in enumerate(ledger_rows(count)):
        data.append((f"P{n}", n, *[c.isoformat() if hasattr(c, "isoformat") else c for c in row]))
    return data.export("xlsx")


def peer_import(notice: Notice, content: bytes, *, dry: bool) -> None:
    """Its preview (`dry`) or its confirmation, the file read anew in either."""
    data = tablib.Dataset().load(content, format="xlsx")
    result = LedgerResource(notice).import_data(data, dry_run=dry, raise_errors=True)
    assert result.total_rows == len(data)
