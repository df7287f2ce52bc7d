"""What players see of a release: its playlists, and the words beside it."""

from __future__ import annotations

from django.db.models import F

from streaming.models import VideoAsset
from streaming.stores import store


def write_master(*, asset: VideoAsset) -> None:
    """Write the master playlist of what is played now, with its captions, from rows. Called when captions change; bears running twice."""
    release = VideoAsset.objects.values_list("release", flat=True).get(pk=asset.pk)
    if not release:
        return
    for caption in asset.captions.exclude(digest=""):
        store().put_bytes(f"video/{asset.uuid}/{release}/{caption.path}", caption.vtt.encode(), "text/vtt")
    VideoAsset.objects.filter(pk=asset.pk).update(edition=F("edition") + 1)
