"""Closed vocabularies of the domain: code values in English, labels in Chinese.

Nothing here decides anything; the rules that use these words live in domain/ and lights.py.
"""

from django.db.models import TextChoices


class State(TextChoices):
    """State of a task (the table of steps is domain/workflow.py)."""

    DRAFT = "draft", "未分派"
    PENDING = "pending", "待签收"
    ACTIVE = "active", "整改中"
    SUBMITTED = "submitted", "待单位审核"
    VERIFYING = "verifying", "待验收"
    COMPLETED = "completed", "已完成整改"
    SUSTAINED = "sustained", "阶段性完成并需长期坚持"
    CANCELLED = "cancelled", "已撤销"


OPEN_STATES = (State.DRAFT, State.PENDING, State.ACTIVE, State.SUBMITTED, State.VERIFYING)
CLOSED_STATES = (State.COMPLETED, State.SUSTAINED)
WAITING_STATES = (State.SUBMITTED, State.VERIFYING)


class Outcome(TextChoices):
    """The two outcomes a notice may print for a closed task, and a unit may claim."""

    COMPLETED = "completed", "已完成整改"
    SUSTAINED = "sustained", "阶段性完成并需长期坚持"


class PrintedProgress(TextChoices):
    """What a notice prints behind an issue."""

    COMPLETED = "completed", "已完成整改"
    SUSTAINED = "sustained", "阶段性完成并需长期坚持"
    IN_PROGRESS = "in_progress", "正在整改"
    NOT_STARTED = "not_started", "未启动"


class ParsedProgress(TextChoices):
    """Progress words of a notice or ledger as a code, before a person has confirmed them."""

    COMPLETED = "completed", "已完成整改"
    SUSTAINED = "sustained", "阶段性完成并需长期坚持"
    BASICALLY_COMPLETED = "basically_completed", "基本完成"
    IN_PROGRESS = "in_progress", "正在整改"
    NOT_STARTED = "not_started", "未启动"
    DELAYED = "delayed", "申请延期"
    RELAPSED = "relapsed", "反弹"


class Light(TextChoices):
    RED = "red", "红灯"
    YELLOW = "yellow", "黄灯"
    GREEN = "green", "绿灯"
    LONG = "long", "长期坚持"
    DONE = "done", "已完成"
    NONE = "none", "未分派"


class UnitRole(TextChoices):
    """What a unit does in a task."""

    LEAD = "lead", "牵头"
    RESPONSIBLE = "responsible", "责任"
    SUPPORTING = "supporting", "配合"
    FORMER = "former", "原牵头"


class MeasureKind(TextChoices):
    """The three steps of an issue (三步走)."""

    FIX = "fix", "具体整改"
    SEARCH = "search", "举一反三"
    RULE = "rule", "建章立制"


class Sought(TextChoices):
    """Kinds of things the search finds."""

    ISSUE = "issue", "问题"
    TASK = "task", "任务"
    PROGRESS = "progress", "进展"
    EVIDENCE = "evidence", "佐证材料"


class Stage(TextChoices):
    """Stage of a notice's campaign."""

    DRAFT = "draft", "草稿"
    PLANNED = "planned", "已制定方案"
    RUNNING = "running", "整改中"
    REPORTED = "reported", "已报告"
    PUBLISHED = "published", "已公开"
    ARCHIVED = "archived", "已归档"


# Reminders run, and tasks may be worked on, from planned up to archived.
LIVE_STAGES = (Stage.PLANNED, Stage.RUNNING, Stage.REPORTED, Stage.PUBLISHED)


class ExtensionState(TextChoices):
    """Where a request for more time stands; the first two are open."""

    ASKED = "asked", "待单位负责人审核"
    FORWARDED = "forwarded", "待整改办审批"
    APPROVED = "approved", "已同意"
    REFUSED = "refused", "未同意"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "已失效"


OPEN_EXTENSIONS = (ExtensionState.ASKED, ExtensionState.FORWARDED)


class ReviewVerdict(TextChoices):
    """What a review of a sustained task found (复查)."""

    KEEP = "keep", "继续坚持"
    COMPLETE = "complete", "转为已完成整改"
    RELAPSED = "relapsed", "反弹，重新整改"


class LookBackVerdict(TextChoices):
    FIRM = "firm", "巩固"
    RELAPSED = "relapsed", "反弹"


