from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.api import views
from credits.api.evaluation import EvaluateView
from credits.api.standings import StandingView
from credits.changes.api import OfferingsView

app_name = "credits_api"

router = SimpleRouter()
router.register("boards", views.BoardViewSet, basename="board")
router.register("activities", views.ActivityViewSet, basename="activity")
router.register("licences", views.LicenceViewSet, basename="licence")
router.register("completions", views.CompletionViewSet, basename="completion")
router.register("awards", views.AwardViewSet, basename="award")

urlpatterns = [
    path("evaluate", EvaluateView.as_view(), name="evaluate"),
    path("licences/add/", views.AddLicenceView.as_view(), name="licence-add"),
    path("licences/<int:pk>/change/", views.ChangeLicenceView.as_view(), name="licence-change"),
    path("licences/<int:pk>/remove/", views.RemoveLicenceView.as_view(), name="licence-remove"),
    path("licences/<int:pk>/status/", views.RecordStatusView.as_view(), name="licence-status"),
    path("licences/<int:pk>/renewals/", views.RecordRenewalView.as_view(), name="licence-renewals"),
    path("licences/<int:pk>/duties/", views.RecordDutyView.as_view(), name="licence-duties"),
    path("licences/<int:pk>/standing", StandingView.as_view(), name="licence-standing"),
    path("activities/<int:pk>/offerings/", OfferingsView.as_view(), name="activity-offerings"),
    path("", include("credits.audits.api_urls")),
    path("", include("credits.retention.api_urls")),
    path("completions/<int:pk>/claim/", views.ClaimView.as_view(), name="completion-claim"),
    path("awards/issue/", views.IssueAwardView.as_view(), name="award-issue"),
    path("awards/<int:pk>/correct/", views.CorrectAwardView.as_view(), name="award-correct"),
    path("awards/<int:pk>/revoke/", views.RevokeAwardView.as_view(), name="award-revoke"),
    path("", include("credits.bulk.api_urls")),
    path("", include("credits.closed_cycles.api_urls")),
    path("", include("credits.imports.api_urls")),
    path("", include("credits.reviews.api_urls")),
    path("", include("credits.worklist.api_urls")),
    path("", include("credits.reminders.api_urls")),
    path("", include("credits.dashboards.api_urls")),
    path("", include("credits.reports.api_urls")),
    path("", include("credits.external.api_urls")),
    path("", include("credits.revisions.api_urls")),
    path("", include("credits.transcripts.api_urls")),
    path("", include("credits.petitions.api_urls")),
    path("", include(router.urls)),
]
