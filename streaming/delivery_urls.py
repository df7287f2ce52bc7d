from django.urls import path

from streaming.views.delivery import refused, video_file

app_name = "delivery"

urlpatterns = [
    path("<str:token>/<int:expires>/<uuid:asset_uuid>/", video_file, name="base"),
    path("<str:token>/<int:expires>/<uuid:asset_uuid>/<path:file>", video_file, name="file"),
    path("<path:rest>", refused, name="refused"),
]
