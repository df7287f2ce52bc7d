"""Reads about the pictures of an asset's release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from streaming.models import Transcode, VideoAsset

STORYBOARD = "storyboard/storyboard.vtt"


@dataclass(frozen=True)
class PosterChoice:
    number: int
    path: str  # inside the release
    at_ms: int
    is_chosen: bool


def poster_choices(asset: VideoAsset) -> list[PosterChoice]:
    """The pictures made from the asset's film, in its order; none until they are made."""
    made = _stills(asset).get("posters", [])
    choices = []
    for number, poster in enumerate(made):
        path = f"posters/{number}.jpg"
        choices.append(PosterChoice(number, path, poster["at_ms"], asset.poster in {path, poster["name"]}))
    return sorted(choices, key=lambda choice: choice.at_ms)


def storyboard_path(asset: VideoAsset) -> str:
    """Where the storyboard's cue file lies inside the release; empty until it is made."""
    return STORYBOARD if _stills(asset).get("sheets") else ""


def _stills(asset: VideoAsset) -> dict[str, Any]:
    if not asset.release:
        return {}
    return Transcode.objects.filter(release=asset.release).values_list("stills", flat=True).first() or {}
