from django.urls import include, path

from credits import licence_views, standing_views, views
from credits.certificates import views as certificate_views

app_name = "credits"

urlpatterns = [
    path("reminders/", include("credits.reminders.urls")),
    path("certificates/", certificate_views.certificate_list, name="certificate_list"),
    path("certificates/<int:pk>/page/", certificate_views.certificate_privacy, name="certificate_privacy"),
    path("", views.credit_list, name="credit_list"),
    path("<int:pk>/claim/", views.claim_create, name="claim_create"),
    path("licences/", views.licence_list, name="licence_list"),
    path("licences/add/", views.licence_add, name="licence_add"),
    path("licences/<int:pk>/", views.licence_edit, name="licence_edit"),
    path("licences/<int:pk>/remove/", views.licence_remove, name="licence_remove"),
    path("licences/<int:pk>/archive/", views.licence_archive, name="licence_archive"),
    path("licences/<int:pk>/restore/", views.licence_restore, name="licence_restore"),
    path("licences/<int:pk>/facts/", licence_views.licence_detail, name="licence_detail"),
    path("licences/<int:pk>/<slug:kind>/add/", licence_views.record_add, name="record_add"),
    path("licences/<int:pk>/<slug:kind>/<int:row>/", licence_views.record_edit, name="record_edit"),
    path("licences/<int:pk>/<slug:kind>/<int:row>/remove/", licence_views.record_remove, name="record_remove"),
    path("credentials/", licence_views.credential_list, name="credential_list"),
    path("credentials/add/", licence_views.credential_add, name="credential_add"),
    path("credentials/<int:pk>/", licence_views.credential_edit, name="credential_edit"),
    path("credentials/<int:pk>/remove/", licence_views.credential_remove, name="credential_remove"),
    path("credentials/<int:pk>/proof/", licence_views.credential_proof, name="credential_proof"),
    path("birth-date/", licence_views.birth_date, name="birth_date"),
    path("birth-date/remove/", licence_views.birth_date_remove, name="birth_date_remove"),
    path("consents/", include("credits.reports.urls")),
    path("licences/<int:pk>/standing/", standing_views.licence_standing, name="licence_standing"),
    path("external/", include("credits.external.urls")),
    path("transcript/", include("credits.transcripts.urls")),
    path("petitions/", include("credits.petitions.urls")),
]
