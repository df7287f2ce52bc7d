from django.urls import path

from credits.bulk import desk

urlpatterns = [
    path("", desk.bulk_list, name="bulk_list"),
    path("add/", desk.bulk_add, name="bulk_add"),
    path("<int:pk>/", desk.bulk_detail, name="bulk_detail"),
    path("<int:pk>/confirm/", desk.bulk_confirm, name="bulk_confirm"),
    path("<int:pk>/discard/", desk.bulk_discard, name="bulk_discard"),
]
