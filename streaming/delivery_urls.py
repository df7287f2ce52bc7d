from django.urls import path

from streaming import views_delivery

app_name = "delivery"

urlpatterns = [
    path("<str:token>/<int:expires>/<uuid:asset_uuid>/", views_delivery.video_file, name="base"),
    path("<str:token>/<int:expires>/<uuid:asset_uuid>/<path:file>", views_delivery.video_file, name="file"),
    path("<path:rest>", views_delivery.refused, name="refused"),
]
