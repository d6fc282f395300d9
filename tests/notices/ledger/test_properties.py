"""What must hold for any ledger: generated texts, edits and orders, on whatever database the tests run with."""

import datetime as dt

from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.files.sheets import Sheet
from accounts.models import Event, Unit
from notices.domain import subplans
from notices.domain.rollup import kept, wrong_rows
from notices.ledger.apply import undo_import
from notices.ledger.load import load_stored
from notices.ledger.read import read_ledger
from notices.models import Progress, Task
from notices.records import Campaign
from tests.factories import AT, TODAY, make_issue, make_task, make_world
from tests.notices.ledger.conftest import Trip

BOUNDED = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What a database and a cell can both hold: no NUL, no lone surrogate, line breaks as \n.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30) | st.sampled_from(
    [
        "=1+1",
        "+8",
        "-",
        "@x",
        "＝a",
        "＋86",
        "\t=1",
        "多\n行",
        "甲\n\n乙",
        "𠮷䶮㛃",
        "2021-12-31",
        "1.0",
        "007",
    ]
)
DAYS = st.dates(dt.date(2021, 1, 1), dt.date(2030, 12, 31)) | st.sampled_from(
    [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 12, 31), dt.date(2028, 2, 29)]
)
EDITS = {
    "整改进展": TEXT,
    "下一步打算": TEXT,
    "备注": TEXT,
    "责任人": TEXT,
    "责任领导": TEXT,
    "完成时限": DAYS,
    "未完成原因": TEXT,
}


def same(one, other):
    return str(one).strip() == str(other).strip()


