"""From draft to release: live figures, guarded edits, two persons, a file that stays, withdrawal and a new edition."""

import hashlib

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Event
from accounts.roles import Role
from notices.domain import papers, publications, withholding
from notices.domain.notice_papers import ledger_bytes, publication_bytes
from notices.domain.publication_text import checks, edition, public_text, released
from notices.errors import Missing, Refused, Stale
from notices.models import Message, Notice, Publication, PublicationFile, PublicationItem, Task, Transition
from notices.models.frozen import FrozenError
from notices.report.document import Document, Paragraph
from notices.report.public_notice import lines
from notices.report.word import write
from notices.terms import PaperKind, PublicationState, Stage, State, WithholdReason
from notices.text.readers import read_lines
from tests.factories import AT, TODAY, make_evidence, make_issue, make_notice, make_task, make_unit, make_user
from tests.kept import RELEASED_GUARDS

pytestmark = pytest.mark.django_db


class World:
    """A notice with two aspects: two issues closed, one at work."""

    def __init__(self):
        self.county = make_unit("云岭县")
        self.water = make_unit("云岭县水利局", parent=self.county)
        self.one = make_user("one", (Role.OFFICE, self.county), name="林致远")
        self.two = make_user("two", (Role.OFFICE, self.county), name="宋佳宁")
        self.staff = make_user("staff", (Role.STAFF, self.water))
        self.notice = make_notice(
            self.county, inspecting_body="市委第三巡察组", signed_by="中共云岭县委", phone="0000-8800123"
        )
        self.issues = [
            make_issue(self.notice, title="关于“学习不深入”的问题"),
            make_issue(self.notice, title="关于“管理不严格”的问题"),
            make_issue(self.notice, title="关于“往来款项长期挂账”的问题", aspect=2),
        ]
        states = (State.COMPLETED, State.SUSTAINED, State.ACTIVE)
        self.tasks = [
            make_task(issue, lead=self.water, state=state, text="修订制度", latest_text="已印发")
            for issue, state in zip(self.issues, states, strict=True)
        ]

    def draft(self) -> Publication:
        return publications.begin(self.notice, by=self.one, at=AT, today=TODAY)

    def item(self, row: Publication, place: int) -> PublicationItem:
        found = PublicationItem.objects.select_related("publication__notice__unit")
        return found.get(publication=row, issue=self.issues[place])

    def released(self) -> Publication:
        row = self.draft()
        publications.propose(row, by=self.one, at=AT, today=TODAY)
        row.refresh_from_db()
        return publications.release(row, noted=True, by=self.two, at=AT, today=TODAY)


@pytest.fixture
def world():
    return World()


def printed(row: Publication) -> list[str]:
    return lines(public_text(row, today=TODAY))


def test_draft_prints_the_ledger(world):
    row = world.draft()

    words = printed(row)

    assert words[0] == "关于巡察整改情况的通报"
    at = words.index("（一）第1方面")
    assert words[at : at + 7] == [
        "（一）第1方面",
        "1.关于“学习不深入”的问题。",
        "整改情况：修订制度。已印发。",
        "整改进度：已完成整改。",
        "2.关于“管理不严格”的问题。",
        "整改情况：修订制度。已印发。",
        "整改进度：阶段性完成并需长期坚持。",
    ]
    assert "整改进度：正在整改。" in words
    standing = next(line for line in words if "整改完成率" in line)
    assert (
        "反馈的3个问题中，已完成整改1个、阶段性完成并需长期坚持1个、正在整改1个，整改完成率33.33%" in standing
    )
    assert words[-2:] == ["中共云岭县委", "2026年11月20日"]
    assert checks(edition(row, today=TODAY)) == []


def test_figures_follow_the_data_until_the_release(world):
    row = world.released()
    Task.objects.filter(pk=world.tasks[2].pk).update(
        state=State.COMPLETED, closed_on=TODAY, finished_on=TODAY
    )
    publications.renew(row, by=world.one, at=AT, today=TODAY)
    draft = Publication.objects.get(number=2)

    assert any("已完成整改2个" in line for line in printed(draft))
    assert any("已完成整改1个" in line for line in printed(Publication.objects.get(pk=row.pk)))
    assert draft.replaces == row


