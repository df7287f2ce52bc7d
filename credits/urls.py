from django.urls import path

from credits import views
from credits.certificates import views as certificate_views

app_name = "credits"

urlpatterns = [
    path("certificates/", certificate_views.certificate_list, name="certificate_list"),
    path("certificates/<int:pk>/page/", certificate_views.certificate_privacy, name="certificate_privacy"),
    path("", views.credit_list, name="credit_list"),
    path("<int:pk>/claim/", views.claim_create, name="claim_create"),
    path("licences/", views.licence_list, name="licence_list"),
    path("licences/add/", views.licence_add, name="licence_add"),
    path("licences/<int:pk>/", views.licence_edit, name="licence_edit"),
    path("licences/<int:pk>/remove/", views.licence_remove, name="licence_remove"),
]
