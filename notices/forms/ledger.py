"""Forms of the ledger: what to download, what to upload, what the columns of a form mean."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.files.limits import FORM, LARGE, MIB
from notices.ledger.schema import COLUMNS
from notices.models import Notice, Snapshot
from notices.records import LedgerTable

ACCEPT = ".xlsx,.ods,.csv"
KINDS = "从本系统下载的三清单工作簿，或您自己的台账：.xlsx、.ods、.csv"
OFFICE_HELP = (
    f"{KINDS}。网页上直接核对的不超过 {FORM.size // MIB} MB；更大、行数更多的（{LARGE.size // MIB} MB、"
    f"{LARGE.rows // 10_000} 万行以内）由后台核对，可以看到进度。"
)
UNKNOWN = {"invalid_choice": "没有这个批次，请从列表中选择。", "required": "请选择整改批次。"}


class NoticeChoice(forms.ModelChoiceField):
    def __init__(self, notices: Sequence[Notice], **more: Any) -> None:
        queryset = Notice.objects.filter(pk__in=[n.pk for n in notices]).newest_first().only("pk", "title")
        super().__init__(queryset, label="整改批次", error_messages=UNKNOWN, empty_label="请选择", **more)


class SnapshotChoice(forms.ModelChoiceField):
    """The closed weeks of these notices; empty is the ledger as it is now."""

    def __init__(self, notices: Sequence[Notice], **more: Any) -> None:
        rows = Snapshot.objects.filter(notice__in=[n.pk for n in notices]).newest_first().defer("head")
        self.titles = {n.pk: n.title for n in notices}
        super().__init__(
            rows,
            label="截至",
            required=False,
            empty_label="现在",
            help_text="选择某一周时，下载当周封存的整本台账（只供查看），筛选条件不起作用。",
            error_messages={"invalid_choice": "没有这一周的快照，请从列表中选择。"},
            **more,
        )

    def label_from_instance(self, row: Any) -> str:
        of = f" · {self.titles[row.notice_id]}" if len(self.titles) > 1 else ""
        return f"{row.starts_on} 当周（截至 {row.today}）{of}"


class ExportForm(forms.Form):
    """`filters`: the address of a filtered task list; empty for all the person sees. `as_of`: a closed week."""

    def __init__(self, notices: Sequence[Notice], data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["notice"] = NoticeChoice(notices)
        self.fields["as_of"] = SnapshotChoice(notices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        row, notice = cleaned.get("as_of"), cleaned.get("notice")
        if row is not None and notice is not None and row.notice_id != notice.pk:
            self.add_error("as_of", "所选的周属于另一个批次，请重新选择。")
        return cleaned

    filters = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)


class UploadForm(forms.Form):
    """The size is bounded before anything is read; what is inside is the gate's matter."""

    def __init__(self, notices: Sequence[Notice], *args: Any, office: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["notice"] = NoticeChoice(notices)
        self.order_fields(["notice", "file", "take_over"])
        self.most = LARGE.size if office else FORM.size
        if office:
            self.fields["file"].help_text = OFFICE_HELP
        else:
            del self.fields["take_over"]

    file = forms.FileField(
        label="台账文件",
        help_text=f"{KINDS}，不超过 {FORM.size // MIB} MB。",
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={
            "required": "请选择要上传的台账文件。",
            "empty": "文件是空的，请检查后重新选择。",
            "missing": "没有收到文件，请重新选择。",
        },
    )
    take_over = forms.BooleanField(
        label="接收历史台账（状态按台账直接登记，只在整改启动时使用）", required=False
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > self.most:
            raise forms.ValidationError(
                f"“{file.name}”超过 {self.most // MIB} MB，请删去图片或按单位拆分后分别上传。"
            )
        return file


class MappingForm(forms.Form):
    """One choice a column of a foreign table."""

    CHOICES = [
        ("", "（其他列，原样保留）"),
        ("number", "序号（问题或措施的顺序）"),
        *((c.key, c.header) for c in COLUMNS if c.of),
        ("contact_phone", "责任人及联系电话（同一列）"),
        ("unit_contact", "责任单位及责任人（同一列）"),
        ("leader_unit", "责任领导及责任单位（同一列）"),
    ]

    def __init__(self, tables: Sequence[LedgerTable], data: Any = None) -> None:
        super().__init__(data)
        self.tables = tables
        for place, table in enumerate(tables):
            named: dict[int, str] = {}
            for key, column in table.columns.items():
                named.setdefault(
                    column, key
                )  # what the column was taken for; what was found in it comes behind
            for column, header in sorted(table.headers.items()):
                key = named.get(column, "")
                choices = self.CHOICES if key in dict(self.CHOICES) else [*self.CHOICES, (key, header)]
                self.fields[f"c{place}-{column}"] = forms.ChoiceField(
                    label=header or f"第 {column + 1} 列", choices=choices, required=False, initial=key
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for place, table in enumerate(self.tables):
            chosen = [k for c in table.headers if (k := cleaned.get(f"c{place}-{c}"))]
            twice = sorted({k for k in chosen if chosen.count(k) > 1})
            if twice:
                names = "、".join(dict(self.CHOICES).get(k, k) for k in twice)
                raise forms.ValidationError(f"“{table.sheet}”中有两列都对应到“{names}”，请只保留一列。")
        return cleaned

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The choices of each table under its name; no name where there is only one."""
        named = []
        for place, table in enumerate(self.tables):
            title = f"工作表“{table.sheet}”，第 {table.header_row} 行表头" if len(self.tables) > 1 else ""
            named.append((title, [self[f"c{place}-{c}"] for c in sorted(table.headers)]))
        return named

    def columns(self) -> dict[str, dict[int, str]]:
        """{signature: {column: key}}."""
        found: dict[str, dict[int, str]] = {}
        for place, table in enumerate(self.tables):
            keys = {c: self.cleaned_data.get(f"c{place}-{c}", "") for c in sorted(table.headers)}
            found.setdefault(table.signature, {}).update(keys)
        return found
