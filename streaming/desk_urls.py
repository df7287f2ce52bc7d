from django.urls import path

from streaming import views_desk, views_upload

app_name = "streaming_desk"

urlpatterns = [
    path("", views_desk.asset_list, name="asset_list"),
    path("upload/", views_desk.asset_upload, name="asset_upload"),
    path("uploads/", views_upload.upload_open, name="upload_open"),
    path("uploads/<uuid:uuid>/", views_upload.upload_piece, name="upload_piece"),
    path("uploads/<uuid:uuid>/finish/", views_upload.upload_finish, name="upload_finish"),
    path("<uuid:uuid>/", views_desk.asset_detail, name="asset_detail"),
    path("<uuid:uuid>/progress/", views_desk.asset_progress_part, name="asset_progress"),
    path("<uuid:uuid>/title/", views_desk.asset_rename, name="asset_rename"),
    path("<uuid:uuid>/retry/", views_desk.asset_retry, name="asset_retry"),
    path("<uuid:uuid>/delete/", views_desk.asset_delete, name="asset_delete"),
    path("<uuid:uuid>/captions/", views_desk.caption_add, name="caption_add"),
    path("<uuid:uuid>/captions/<int:pk>/remove/", views_desk.caption_remove, name="caption_remove"),
    path("<uuid:uuid>/chapters/", views_desk.chapters_save, name="chapters_save"),
]
