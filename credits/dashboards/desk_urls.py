from django.urls import path

from credits.dashboards import desk

urlpatterns = [
    path("standings/", desk.deficiency_list, name="deficiency_list"),
    path("standings.csv", desk.deficiency_csv, name="deficiency_csv"),
    path("standings/ending/", desk.expiry_list, name="expiry_list"),
    path("standings/ending.csv", desk.expiry_csv, name="expiry_csv"),
    path("standings/unverified/", desk.unverified_list, name="unverified_list"),
]
