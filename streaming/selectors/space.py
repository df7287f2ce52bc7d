"""What videos take and cost, for staff."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from core.money import decimals_of
from streaming.models import Space, VideoAsset

GB = 1024**3  # as storage is billed, and as sizes are shown


@dataclass(frozen=True)
class Part:
    kind: str  # original, film, stills, captions, other
    label: str
    size_bytes: int
    cents: Decimal


@dataclass(frozen=True)
class SpaceTotals:
    videos: int
    size_bytes: int
    cents: Decimal
    parts: list[Part]
    currency: str


def monthly_cents(size_bytes: int, *, is_cold: bool = False) -> Decimal:
    """What storing so much costs a month, in the smallest unit of the school's currency, not rounded."""
    price = settings.VIDEO_PRICE_GB_MONTH_COLD if is_cold else settings.VIDEO_PRICE_GB_MONTH
    return Decimal(size_bytes) / GB * price * 10 ** decimals_of(settings.PAYMENTS_CURRENCY)


def space_totals() -> SpaceTotals:
    """Everything measured, by kind, in one query. Parts that take nothing are left out."""
    cold = Q(asset__original_cold_at__isnull=False)
    sums: dict[str, Any] = Space.objects.aggregate(
        original=Sum("original_bytes", filter=~cold, default=0),
        cold=Sum("original_bytes", filter=cold, default=0),
        film=Sum("film_bytes", default=0),
        stills=Sum("stills_bytes", default=0),
        captions=Sum("captions_bytes", default=0),
        other=Sum("other_bytes", default=0),
        total=Sum("total_bytes", default=0),
        videos=Count("pk"),
    )
    parts = _parts(sums)
    return SpaceTotals(sums["videos"], sums["total"], sum((part.cents for part in parts), Decimal(0)), parts, settings.PAYMENTS_CURRENCY)


def space_of(asset: VideoAsset) -> SpaceTotals | None:
    """What one asset takes: its original, each rendition, stills and captions. None until it was measured."""
    space = Space.objects.filter(asset=asset).first()
    if space is None:
        return None
    is_cold = asset.original_cold_at is not None
    sums = {"cold" if is_cold else "original": space.original_bytes, "stills": space.stills_bytes, "captions": space.captions_bytes, "other": space.other_bytes}
    renditions = sorted(space.renditions.items(), key=lambda item: item[1], reverse=True)
    film = [Part("film", _rendition_label(name), size, monthly_cents(size)) for name, size in renditions]
    others = _parts(sums)
    parts = [*(part for part in others if part.kind == "original"), *film, *(part for part in others if part.kind != "original")]
    return SpaceTotals(1, space.total_bytes, sum((part.cents for part in parts), Decimal(0)), parts, settings.PAYMENTS_CURRENCY)


def cost_of(space: Space) -> Decimal:
    cold = space.asset.original_cold_at is not None
    return monthly_cents(space.original_bytes, is_cold=cold) + monthly_cents(space.total_bytes - space.original_bytes)


def _rendition_label(name: str) -> str:
    return _("Sound") if name == "audio" else _("Picture, %(side)s lines") % {"side": name}


def _parts(sums: dict[str, Any]) -> list[Part]:
    labels = {
        "original": ("original", _("Originals")),
        "cold": ("original", _("Originals in cold storage")),
        "film": ("film", _("Films for players")),
        "stills": ("stills", _("Posters and storyboards")),
        "captions": ("captions", _("Captions")),
        "other": ("other", _("Playlists, and releases being made or replaced")),
    }
    return [Part(kind, label, sums[name], monthly_cents(sums[name], is_cold=name == "cold")) for name, (kind, label) in labels.items() if sums.get(name)]
