from django.urls import include, path
from rest_framework.routers import SimpleRouter

from credits.revisions import api

router = SimpleRouter()
router.register("rule-revisions", api.RevisionViewSet, basename="rule-revision")
router.register("rule-trials", api.TrialViewSet, basename="rule-trial")

urlpatterns = [
    path("rules/", api.RuleListView.as_view(), name="rule-list"),
    path("rules/<slug:code>/", api.RuleDetailView.as_view(), name="rule-detail"),
    path("rules/<slug:code>/drafts/", api.DraftView.as_view(), name="rule-draft"),
    path("rules/<slug:code>/verify/", api.VerifyFactView.as_view(), name="rule-verify"),
    path("rule-verifications/<int:pk>/withdraw/", api.WithdrawVerificationView.as_view(), name="rule-unverify"),
    path("rule-revisions/<int:pk>/save/", api.SaveView.as_view(), name="rule-save"),
    path("rule-revisions/<int:pk>/submit/", api.SubmitView.as_view(), name="rule-submit"),
    path("rule-revisions/<int:pk>/sign/", api.SignView.as_view(), name="rule-sign"),
    path("rule-revisions/<int:pk>/sign-alone/", api.SignAloneView.as_view(), name="rule-sign-alone"),
    path("rule-revisions/<int:pk>/confirm/", api.ConfirmView.as_view(), name="rule-confirm"),
    path("rule-revisions/<int:pk>/withdraw/", api.WithdrawView.as_view(), name="rule-withdraw"),
    path("rule-revisions/<int:pk>/adopt/", api.AdoptView.as_view(), name="rule-adopt"),
    path("rule-revisions/<int:pk>/rebase/", api.RebaseView.as_view(), name="rule-rebase"),
    path("rule-revisions/<int:pk>/discard/", api.DiscardView.as_view(), name="rule-discard"),
    path("rule-revisions/<int:pk>/try/", api.TryView.as_view(), name="rule-try"),
    path("rule-trials/<int:trial>/rows/", api.TrialRowViewSet.as_view({"get": "list"}), name="rule-trial-rows"),
    path("", include(router.urls)),
]
