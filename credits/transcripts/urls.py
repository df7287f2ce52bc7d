from django.urls import path

from credits.transcripts import views

urlpatterns = [
    path("", views.transcript_detail, name="transcript_detail"),
    path("file.pdf", views.transcript_file_pdf, name="transcript_pdf"),
    path("file.csv", views.transcript_file_csv, name="transcript_csv"),
    path("links/", views.link_list, name="transcript_link_list"),
    path("links/add/", views.link_add, name="transcript_link_add"),
    path("links/<int:pk>/", views.link_detail, name="transcript_link_detail"),
    path("links/<int:pk>/revoke/", views.link_revoke, name="transcript_link_revoke"),
]
