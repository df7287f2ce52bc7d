"""What a page hands to `streaming/_player.html`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac

from streaming.delivery import LONGEST_S, address_for
from streaming.delivery.pages import put_on_page
from streaming.models import Chapter, Grant, PlaybackSession, VideoAsset
from streaming.selectors.stills import storyboard_path
from streaming.selectors.watching import coverage, coverage_of
from streaming.selectors.words import transcript_address

NEEDED = Decimal("0.95")
SPEEDS = ("0.25", "0.5", "0.75", "1", "1.25", "1.5", "1.75", "2")
# What static/js/player/player.js imports: named in the page, so that the browser asks for all at once.
MODULES = [
    f"js/player/{name}.js"
    for name in [
        *("address", "beats", "captions", "controls", "coverage", "edition", "evidence", "keys", "loop"),
        *("mark", "notices", "preferences", "server", "source", "timeline", "transcript", "wake", "words"),
    ]
]


def player_context(
    *, grant: Grant | None = None, asset: VideoAsset | None = None, request: HttpRequest | None = None, preview: bool = False, needed: Decimal = NEEDED
) -> dict[str, Any]:
    """The player under `grant`, or of `asset` as a preview that reports and counts nothing.

    `needed` is the coverage the page above asks for; it is shown here, never judged. A preview cannot renew its
    address, so its address lasts three times the video.
    """
    video = grant.asset if grant else asset
    if video is None or (grant is None and not preview):
        raise ValueError("A player needs a grant, or an asset and preview=True.")
    duration_ms = video.duration_ms or 0
    seen = coverage(subject=grant.subject, asset=video) if grant else coverage_of([], duration_ms)
    ttl_s = LONGEST_S if grant else max(3600, 3 * duration_ms // 1000)
    base = put_on_page(request, address_for(video, grant_id=grant.pk if grant else None, ttl_s=ttl_s))
    viewer = request.user.pk if request and request.user.is_authenticated else grant.user_id if grant else None
    captions, chapters = list(video.captions.shown()), list(video.chapters.all())
    settings = {
        "grant": grant.pk if grant else None,
        "sessions": reverse("streaming_api:session_open") if grant else None,
        "base": base,
        "ttlS": ttl_s,
        "durationMs": duration_ms,
        "rateCap": float(grant.rate_cap) if grant else None,
        "needed": float(needed),
        "coveredMs": seen.covered_ms,
        "missing": seen.missing,
        "positionMs": seen.position_ms,
        "edition": video.edition,
        "editionUrl": _edition_url(video, grant),
        "storyboard": storyboard_path(video),
        "chapters": chapter_stretches(chapters, duration_ms),
        "viewerMark": viewer_mark(grant) if grant else "",
        "captions": [{"language": caption.language, "label": caption.label, "path": caption.path, "isDefault": caption.is_default} for caption in captions],
        "fps": float(video.fps) if video.fps else None,
        "person": viewer,
        "sitting": sitting_of(request),
        "transcript": transcript_address(video, grant=grant) if captions else None,
    }
    return {
        "asset": video,
        "grant": grant,
        "settings_json": json.dumps(settings),
        "coverage": seen,
        "percent": int(seen.fraction * 100),
        "needed_percent": int(needed * 100),
        "missing": [{"start": start, "end": end, "words": f"{clock_words(start)}–{clock_words(end)}"} for start, end in seen.missing] if grant else [],
        "poster": f"{base}{video.poster}" if video.poster else "",
        # A browser's own player takes segments of another origin only when it asked for them as such.
        "is_elsewhere": django_settings.VIDEO_DELIVERY == "s3",
        "ratio": f"{video.width} / {video.height}" if video.width and video.height else "16 / 9",
        "length_s": f"{duration_ms / 1000:.3f}",
        "captions": captions,
        "has_captions": bool(captions),
        "chapters": [{"start": chapter.start_ms, "clock": clock_words(chapter.start_ms), "title": chapter.title} for chapter in chapters],
        "modules": MODULES,
        "speeds": [{"value": speed, "words": f"{speed}×", "is_normal": speed == "1"} for speed in SPEEDS],
    }


def sitting_of(request: HttpRequest | None) -> str:
    """Names this sign-in without giving it away: what a tab remembers of a film is kept under it."""
    key = request.session.session_key if request and hasattr(request, "session") else None
    return salted_hmac("streaming.player.sitting", key).hexdigest()[:16] if key else ""


def chapter_stretches(chapters: Sequence[Chapter], duration_ms: int) -> list[dict[str, Any]]:
    """Each chapter from its start to the next one's, the last to the end of the film."""
    ends = [*(chapter.start_ms for chapter in chapters[1:]), duration_ms]
    return [{"start_ms": chapter.start_ms, "end_ms": max(end, chapter.start_ms), "title": chapter.title} for chapter, end in zip(chapters, ends, strict=False)]


def viewer_mark(grant: Grant, *, session: PlaybackSession | None = None) -> str:
    """Who watches, shown to nobody else: it moves over the picture, so that a recording says whose it is. "" where the video has none.

    With the session's number, by which staff find when and on which player it was.
    """
    if not grant.asset.has_viewer_mark:
        return ""
    name = str(grant.user)
    return f"{name} · {session.pk}" if session else name


def _edition_url(video: VideoAsset, grant: Grant | None) -> str | None:
    """Where the player asks whether more of a film that is still being made can be played; None for one that is whole."""
    if video.state == VideoAsset.State.READY:
        return None
    return reverse("streaming_api:grant_edition", args=[grant.pk]) if grant else reverse("streaming_desk:asset_edition", args=[video.uuid])


def clock_words(ms: int) -> str:
    """`1:05:09`, `0:40`."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
