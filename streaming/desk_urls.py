from django.urls import path

from streaming.views import assets, caption_editor, captions, chapters, moments, remake, replacement, space, stills, uploads, viewer_mark

app_name = "streaming_desk"

urlpatterns = [
    path("", assets.asset_list, name="asset_list"),
    path("remake/", remake.remake_page, name="remake"),
    path("remake/begin/", remake.remake_begin, name="remake_begin"),
    path("remake/stop/", remake.remake_stop, name="remake_stop"),
    path("space/", space.space_list, name="space_list"),
    path("upload/", uploads.asset_upload, name="asset_upload"),
    path("uploads/", uploads.upload_open, name="upload_open"),
    path("uploads/<uuid:uuid>/", uploads.upload_piece, name="upload_piece"),
    path("uploads/<uuid:uuid>/address/", uploads.upload_address, name="upload_address"),
    path("uploads/<uuid:uuid>/discard/", uploads.upload_discard, name="upload_discard"),
    path("uploads/<uuid:uuid>/finish/", uploads.upload_finish, name="upload_finish"),
    path("moments/", moments.moment_list, name="moment_list"),
    path("<uuid:uuid>/", assets.asset_detail, name="asset_detail"),
    path("<uuid:uuid>/progress/", assets.asset_progress_part, name="asset_progress"),
    path("<uuid:uuid>/edition/", assets.asset_edition, name="asset_edition"),
    path("<uuid:uuid>/title/", assets.asset_rename, name="asset_rename"),
    path("<uuid:uuid>/retry/", assets.asset_retry, name="asset_retry"),
    path("<uuid:uuid>/delete/", assets.asset_delete, name="asset_delete"),
    path("<uuid:uuid>/captions/", captions.caption_add, name="caption_add"),
    path("<uuid:uuid>/captions/begin/", captions.caption_begin, name="caption_begin"),
    path("<uuid:uuid>/captions/<int:pk>/", caption_editor.caption_edit, name="caption_edit"),
    path("<uuid:uuid>/captions/<int:pk>/default/", captions.caption_default, name="caption_default"),
    path("<uuid:uuid>/captions/<int:pk>/remove/", captions.caption_remove, name="caption_remove"),
    path("<uuid:uuid>/captions/<int:pk>/vtt/", captions.caption_download, {"kind": "vtt"}, name="caption_vtt"),
    path("<uuid:uuid>/captions/<int:pk>/srt/", captions.caption_download, {"kind": "srt"}, name="caption_srt"),
    path("<uuid:uuid>/poster/", stills.poster_choose, name="poster_choose"),
    path("<uuid:uuid>/poster/upload/", stills.poster_upload, name="poster_upload"),
    path("<uuid:uuid>/viewer-mark/", viewer_mark.viewer_mark_save, name="viewer_mark_save"),
    path("<uuid:uuid>/replace/", replacement.asset_replace, name="asset_replace"),
    path("<uuid:uuid>/replace/undo/", replacement.asset_replace_undo, name="asset_replace_undo"),
    path("<uuid:uuid>/chapters/", chapters.chapters_save, name="chapters_save"),
]
