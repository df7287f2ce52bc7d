from django.urls import path

from credits.reports import views

urlpatterns = [
    path("", views.consent_list, name="consent_list"),
    path("<slug:code>/", views.consent_detail, name="consent_detail"),
    path("<slug:code>/give/", views.consent_give, name="consent_give"),
    path("<slug:code>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
]