class PoolRule(TextChoices):
    """Which closed tasks a look-back may choose from."""

    ALL = "all", "全部已销号任务"
    UNIT = "unit", "一个单位（含下级）牵头的"
    ASPECT = "aspect", "一个方面的"
    RELAPSED = "relapsed", "曾经反弹的"
    LATE = "late", "超期完成的"
    SUSTAINED = "sustained", "长期坚持的"


class SampleSize(TextChoices):
    """How many of them."""

    EVERY = "every", "全部核查"
    NUMBER = "number", "随机抽取若干项"
    PERCENT = "percent", "随机抽取一定比例"


class LinkKind(TextChoices):
    """Why two issues belong together."""

    ALIKE = "alike", "同类问题"
    CARRIED = "carried", "上轮未整改到位"


class Preset(TextChoices):
    """Named rules for lights and reminders; the numbers stand in lights.py and domain/reminders.py."""

    STANDARD = "standard", "标准(10 天黄灯)"
    JIANGJIN = "jiangjin", "江津(20/10 天提醒函)"
    JINGDEZHEN = "jingdezhen", "景德镇(按验收亮灯)"
    XIAN = "xian", "西安(3 天黄灯)"


class MessageKind(TextChoices):
    NUDGE = "nudge", "催办"
    REMINDER = "reminder", "提醒"
    STEP = "step", "流转"
    COMMENT = "comment", "留言"
    DIRECTIVE = "directive", "批示"
    LETTER = "letter", "函件"
    VISIT = "visit", "督导"


class PurgeState(TextChoices):
    """How far the destruction of a wrongly uploaded file is."""

    ASKED = "asked", "待核定"
    REFUSED = "refused", "未同意"
    APPROVED = "approved", "清除中"
    DONE = "done", "已清除"


class ListKind(TextChoices):
    """Lists whose filters can be kept as a view."""

    TASK = "task", "任务清单"
    ISSUE = "issue", "问题清单"


class DirectiveEnd(TextChoices):
    """How a directive ended."""

    FINISHED = "finished", "办结"
    STOPPED = "stopped", "撤回"


class LetterKind(TextChoices):
    """Letters to a unit, each weightier than the one before; the order is that of the climb."""

    REMINDER = "reminder", "提醒函"
    ORDER = "order", "督办单"
    ADMONITION = "admonition", "告诫书"
    ACCOUNTABILITY = "accountability", "问责建议"


class LetterState(TextChoices):
    DRAFT = "draft", "拟稿"
    ISSUED = "issued", "已签发"
    WITHDRAWN = "withdrawn", "已撤回"
    DROPPED = "dropped", "已弃稿"


class PaperKind(TextChoices):
    """Documents a unit may have a Word template of its own for."""

    REMINDER = "reminder", "提醒函"
    ORDER = "order", "督办单"
    ADMONITION = "admonition", "告诫书"
    ACCOUNTABILITY = "accountability", "问责建议"
    CLOSING = "closing", "销号单"
    TASK_ORDER = "task_order", "任务督办单"
    PUBLICATION = "publication", "整改进展通报"
    BULLETIN = "bulletin", "整改动态"
    LEDGER = "ledger", "整改台账"


class PublicationState(TextChoices):
    DRAFT = "draft", "草稿"
    PROPOSED = "proposed", "待印发"
    RELEASED = "released", "已印发"
    REPLACED = "replaced", "已被新版替换"
    WITHDRAWN = "withdrawn", "已撤回"
    DROPPED = "dropped", "已弃稿"


# Editions that were public once; what they said stays readable.
OUT_STATES = (PublicationState.RELEASED, PublicationState.REPLACED, PublicationState.WITHDRAWN)


class WithholdReason(TextChoices):
    """Why an item may be kept out of the public text (双公开)."""

    SECRET = "secret", "涉及国家秘密"
    CASE = "case", "涉及尚未公布的案件"
    OPINION = "opinion", "可能造成重大负面舆情"
    PETITION = "petition", "可能引发群体性上访"
    SENSITIVE = "sensitive", "其他重大敏感事项"


class WithholdState(TextChoices):
    ASKED = "asked", "待批准"
    APPROVED = "approved", "不公开"


class RebukeKind(TextChoices):
    TALK = "talk", "约谈"
    CRITICISM = "criticism", "通报批评"


class VisitState(TextChoices):
    """Where a visit of a supervision team stands (督导检查)."""

    PLANNED = "planned", "已安排"
    DONE = "done", "已开展"
    CALLED_OFF = "called_off", "已取消"


class VisitMethod(TextChoices):
    """How a team looks; a visit has one or several."""

    TALK = "talk", "座谈"
    PAPERS = "papers", "查阅台账"
    SITE = "site", "实地察看"


