from django.urls import path

from credits.reports import consents_api

urlpatterns = [
    path("consents/", consents_api.ConsentListView.as_view(), name="consent-list"),
    path("consents/<slug:code>/give/", consents_api.GiveConsentView.as_view(), name="consent-give"),
    path("consents/<slug:code>/withdraw/", consents_api.WithdrawConsentView.as_view(), name="consent-withdraw"),
]
