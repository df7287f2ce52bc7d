"""The poster of a video: one of the pictures made from it, or one that staff upload."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record_audit
from core.errors import DomainError
from streaming.models import Transcode, VideoAsset
from streaming.pipeline.picture import poster_from
from streaming.pipeline.probe import Refused
from streaming.pipeline.sandbox import private_folder
from streaming.stores import store

DEFAULT = "posters/0.jpg"  # candidates are numbered by rank, so the best has this name in every release
OWN = "posters/own-"


class PosterUnusable(DomainError):
    code = "poster_unusable"


def own_name(data: bytes) -> str:
    """Named by its bytes: no name ever stands for another picture, and the chosen one keeps its name in later releases."""
    return f"{OWN}{hashlib.sha256(data).hexdigest()[:8]}.jpg"


def choose_poster(*, asset: VideoAsset, number: int, by: Any) -> VideoAsset:
    """Make candidate `number` of the asset's release its poster. Raises PosterUnusable when there is no such picture."""
    if not asset.release:
        raise PosterUnusable(_("The video is not ready yet. Choose its picture when it plays."))
    key = f"{asset.prefix}/posters/{number}.jpg"
    found = store().stat(key)
    if found is None:
        raise PosterUnusable(_("This picture is no longer there, because the video was made anew. Choose from those shown now."))
    file = store().read(key, 0, found.size)
    try:
        data = file.read()
    finally:
        file.close()
    return _keep(asset, data, by, chosen=number)


def upload_poster(*, asset: VideoAsset, data: bytes, by: Any) -> VideoAsset:
    """Make the picture in `data` the asset's poster, written anew. Raises PosterUnusable with what is wrong with it."""
    if not asset.release:
        raise PosterUnusable(_("The video is not ready yet. Choose its picture when it plays."))
    with private_folder(settings.WORK_DIR / "pictures") as folder:
        try:
            picture = poster_from(data, folder)
        except Refused as refused:
            raise PosterUnusable(refused.message) from refused
    return _keep(asset, picture, by, chosen="uploaded")


def _keep(asset: VideoAsset, data: bytes, by: Any, **details: Any) -> VideoAsset:
    """Store the picture beside every release that is played or being made, then name it.

    The file is stored before the lock is taken; a release that appeared meanwhile gets it in another round.
    """
    name, stored = own_name(data), set[str]()
    while True:
        for release in _releases(asset) - stored:
            store().put_bytes(f"video/{asset.uuid}/{release}/{name}", data, "image/jpeg")
            stored.add(release)
        with transaction.atomic():
            locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)
            if _releases(locked) <= stored:
                if locked.poster != name:
                    record_audit(actor=by, action="streaming.choose_poster", record=locked, before=locked.poster, after=name, **details)
                    locked.poster = name
                    locked.save(update_fields=["poster", "updated_at"])
                return locked
        asset = locked


def _releases(asset: VideoAsset) -> set[str]:
    making = asset.transcodes.filter(state__in=[Transcode.State.WAITING, Transcode.State.WORKING])
    return {asset.release, *making.values_list("release", flat=True)}


def carry_over(*, transcode: Transcode) -> None:
    """Give a new release its poster: the best picture, or a copy of the one staff chose. Call when its pictures are stored."""
    with transaction.atomic():
        asset = VideoAsset.objects.select_for_update(no_key=True).get(pk=transcode.asset_id)
        if not asset.poster.startswith(OWN):
            asset.poster = DEFAULT
            asset.save(update_fields=["poster", "updated_at"])
            return
    if asset.release and asset.release != transcode.release:
        store().copy(f"{asset.prefix}/{asset.poster}", f"video/{asset.uuid}/{transcode.release}/{asset.poster}")
