"""The check-in page and what makes it installable. All of it is the same for everybody: who may read names has a token."""

from django.urls import path

from workshops.checkin import views

urlpatterns = [
    path("", views.checkin_page, name="checkin_page"),
    path("worker.js", views.checkin_worker, name="checkin_worker"),
    path("manifest.webmanifest", views.checkin_manifest, name="checkin_manifest"),
]
