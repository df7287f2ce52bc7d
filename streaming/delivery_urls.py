from django.urls import path

from streaming.views.delivery import native_file, refused, video_file

app_name = "delivery"

urlpatterns = [
    path("native/<uuid:asset_uuid>/<path:file>", native_file, name="native"),
    path("<str:token>/<int:expires>/<uuid:asset_uuid>/<path:file>", video_file, name="file"),
    path("<path:rest>", refused, name="refused"),
]
