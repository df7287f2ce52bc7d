from django.urls import path

from credits import views

app_name = "credits"

urlpatterns = [
    path("", views.credit_list, name="credit_list"),
    path("<int:pk>/claim/", views.claim_create, name="claim_create"),
    path("licences/", views.licence_list, name="licence_list"),
    path("licences/add/", views.licence_add, name="licence_add"),
    path("licences/<int:pk>/", views.licence_edit, name="licence_edit"),
    path("licences/<int:pk>/remove/", views.licence_remove, name="licence_remove"),
]