def test_typed_figures_that_contradict_are_pointed_out(world):
    row = world.draft()
    text = (
        "一、组织\n反馈的5个问题中，已完成整改2个、正在整改1个，整改完成率90%。\n约谈30人。\n约谈30人次。\n"
        "截至2026年12月31日，清退35万元，其中县本级40万元。"
    )
    publications.revise(row, "front", {"front": text}, by=world.one, at=AT)
    row.refresh_from_db()

    found = [(f.where, f.message.rpartition("：")[2]) for f in checks(edition(row, today=TODAY))]

    assert ("第一部分第2段", "各类相加2+1=3，与总数5不符，请核对。") in found
    assert ("第一部分第2段", "2÷5应为40%，文中写90%，请核对。") in found
    assert ("第一部分第4段", "这里写约谈30人次，第一部分第3段写30人，请核对。") in found
    assert ("第一部分第5段", "“截至2026年12月31日”晚于公布日期2026-11-20，请核对。") in found
    assert ("第一部分第5段", "其中的40万元大于总数35万元，请核对。") in found
    assert any("问题总数现为问题总数 3" in message for _, message in found)


def test_unknown_figure_blocks_the_proposal(world):
    row = world.draft()
    publications.revise(row, "front", {"front": "共{{没有的数}}个。"}, by=world.one, at=AT)
    row.refresh_from_db()

    with pytest.raises(Refused, match="第一部分：没有名为“没有的数”的数据"):
        publications.propose(row, by=world.one, at=AT, today=TODAY)


def test_stale_edit_writes_nothing(world):
    row = world.draft()
    seen = Publication.objects.get(pk=row.pk)
    publications.revise(row, "front", {"front": "甲"}, by=world.one, at=AT)

    with pytest.raises(Stale):
        publications.revise(seen, "front", {"front": "乙"}, by=world.two, at=AT)
    assert Publication.objects.get(pk=row.pk).front == "甲"


def test_stale_item_writes_nothing(world):
    row = world.draft()
    first, second = world.item(row, 0), world.item(row, 0)
    publications.revise_item(first, "标题", "甲。", by=world.one, at=AT)

    with pytest.raises(Stale):
        publications.revise_item(second, "标题", "乙。", by=world.two, at=AT)
    assert world.item(row, 0).body == "甲。"


def test_ledger_is_followed_where_nobody_rewrote(world):
    row = world.draft()
    publications.revise_item(world.item(row, 0), "题", "改写过。", by=world.one, at=AT)
    Task.objects.filter(notice=world.notice).update(latest_text="又有进展")
    make_task(make_issue(world.notice, title="关于“新增”的问题", aspect=2), lead=world.water)

    changed = publications.follow(Publication.objects.get(pk=row.pk), by=world.one, at=AT)

    assert changed == 3  # two items, one new row
    assert world.item(row, 0).body == "改写过。"
    assert world.item(row, 1).body == "修订制度。又有进展。"
    assert [i.title for i in row.items.order_by("position") if i.issue_id][-1] == "关于“新增”的问题"


# ── Withheld items ───────────────────────────────────────────────────────────
def test_withheld_item_never_appears_and_numbers_close_up(world):
    row = world.draft()
    item = world.item(row, 0)
    withholding.ask(row, [item.pk], WithholdReason.SECRET, note="依据", by=world.one, at=AT)

    words = printed(Publication.objects.get(pk=row.pk))
    assert not any("学习不深入" in line for line in words)
    assert "1.关于“管理不严格”的问题。" in words
    assert any("反馈的2个问题中" in line for line in words)
    with pytest.raises(Refused, match="申请人不能批准自己的申请"):
        withholding.approve(item, by=world.one, at=AT)
    with pytest.raises(Refused, match="不公开的申请还没有批准"):
        publications.propose(row, by=world.one, at=AT, today=TODAY)

    withholding.approve(item, by=world.two, at=AT)
    item.refresh_from_db()
    assert (item.reason, item.asked_name, item.approved_name) == ("secret", "林致远", "宋佳宁")
    row = Publication.objects.get(pk=row.pk)
    publications.propose(row, by=world.one, at=AT, today=TODAY)
    row.refresh_from_db()
    done = publications.release(row, noted=True, by=world.two, at=AT, today=TODAY)
    assert "学习不深入" not in str(done.file.words)
    assert "学习不深入".encode() not in publication_bytes(done, public_text(done, today=TODAY))


def test_numbers_stay_where_the_edition_says_so(world):
    row = world.draft()
    settings = {"renumbers": False, "prints_progress": True, "moves_stage": True}
    publications.revise(row, "settings", settings, by=world.one, at=AT)
    withholding.ask(row, [world.item(row, 0).pk], WithholdReason.CASE, note="", by=world.one, at=AT)

    assert "2.关于“管理不严格”的问题。" in printed(Publication.objects.get(pk=row.pk))