class Severity(TextChoices):
    """How grave a finding of a visit is."""

    MINOR = "minor", "一般"
    MAJOR = "major", "较重"
    GRAVE = "grave", "严重"


class FindingState(TextChoices):
    """A finding of a visit on its way to the unit and back; handed and replied ones are open."""

    RECORDED = "recorded", "已登记"
    HANDED = "handed", "待回复"
    REPLIED = "replied", "待审核"
    ACCEPTED = "accepted", "已认可"
    VOIDED = "voided", "已作废"


class Metric(TextChoices):
    """What is counted as a result of the rectification (整改成效); labels are those of text/outcomes.py."""

    RULES = "rules", "建章立制"
    RECOVERED = "recovered", "追缴清退资金"
    SAVED_LOSS = "saved_loss", "挽回损失"
    FINED = "fined", "罚没金额"
    SAVED = "saved", "节约资金"
    FILED = "filed", "立案"
    ACCOUNTABLE = "accountable", "问责"
    DISCIPLINED = "disciplined", "党纪政务处分"
    ORGANISED = "organised", "组织处理"
    ADMONISHED = "admonished", "诫勉"
    TALKED = "talked", "约谈"
    REMINDED = "reminded", "谈话提醒"
    CRITICISED = "criticised", "批评教育"
    VISITED = "visited", "督导检查"
    MET = "met", "会议"
    TRAINED = "trained", "培训"
    SURVEYED = "surveyed", "调研走访"
    TAUGHT = "taught", "宣传教育"
    CLEARED = "cleared", "整改清理"
    CONTENT = "content", "满意率"


# Units of measure an outcome may have. 人 and 人次, 元 and 万元 are different things and never added up.
MEASURES = (
    "项", "份", "个", "部", "条", "件", "起", "宗", "人", "人次", "元", "万元", "亿元", "次", "场", "场次", "期", "轮",
    "批", "家", "家次", "户", "户次", "处", "笔", "亩", "台", "套", "%",
)  # fmt: skip
MONEY = (Metric.RECOVERED, Metric.SAVED_LOSS, Metric.FINED, Metric.SAVED)


class OutcomeState(TextChoices):
    """A proposal read from a text counts only when a person has confirmed it."""

    PROPOSED = "proposed", "待确认"
    CONFIRMED = "confirmed", "已登记"
    REJECTED = "rejected", "未采用"
    VOIDED = "voided", "已作废"


class OutcomeSource(TextChoices):
    ENTERED = "entered", "手工登记"
    PROGRESS = "progress", "进展"
    NOTICE = "notice", "通报原文"


class MeetingKind(TextChoices):
    """Meetings and actions of the leading group."""

    GROUP = "group", "领导小组会议"
    SPECIAL = "special", "专题会"
    MOBILISATION = "mobilisation", "动员会"
    DEMOCRATIC = "democratic", "民主生活会"
    PROGRESS = "progress", "推进会"
    FIELD = "field", "领导现场督导"


class DeliveryState(TextChoices):
    """State of a reminder row; the row is the queue."""

    DUE = "due", "待发送"
    CLAIMED = "claimed", "发送中"
    SENT = "sent", "已发送"
    SKIPPED = "skipped", "已跳过"
    FAILED = "failed", "发送失败"


class Channel(TextChoices):
    INBOX = "inbox", "站内消息"
    EMAIL = "email", "电子邮件"
    WECOM = "wecom", "企业微信群机器人"
    DINGTALK = "dingtalk", "钉钉群机器人"
    FEISHU = "feishu", "飞书群机器人"
    WEBHOOK = "webhook", "通用接口"


# Channels that reach a group or a program, not one person.
OUTLET_KINDS = (Channel.WECOM, Channel.DINGTALK, Channel.FEISHU, Channel.WEBHOOK)


class HookEvent(TextChoices):
    """What a person's own system may be told of."""

    STATE = "task.state", "任务流转"
    TASK = "task.changed", "任务内容修改"
    PROGRESS = "progress.filed", "填报进展"
    EVIDENCE = "evidence.added", "上传佐证材料"
    DEADLINE = "deadline.changed", "时限变更"
    OVERDUE = "deadline.passed", "任务超期"
    EXTENSION = "extension", "延期申请"
    LETTER = "letter", "函件"
    DIRECTIVE = "directive", "批示"


class WordingKind(TextChoices):
    """What an edited text is for."""

    MAIL = "mail", "提醒邮件"
    POST = "post", "群消息"