class Ledger(TestCase):
    """Each example runs in a transaction of its own."""

    def setup_example(self):
        super().setup_example()
        self.world = make_world()
        self.tasks = [make_task(self.world.issue, lead=self.world.bureau, text=f"措施{n}") for n in range(3)]
        second = make_issue(self.world.notice, title="关于台账不全的问题")
        self.tasks.append(make_task(second, text="=核对𠮷\n第二行"))
        part = subplans.add_part(
            self.tasks[0],
            text="核对",
            lead=self.world.section,
            by=self.world.staff,
            at=AT,
            today=TODAY,
        )
        self.tasks.insert(1, part)
        with kept(t.pk for t in self.tasks):
            Task.objects.filter(pk=self.tasks[2].pk).update(keep_up=True, review_days=90)
            Task.objects.filter(pk=self.tasks[3].pk).update(
                deadline=dt.date(2026, 12, 31), extra={"督查编码": "甲-1"}
            )
        Unit.objects.filter(pk=self.world.bureau.pk).update(name="云岭县教育和体育局")
        self.trip = Trip(self.world)

    def values(self):
        stored = load_stored(self.world.notice, None)
        return {pk: dict(task.values) for pk, task in stored.tasks.items()}

    @BOUNDED
    @given(texts=st.lists(TEXT, min_size=5, max_size=5), day=DAYS)
    def test_export_then_upload_is_no_change(self, texts, day):
        for task, text in zip(self.tasks, texts, strict=True):
            Task.objects.filter(pk=task.pk).update(
                latest_text=text, remark=text, contact_text=text, deadline=day
            )

        plan = self.trip.export().plan()

        assert (plan.rows, plan.changes, plan.counts["keep"]) == ((), 0, 5)

    @BOUNDED
    @given(data=st.data())
    def test_edited_cells_are_named_applied_exported_and_undone(self, data):
        before = self.values()
        self.trip.export()
        edits = data.draw(
            st.dictionaries(
                st.tuples(st.integers(0, 4), st.sampled_from(sorted(EDITS))), st.none(), max_size=6
            )
        )
        expected = set()
        for index, header in edits:
            index += 2 * (header == "完成时限" and index < 2)  # days of a part and its task hang together
            value = data.draw(EDITS[header])
            cell = self.trip.set("任务清单", self.tasks[index].number, header, value)
            if str(value).strip():
                expected.add(cell)

        plan = self.trip.plan()
        assert {c.cell for row in plan.rows for c in row.fields} == expected
        assert plan.changes == len(expected)

        done = self.trip.apply(plan)
        assert self.trip.plan().rows == ()
        after = self.values()
        shown = Trip(self.world).export()
        assert shown.plan().rows == ()
        for row in plan.rows:
            for change in row.fields:
                assert same(after[row.pk][change.key], change.new)

        undone = undo_import(done.undo, self.world.notice, by=None, at=AT, today=TODAY, why="撤销导入")
        assert undone.left == ()
        assert self.values() == before
        assert wrong_rows() == []

    @BOUNDED
    @given(
        order=st.permutations(range(5)),
        gone=st.integers(0, 4),
        edited=st.integers(0, 4),
        value=TEXT,
        own=TEXT,
    )
    def test_sorted_cut_and_widened_ledgers_say_what_was_edited(self, order, gone, edited, value, own):
        self.trip.export()
        page = self.trip.book["任务清单"]
        rows = [[c.value for c in page[n]] for n in range(4, 9)]
        for place, source in enumerate(order):
            for column, cell in enumerate(rows[source], 1):
                page.cell(4 + place, column).value = cell
        widened = page.max_column + 1
        page.cell(3, widened).value = "自加列"
        expected = {}
        for header, column, text in (
            ("备注", self.trip.column_of("任务清单", "备注"), value),
            ("自加列", widened, own),
        ):
            cell = page.cell(self.trip.row_of("任务清单", self.tasks[edited].number), column)
            cell.value, cell.data_type = text, "s"
            if text.strip() and edited != gone:
                expected[header] = text
        page.delete_rows(self.trip.row_of("任务清单", self.tasks[gone].number))

        plan = self.trip.plan()

        assert plan.missing == (self.tasks[gone].number,)
        assert {r.number for r in plan.rows} == ({self.tasks[edited].number} if expected else set())
        found = {c.column: c.new for r in plan.rows for c in r.fields}
        assert found.keys() == expected.keys()
        assert all(same(found[h], expected[h]) for h in expected)
        before = self.values()
        self.trip.apply(plan)
        after = Task.objects.get(pk=self.tasks[edited].pk)
        assert same(after.extra.get("自加列", ""), expected.get("自加列", ""))
        others = [t.pk for n, t in enumerate(self.tasks) if n != edited]
        assert {pk: self.values()[pk] for pk in others} == {pk: before[pk] for pk in others}

    @BOUNDED
    @given(stop=st.integers(1, 12))
    def test_a_stop_anywhere_writes_nothing(self, stop):
        self.trip.export()
        self.trip.set("任务清单", self.tasks[0].number, "整改进展", "新的进展")
        self.trip.set("任务清单", self.tasks[4].number, "牵头单位", "青禾镇")
        self.trip.append("任务清单", 问题编号=self.world.issue.number, 整改措施="新措施", 牵头单位="青禾镇")
        plan = self.trip.plan()
        before = (self.values(), Event.objects.count(), Progress.objects.count())
        writes = 0

        def cut(execute, sql, params, many, context):
            nonlocal writes
            if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
                writes += 1
                if writes == stop:
                    raise InterruptedError
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(cut):
                self.trip.apply(plan)
        except InterruptedError:
            assert (self.values(), Event.objects.count(), Progress.objects.count()) == before
        else:
            assert writes < stop
        assert wrong_rows() == []


CELL = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates() | st.text(max_size=12)
)
WORDS = st.sampled_from(
    [
        "序号",
        "问题",
        "整改措施",
        "责任单位",
        "完成时限",
        "完成情况",
        "备注",
        "完成时间",
        "1.甲。2.乙。",
        "合计",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELL | WORDS, max_size=6), max_size=14),
    merges=st.lists(
        st.tuples(*[st.integers(0, 6)] * 4).map(
            lambda m: (min(m[0], m[2]), min(m[1], m[3]), max(m[0], m[2]), max(m[1], m[3]))
        ),
        max_size=4,
    ),
)
def test_reading_never_raises(rows, merges):
    ledger = read_ledger([Sheet("甲", True, rows, merges)], campaign=Campaign())

    assert all(len(row.values) == len(ledger.tables[row.table].fields) for row in ledger.rows)
    assert all(p.message.endswith(("。", "！", "？")) for p in ledger.problems)
