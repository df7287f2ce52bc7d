"""Which video somebody watches when its file has been replaced (docs/decisions/0024-replacing-a-film.md)."""

from __future__ import annotations

from collections.abc import Mapping

from streaming.models import Grant, VideoAsset, WatchEvidence


def asset_for(*, subject: str, asset: VideoAsset) -> VideoAsset:
    """The video `subject` watches where `asset` is meant: the one it began with, else what stands in its place now."""
    return assets_for({subject: asset})[subject]


def assets_for(wanted: Mapping[str, VideoAsset]) -> dict[str, VideoAsset]:
    """`asset_for` of many subjects. No query while none was replaced (load `replaced_by` with the assets), else two."""
    found = {subject: asset.current for subject, asset in wanted.items()}
    replaced = [subject for subject, asset in wanted.items() if asset.replaced_by_id]
    if replaced:
        for grant in Grant.objects.filter(subject__in=replaced).select_related("asset").order_by("-pk"):
            found[grant.subject] = grant.asset
        for evidence in WatchEvidence.objects.filter(subject__in=replaced).select_related("asset").order_by("-pk"):
            found[evidence.subject] = evidence.asset
    return found


def last_replaced_by(new: VideoAsset) -> VideoAsset | None:
    """The video whose place `new` took; what that one had replaced before points to `new` as well."""
    return VideoAsset.objects.filter(replaced_by=new).order_by("-replaced_at", "-pk").first()
