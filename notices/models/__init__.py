from notices.models.bulletin import Bulletin, BulletinQuerySet
from notices.models.calendar import CalendarDay, ReminderSetting
from notices.models.directive import Directive, DirectiveQuerySet, DirectiveReceipt, DirectiveReply
from notices.models.draft import ReportDraft
from notices.models.extension import Extension, ExtensionQuerySet
from notices.models.feed import CalendarFeed
from notices.models.intake import IntakeDraft
from notices.models.issue import Issue, IssueQuerySet
from notices.models.ledger import LedgerBase, LedgerExport, LedgerMapping, LedgerUpload
from notices.models.ledger_job import LedgerJob
from notices.models.letter import (
    Letter,
    LetterCounter,
    LetterFile,
    LetterQuerySet,
    LetterReply,
    PaperTemplate,
)
from notices.models.link import IssueLink, IssueLinkQuerySet
from notices.models.lookback import LookBack, LookBackItem, LookBackQuerySet
from notices.models.meeting import Meeting, MeetingFile, MeetingQuerySet
from notices.models.message import Heartbeat, Message, Preference, Reminder, Sweep
from notices.models.notice import Aspect, Notice, NoticeQuerySet
from notices.models.once import SpentToken
from notices.models.outcome import OutcomeEntry, OutcomeFile, OutcomeQuerySet, OutcomeScan
from notices.models.outlet import Outlet, Wording
from notices.models.plan import BaselineRow, PlanBaseline, PlanChange, PlanReview, PlanStep
from notices.models.publication import (
    Publication,
    PublicationFile,
    PublicationItem,
    PublicationQuerySet,
)
from notices.models.purge import Purge, PurgeQuerySet
from notices.models.rebuke import Rebuke, RebukeQuerySet
from notices.models.record import Comment, Evidence, Nudge, Progress, Transition
from notices.models.review import Review, ReviewQuerySet
from notices.models.scope import NO_DAY, Rollup, TaskScope
from notices.models.search import KIND_BITS, SearchEntry, SearchMark
from notices.models.snapshot import Snapshot, SnapshotQuerySet, SnapshotSlice
from notices.models.supervision import (
    Finding,
    FindingQuerySet,
    FindingReply,
    Supervision,
    SupervisionFile,
    SupervisionQuerySet,
)
from notices.models.task import Task, TaskQuerySet, TaskUnit
from notices.models.view import SavedView, SavedViewQuerySet, ViewMail, ViewUse
from notices.models.wall import WallLink, WallLinkQuerySet
from notices.models.webhook import Delivery, HookMark, Subscription, SubscriptionQuerySet
from notices.models.week import WEEKDAYS, WeekLine, WeekReport, WeekReportQuerySet, WeekSetting

__all__ = [
    "KIND_BITS",
    "NO_DAY",
    "WEEKDAYS",
    "Aspect",
    "BaselineRow",
    "Bulletin",
    "BulletinQuerySet",
    "CalendarDay",
    "CalendarFeed",
    "Comment",
    "Delivery",
    "Directive",
    "DirectiveQuerySet",
    "DirectiveReceipt",
    "DirectiveReply",
    "Evidence",
    "Heartbeat",
    "HookMark",
    "Extension",
    "ExtensionQuerySet",
    "Finding",
    "FindingQuerySet",
    "FindingReply",
    "IntakeDraft",
    "Issue",
    "IssueLink",
    "IssueLinkQuerySet",
    "IssueQuerySet",
    "LedgerBase",
    "LedgerExport",
    "LedgerJob",
    "LedgerMapping",
    "LedgerUpload",
    "Letter",
    "LetterCounter",
    "LetterFile",
    "LetterQuerySet",
    "LetterReply",
    "LookBack",
    "LookBackItem",
    "LookBackQuerySet",
    "Meeting",
    "MeetingFile",
    "MeetingQuerySet",
    "Message",
    "Notice",
    "NoticeQuerySet",
    "Nudge",
    "OutcomeEntry",
    "OutcomeFile",
    "OutcomeQuerySet",
    "OutcomeScan",
    "Outlet",
    "PlanBaseline",
    "PlanChange",
    "PlanReview",
    "PlanStep",
    "Preference",
    "PaperTemplate",
    "Progress",
    "Purge",
    "PurgeQuerySet",
    "Publication",
    "PublicationFile",
    "PublicationItem",
    "PublicationQuerySet",
    "Rebuke",
    "RebukeQuerySet",
    "Reminder",
    "ReminderSetting",
    "ReportDraft",
    "Review",
    "SavedView",
    "SavedViewQuerySet",
    "ViewMail",
    "ViewUse",
    "WallLink",
    "WallLinkQuerySet",
    "ReviewQuerySet",
    "Rollup",
    "SearchEntry",
    "SearchMark",
    "Snapshot",
    "SnapshotQuerySet",
    "SnapshotSlice",
    "SpentToken",
    "Subscription",
    "SubscriptionQuerySet",
    "Supervision",
    "SupervisionFile",
    "SupervisionQuerySet",
    "Sweep",
    "Task",
    "TaskQuerySet",
    "TaskScope",
    "TaskUnit",
    "Transition",
    "WeekLine",
    "WeekReport",
    "WeekReportQuerySet",
    "WeekSetting",
    "Wording",
]
