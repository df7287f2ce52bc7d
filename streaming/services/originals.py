"""Originals at rest: kept where they are, or moved to cold storage when their film is made."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from core import clock
from core.jobs import Postponed
from streaming.models import Transcode, VideoAsset
from streaming.stores import store

COOLS_AFTER = timedelta(days=1)
ASKS_AGAIN = timedelta(minutes=15)


def cool_originals() -> int:
    """Move originals of films that are ready for a day and not being made anew; returns how many. Repeating it goes on where it stopped."""
    if settings.VIDEO_ORIGINALS != "cold":
        return 0
    making = Transcode.objects.filter(asset=OuterRef("pk"), state__in=[Transcode.State.WAITING, Transcode.State.WORKING])
    rested = VideoAsset.objects.ready().filter(ready_at__lt=clock.now() - COOLS_AFTER, original_cold_at__isnull=True).exclude(original_key="")
    moved = 0
    for pk, key in list(rested.exclude(Exists(making)).values_list("pk", "original_key")):
        if store().stat(key) is None:
            continue
        store().cool(key)
        moved += VideoAsset.objects.filter(pk=pk, original_key=key).update(original_cold_at=clock.now())
    return moved


def bring_back(*, asset: VideoAsset) -> None:
    """Return when the asset's original can be read. Raises Postponed while it is on its way back from an archive."""
    if asset.original_cold_at and not store().awaken(asset.original_key):
        raise Postponed(_("The original is on its way back from cold storage, which may take some hours."), delay=ASKS_AGAIN)