def test_lifted_item_is_printed_again(world):
    row = world.draft()
    item = world.item(row, 0)
    withholding.ask(row, [item.pk], WithholdReason.OPINION, note="", by=world.one, at=AT)

    withholding.lift(item, by=world.one, at=AT)

    assert "1.关于“学习不深入”的问题。" in printed(Publication.objects.get(pk=row.pk))


@pytest.mark.parametrize(
    ("items", "reason", "field"), [([], WithholdReason.CASE, "items"), ([1], None, "reason")]
)
def test_withholding_needs_items_and_a_reason(world, items, reason, field):
    with pytest.raises(Missing) as refused:
        withholding.ask(world.draft(), items, reason, note="", by=world.one, at=AT)
    assert list(refused.value.fields) == [field]


# ── Release ──────────────────────────────────────────────────────────────────
def test_release_takes_another_person_and_freezes(world):
    row = world.draft()
    publications.propose(row, by=world.one, at=AT, today=TODAY)
    row.refresh_from_db()
    with pytest.raises(Refused, match="报请印发的人不能自己印发"):
        publications.release(row, noted=True, by=world.one, at=AT, today=TODAY)

    done = publications.release(row, noted=True, by=world.two, at=AT, today=TODAY)

    file = released(done)
    assert (done.state, done.proposed_name, done.released_name) == ("released", "林致远", "宋佳宁")
    assert hashlib.sha256(bytes(file.content)).hexdigest() == file.sha256
    assert file.figures["问题总数"] == "3"
    notice = Notice.objects.get(pk=world.notice.pk)
    assert (notice.stage, notice.published_on) == (Stage.PUBLISHED, TODAY)
    Task.objects.filter(notice=notice).update(text="改了", latest_text="改了")
    assert bytes(released(Publication.objects.get(pk=row.pk)).content) == bytes(file.content)
    assert Event.objects.filter(action="publication.release", subject_id=row.pk).count() == 1


def test_interim_edition_leaves_the_stage(world):
    row = world.draft()
    settings = {"renumbers": True, "prints_progress": True, "moves_stage": False}
    publications.revise(row, "settings", settings, by=world.one, at=AT)
    row.refresh_from_db()
    publications.propose(row, by=world.one, at=AT, today=TODAY)
    row.refresh_from_db()

    publications.release(row, noted=True, by=world.two, at=AT, today=TODAY)

    assert Notice.objects.get(pk=world.notice.pk).stage == Stage.RUNNING


def test_doubtful_figures_must_be_noted(world):
    row = world.draft()
    publications.revise(row, "front", {"front": "反馈的9个问题。"}, by=world.one, at=AT)
    row.refresh_from_db()
    publications.propose(row, by=world.one, at=AT, today=TODAY)
    row.refresh_from_db()

    with pytest.raises(Missing) as refused:
        publications.release(row, noted=False, by=world.two, at=AT, today=TODAY)
    assert list(refused.value.fields) == ["noted"]


def test_proposed_notice_is_not_edited_until_returned(world):
    row = world.draft()
    publications.propose(row, by=world.one, at=AT, today=TODAY)
    row.refresh_from_db()
    with pytest.raises(Refused, match="请先退回"):
        publications.revise(row, "front", {"front": "甲"}, by=world.two, at=AT)

    publications.give_back(row, reason="请补充数据", by=world.two, at=AT)

    row.refresh_from_db()
    assert (row.state, row.reason, row.proposed_by) == (PublicationState.DRAFT, "请补充数据", None)


def test_the_others_of_the_office_are_told(world):
    row = world.draft()
    withholding.ask(row, [world.item(row, 0).pk], WithholdReason.CASE, note="", by=world.one, at=AT)
    withholding.lift(world.item(row, 0), by=world.two, at=AT)
    publications.propose(row, by=world.one, at=AT, today=TODAY)
    row.refresh_from_db()
    publications.give_back(row, reason="请补充", by=world.two, at=AT)

    told = [(m.recipient, m.title) for m in Message.objects.order_by("pk")]
    assert told == [
        (world.two, f"1 项不公开申请待批准：{row.title}"),
        (world.two, f"通报待印发：{row.title}"),
        (world.one, f"通报被退回：{row.title}"),
    ]


def test_new_edition_replaces_the_old_one(world):
    old = world.released()
    row = publications.renew(old, by=world.two, at=AT, today=TODAY)
    publications.propose(row, by=world.two, at=AT, today=TODAY)
    row.refresh_from_db()

    publications.release(row, noted=True, by=world.one, at=AT, today=TODAY)

    states = dict(Publication.objects.values_list("number", "state"))
    assert states == {1: PublicationState.REPLACED, 2: PublicationState.RELEASED}
    assert released(Publication.objects.get(number=1)).publication == old


