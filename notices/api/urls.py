from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

from notices.api.boards import BoardView, WallView
from notices.api.docs import docs
from notices.api.followup import (
    ExtensionViewSet,
    LinkViewSet,
    LookBackItemViewSet,
    LookBackViewSet,
    ReviewViewSet,
)
from notices.api.ledgers import LedgerColumnViewSet, LedgerJobViewSet, LedgerUploadViewSet
from notices.api.me import MeView
from notices.api.outcomes import MeetingViewSet, OutcomeViewSet
from notices.api.planning import MeasureViewSet, PartsView, PlanViewSet
from notices.api.publications import PublicationItemViewSet, PublicationViewSet
from notices.api.pushes import DirectiveViewSet, LetterViewSet
from notices.api.rebukes import NudgeViewSet, RebukeViewSet
from notices.api.reminders import DeliveryViewSet, ReminderHealthView, ReminderRulesViewSet
from notices.api.saved_views import SavedViewViewSet
from notices.api.search import SearchViewSet
from notices.api.subscriptions import SubscriptionViewSet
from notices.api.viewsets import IssueViewSet, NoticeViewSet, ProgressViewSet, TaskViewSet
from notices.api.visits import FindingViewSet, SupervisionViewSet, VisitFileViewSet
from notices.api.weekly import SnapshotViewSet, WeekReportViewSet

app_name = "api"

router = DefaultRouter()
router.register("notices", NoticeViewSet, basename="notice")
router.register("issues", IssueViewSet, basename="issue")
router.register("tasks", TaskViewSet, basename="task")
router.register("plans", PlanViewSet, basename="plan")
router.register("measures", MeasureViewSet, basename="measure")
router.register("extensions", ExtensionViewSet, basename="extension")
router.register("reviews", ReviewViewSet, basename="review")
router.register("lookbacks", LookBackViewSet, basename="lookback")
router.register("lookback-items", LookBackItemViewSet, basename="lookback-item")
router.register("links", LinkViewSet, basename="link")
router.register("progress", ProgressViewSet, basename="progress")
router.register("directives", DirectiveViewSet, basename="directive")
router.register("nudges", NudgeViewSet, basename="nudge")
router.register("rebukes", RebukeViewSet, basename="rebuke")
router.register("letters", LetterViewSet, basename="letter")
router.register("search", SearchViewSet, basename="search")
router.register("reminder-rules", ReminderRulesViewSet, basename="reminder-rules")
router.register("deliveries", DeliveryViewSet, basename="delivery")
router.register("supervisions", SupervisionViewSet, basename="supervision")
router.register("visit-files", VisitFileViewSet, basename="visit-file")
router.register("findings", FindingViewSet, basename="finding")
router.register("outcomes", OutcomeViewSet, basename="outcome")
router.register("meetings", MeetingViewSet, basename="meeting")
router.register("week-reports", WeekReportViewSet, basename="week-report")
router.register("subscriptions", SubscriptionViewSet, basename="subscription")
router.register("publications", PublicationViewSet, basename="publication")
router.register("publication-items", PublicationItemViewSet, basename="publication-item")
router.register("views", SavedViewViewSet, basename="view")
router.register("ledger-uploads", LedgerUploadViewSet, basename="ledger-upload")
router.register("ledger-jobs", LedgerJobViewSet, basename="ledger-job")
router.register("ledger-columns", LedgerColumnViewSet, basename="ledger-column")
router.register("snapshots", SnapshotViewSet, basename="snapshot")

urlpatterns = [
    path("board/", BoardView.as_view(), name="board"),
    path("wall/", WallView.as_view(), name="wall"),
    path("tasks/<int:pk>/parts/", PartsView.as_view(), name="task-parts"),
    path("reminder-health/", ReminderHealthView.as_view(), name="reminder-health"),
    path("", include(router.urls)),
    path("me/", MeView.as_view(), name="me"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
]
