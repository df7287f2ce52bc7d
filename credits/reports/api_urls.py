from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.reports import consents_api, officer_api

router = SimpleRouter()
router.register("reports/batches", officer_api.BatchViewSet, basename="report-batch")

urlpatterns = [
    path("consents/", consents_api.ConsentListView.as_view(), name="consent-list"),
    path("consents/<slug:code>/give/", consents_api.GiveConsentView.as_view(), name="consent-give"),
    path("consents/<slug:code>/withdraw/", consents_api.WithdrawConsentView.as_view(), name="consent-withdraw"),
    path("reports/boards/", officer_api.ReportBoardsView.as_view(), name="report-boards"),
    path("reports/boards/<slug:code>/waiting/", officer_api.WaitingListView.as_view(), name="report-waiting"),
    path("reports/boards/<slug:code>/settings/", officer_api.RouteView.as_view(), name="report-route"),
    path("reports/boards/<slug:code>/courses/", officer_api.CourseNumbersView.as_view(), name="report-courses"),
    path("reports/boards/<slug:code>/make/", officer_api.MakeBatchView.as_view(), name="report-make"),
    path("reports/batches/<int:pk>/rows/", officer_api.RowListView.as_view(), name="report-rows"),
    path("reports/batches/<int:pk>/renew/", officer_api.RenewBatchView.as_view(), name="report-renew"),
    path("reports/batches/<int:pk>/discard/", officer_api.DiscardBatchView.as_view(), name="report-discard"),
    path("reports/batches/<int:pk>/lock/", officer_api.LockBatchView.as_view(), name="report-lock"),
    path("reports/batches/<int:pk>/post/", officer_api.PostBatchView.as_view(), name="report-post"),
    path("reports/batches/<int:pk>/give-up/", officer_api.AbandonBatchView.as_view(), name="report-abandon"),
    path("reports/batches/<int:pk>/file/", officer_api.BatchFileView.as_view(), name="report-file"),
    path("reports/batches/<int:pk>/answers/", officer_api.ReadAnswersView.as_view(), name="report-answers"),
    path("reports/batches/<int:pk>/accept-rest/", officer_api.AcceptRestView.as_view(), name="report-accept-rest"),
    path("reports/rows/<int:pk>/decide/", officer_api.DecideRowView.as_view(), name="report-decide"),
    path("reports/rows/<int:pk>/again/", officer_api.SendAgainView.as_view(), name="report-again"),
    path("reports/rows/<int:pk>/mend/", officer_api.MendRowView.as_view(), name="report-mend"),
    path("reports/awards/<int:pk>/leave-out/", officer_api.LeaveOutView.as_view(), name="report-leave-out"),
    path("reports/awards/<int:pk>/ask/", officer_api.AskConsentView.as_view(), name="report-ask"),
    path("", include(router.urls)),
]