def test_withdrawn_notice_keeps_its_file(world):
    row = world.released()

    publications.withdraw(row, reason="内容有误", by=world.one, at=AT)

    row = Publication.objects.get(pk=row.pk)
    assert (row.state, row.reason, row.ended_name) == ("withdrawn", "内容有误", "林致远")
    assert released(row).sha256


def test_one_edition_at_a_time(world):
    world.draft()
    with pytest.raises(Refused, match="已有一份正在起草"):
        world.draft()


@pytest.mark.parametrize("change", ["words", "figures", "content"])
def test_touched_release_is_told(world, change):
    row = world.released()
    with connection.cursor() as cursor:
        value = b"PK" if change == "content" else "{}"
        cursor.execute(f"UPDATE notices_publicationfile SET {change} = %s", [value])

    with pytest.raises(Refused, match="校验值不一致"):
        released(Publication.objects.get(pk=row.pk))


def test_code_cannot_change_what_is_released(world):
    file = world.released().file
    with pytest.raises(FrozenError):
        PublicationFile.objects.filter(pk=file.pk).update(sha256="0")
    with pytest.raises(FrozenError):
        file.delete()


@pytest.mark.parametrize(
    "statement", ["UPDATE notices_publicationfile SET sha256 = '0'", "DELETE FROM notices_publicationfile"]
)
def test_database_keeps_what_is_released(world, statement):
    world.released()
    with connection.cursor() as cursor:
        for guard in RELEASED_GUARDS[connection.vendor]:
            cursor.execute(guard)

    with pytest.raises(DatabaseError, match="已印发的通报不能修改或删除"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)


def test_strangers_and_staff_are_refused(world):
    with pytest.raises(Refused, match="只有整改办"):
        publications.begin(world.notice, by=world.staff, at=AT, today=TODAY)


def test_who_sees_which_edition(world):
    row = world.draft()
    assert not Publication.objects.visible_to(world.staff).exists()

    publications.propose(row, by=world.one, at=AT, today=TODAY)
    row.refresh_from_db()
    publications.release(row, noted=True, by=world.two, at=AT, today=TODAY)

    assert Publication.objects.visible_to(world.staff).get() == row


# ── Word in the party's own layout, and the other papers of a notice ─────────
def test_own_template_takes_the_place_of_our_layout(world):
    row = world.draft()
    template = write(Document("〔标题〕", (Paragraph("〔第二部分〕"), Paragraph("〔署名〕"))))
    papers.keep_template(
        world.county, PaperKind.PUBLICATION, template, name="本县版式.docx", by=world.one, at=AT
    )

    got = read_lines(publication_bytes(row, public_text(row, today=TODAY)), "通报.docx")

    assert "1.关于“学习不深入”的问题。" in got
    assert got[-1] == "中共云岭县委"
    assert not any("〔" in line for line in got)


def test_ledger_in_word_holds_what_the_person_sees(world):
    other = make_unit("云岭县财政局", parent=world.county)
    make_task(world.issues[2], lead=other, text="清理挂账")

    seen = "\n".join(read_lines(ledger_bytes(world.notice, world.staff, today=TODAY), "台账.docx"))
    whole = "\n".join(read_lines(ledger_bytes(world.notice, world.one, today=TODAY), "台账.docx"))

    assert "修订制度" in seen and "清理挂账" not in seen
    assert "清理挂账" in whole


def test_closing_form_names_who_did_what(world):
    task = Task.objects.select_related("notice__unit", "issue", "lead_unit").get(pk=world.tasks[0].pk)
    for step, source, target, by in (
        ("submit", "active", "submitted", "邱雨晴"),
        ("approve", "submitted", "verifying", "罗闻斌"),
        ("close", "verifying", "completed", "林致远"),
    ):
        outcome = "completed" if step == "close" else ""
        Transition.objects.create(
            task=task, step=step, source=source, target=target, outcome=outcome, by_name=by, at=AT
        )
    make_evidence(task, by=world.one, at=AT, name="印发通知.docx")

    got = "\n".join(read_lines(papers.form_bytes(task, PaperKind.CLOSING, today=TODAY), "销号单.docx"))

    for words in ("邱雨晴 2026-11-20", "罗闻斌 2026-11-20", "已完成整改，林致远 2026-11-20"):
        assert words in got
    assert "1. 印发通知.docx（未分类，2026-11-20）" in got
