from django.urls import path

from credits.transcripts import public

app_name = "shared_transcript"

urlpatterns = [
    path("<str:token>/", public.page, name="page"),
    path("<str:token>/transcript.pdf", public.file_pdf, name="pdf"),
]
