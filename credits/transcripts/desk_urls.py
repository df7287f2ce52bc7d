from django.urls import path

from credits.transcripts import desk

urlpatterns = [
    path("<int:pk>/", desk.transcript_detail, name="transcript_detail"),
    path("<int:pk>/file.pdf", desk.transcript_file, {"kind": "pdf"}, name="transcript_pdf"),
    path("<int:pk>/file.csv", desk.transcript_file, {"kind": "csv"}, name="transcript_csv"),
]
