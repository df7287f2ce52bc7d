"""Captions as rows and files: saved, edited by several people, removed, written beside the film."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.jobs import enqueue
from streaming import tasks  # noqa: F401  (registers the kinds enqueued here)
from streaming.languages import language_code, own_name
from streaming.models import Caption, Cue, VideoAsset
from streaming.services.captions.errors import CaptionsChanged, CaptionsUnusable
from streaming.services.captions.markup import plain
from streaming.services.captions.reading import MAX_BYTES, read_captions
from streaming.services.captions.spoken import EMPTY_VTT, Spoken, to_vtt
from streaming.services.editions import write_master
from streaming.stores import store

__all__ = ["MAX_BYTES", "begin_caption", "choose_default", "remove_caption", "save_caption", "save_spoken"]
OLD_FILE_STAYS = timedelta(hours=12)  # for players that opened it before


def save_caption(*, asset: VideoAsset, language: str, data: bytes, label: str = "", by: Any = None) -> Caption:
    """Keep the captions of one language from a file, in place of older ones of that language. Raises CaptionsUnusable."""
    code = _known(language)
    return save_spoken(asset=asset, language=code, cues=read_captions(data, language=code, duration_ms=asset.duration_ms).cues, label=label, by=by)


def begin_caption(*, asset: VideoAsset, language: str, by: Any) -> Caption:
    """Captions of `language` to be written in the editor; those that are there already, if they are. Players see none until then."""
    caption, created = Caption.objects.get_or_create(asset=asset, language=_known(language), defaults={"label": own_name(language), "vtt": EMPTY_VTT})
    if created:
        record_audit(actor=by, action="streaming.begin_caption", record=caption, language=caption.language)
    return caption


def save_spoken(*, asset: VideoAsset, language: str, cues: Sequence[Spoken], label: str = "", by: Any = None, revision: int | None = None) -> Caption:
    """Keep `cues`, cleaned ones in order, as the captions of `language`: text, rows and files.

    `revision` is what an editor began with. Raises CaptionsChanged, and changes nothing, when somebody has saved since.
    """
    text = to_vtt(cues)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8] if cues else ""
    with transaction.atomic():
        VideoAsset.objects.select_for_update().get(pk=asset.pk)  # one saver at a time
        caption = Caption.objects.filter(asset=asset, language=language).first()
        if revision is not None and (caption is None or caption.revision != revision):
            raise CaptionsChanged(_("Somebody else saved these captions while you were editing them. Nothing of yours is lost, and nothing is saved yet."))
        if caption is None:
            caption = Caption(asset=asset, language=language, label=own_name(language), revision=0)
        replaced = caption.digest
        caption.label, caption.vtt, caption.digest, caption.revision = label or caption.label, text, digest, caption.revision + 1
        caption.save()
        caption.cues.all().delete()
        Cue.objects.bulk_create(
            (Cue(caption=caption, number=number, start_ms=cue.start_ms, end_ms=cue.end_ms, text=plain(cue.text)) for number, cue in enumerate(cues, start=1)),
            batch_size=1000,
        )
        record_audit(actor=by, action="streaming.save_caption", record=caption, language=language, cues=len(cues), digest=digest)
        _write_soon(caption, replaced)
    write_master(asset=asset)
    return caption


def choose_default(*, caption: Caption, by: Any) -> None:
    """Let players that were not told otherwise begin with this language; with none if it was the one already."""
    with transaction.atomic():
        VideoAsset.objects.select_for_update().get(pk=caption.asset_id)
        was = Caption.objects.values_list("is_default", flat=True).get(pk=caption.pk)
        Caption.objects.filter(asset=caption.asset_id, is_default=True).update(is_default=False)
        if not was:
            Caption.objects.filter(pk=caption.pk).update(is_default=True)
        record_audit(actor=by, action="streaming.choose_default_caption", record=caption, language=caption.language, is_default=not was)
    write_master(asset=caption.asset)


def remove_caption(*, caption: Caption, by: Any = None) -> None:
    """Remove captions, what the search knows of them, and their file."""
    files = _files(caption.asset, caption.asset.release, caption.path)
    with transaction.atomic():
        record_audit(actor=by, action="streaming.remove_caption", record=caption, language=caption.language, digest=caption.digest)
        caption.delete()
    for key in files if caption.asset.release and caption.digest else ():
        store().delete_tree(key)
    write_master(asset=caption.asset)


def drop_caption_file(*, asset_id: int, release: str, path: str) -> None:
    """Remove a file whose words were replaced, unless captions have those very words again."""
    asset = VideoAsset.objects.filter(pk=asset_id).first()
    if asset and all(caption.path != path for caption in asset.captions.shown()):
        for key in _files(asset, release, path):
            store().delete_tree(key)


def _files(asset: VideoAsset, release: str, path: str) -> list[str]:
    """The words, and the playlist that names them."""
    return [f"video/{asset.uuid}/{release}/{path.removesuffix('.vtt')}.{kind}" for kind in ("vtt", "m3u8")]


def _known(language: str) -> str:
    code = language_code(language)
    if not code:
        raise CaptionsUnusable(
            _("“%(language)s” is no language we know. Choose one from the list, or type a code such as en or es-MX.") % {"language": language}
        )
    return code


def _write_soon(caption: Caption, replaced: str) -> None:
    """The files are written right after the commit; jobs do it again should this process die between, and clear away."""
    asset = caption.asset
    moment = f"{caption.pk}:{caption.revision}"
    enqueue("streaming.write_captions", key=f"captions:{moment}", args={"asset": asset.pk}, run_after=clock.now() + timedelta(minutes=1))
    if replaced and replaced != caption.digest and asset.release:
        args = {"asset_id": asset.pk, "release": asset.release, "path": f"captions/{caption.language}-{replaced}.vtt"}
        enqueue("streaming.drop_caption_file", key=f"caption-file:{moment}", args=args, run_after=clock.now() + OLD_FILE_STAYS)
