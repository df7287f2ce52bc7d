"""What has been watched, for pages, completion and dossiers; and what a player needs to start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Sum
from django.http import HttpRequest
from django.urls import reverse

from streaming.delivery import signed_base
from streaming.fields import Stretch
from streaming.models import Grant, PlaybackSession, VideoAsset, WatchEvidence

NEEDED = Decimal("0.95")


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of one asset counts as watched. Lengths are milliseconds of media; `wall_ms` is real time."""

    covered_ms: int
    duration_ms: int
    missing: list[Stretch]
    position_ms: int
    wall_ms: int

    @property
    def fraction(self) -> float:
        return self.covered_ms / self.duration_ms if self.duration_ms else 0.0


def coverage_of(covered: list[Stretch], duration_ms: int, *, position_ms: int = 0, wall_ms: int = 0) -> Coverage:
    """Coverage from joined, ordered stretches; what lies beyond the duration does not count."""
    missing: list[Stretch] = []
    end_of_last = 0
    for start, end in covered:
        start, end = min(start, duration_ms), min(end, duration_ms)
        if start > end_of_last:
            missing.append((end_of_last, start))
        end_of_last = max(end_of_last, end)
    if end_of_last < duration_ms:
        missing.append((end_of_last, duration_ms))
    missed_ms = sum(end - start for start, end in missing)
    return Coverage(duration_ms - missed_ms, duration_ms, missing, position_ms, wall_ms)


def coverage(*, subject: str, asset: VideoAsset) -> Coverage:
    """What `subject` has watched of `asset`; nothing yet reads as wholly missing."""
    evidence = WatchEvidence.objects.filter(subject=subject, asset=asset).first()
    if evidence is None:
        return coverage_of([], asset.duration_ms or 0)
    return coverage_of(evidence.covered, asset.duration_ms or 0, position_ms=evidence.position_ms, wall_ms=evidence.wall_ms)


def coverage_map(subjects: Iterable[str]) -> dict[tuple[str, int], Coverage]:
    """Coverage by (subject, asset key) for subjects that have any evidence, in one query."""
    found = (
        WatchEvidence.objects.filter(subject__in=list(subjects))
        .select_related("asset")
        .only("subject", "covered", "position_ms", "wall_ms", "asset__duration_ms")
    )
    return {
        (each.subject, each.asset_id): coverage_of(each.covered, each.asset.duration_ms or 0, position_ms=each.position_ms, wall_ms=each.wall_ms)
        for each in found
    }


def evidence_summary(subject_prefix: str) -> list[dict[str, Any]]:
    """Everything watched under subjects that start with `subject_prefix`, ready for JSON: what a dossier keeps for audits."""
    evidence = WatchEvidence.objects.filter(subject__startswith=subject_prefix).select_related("asset").order_by("subject", "asset_id")
    sums = {
        row["evidence"]: row
        for row in PlaybackSession.objects.filter(evidence__subject__startswith=subject_prefix)
        .values("evidence")
        .annotate(opened=Count("pk"), beats_sum=Sum("beats"), first=Min("opened_at"), last=Max("last_beat_at"))
    }
    summary = []
    for each in evidence:
        seen = coverage_of(each.covered, each.asset.duration_ms or 0, wall_ms=each.wall_ms)
        row = sums.get(each.pk)
        summary.append(
            {
                "subject": each.subject,
                "asset": str(each.asset.uuid),
                "title": each.asset.title,
                "sha256": each.asset.sha256,
                "duration_ms": seen.duration_ms,
                "covered": [list(stretch) for stretch in each.covered],
                "covered_ms": seen.covered_ms,
                "fraction": round(seen.fraction, 6),
                "wall_ms": each.wall_ms,
                "sessions": row["opened"] if row else 0,
                "beats": row["beats_sum"] if row else 0,
                "first_opened_at": row["first"].isoformat() if row else None,
                "last_beat_at": row["last"].isoformat() if row else None,
            }
        )
    return summary


def player_context(
    *, grant: Grant | None = None, asset: VideoAsset | None = None, request: HttpRequest | None = None, preview: bool = False, needed: Decimal = NEEDED
) -> dict[str, Any]:
    """What `streaming/_player.html` shows: under `grant`, or of `asset` as a preview that reports and counts nothing.

    `needed` is the coverage the page above asks for; it is only shown here, never judged.
    """
    video = grant.asset if grant else asset
    if video is None or (grant is None and not preview):
        raise ValueError("A player needs a grant, or an asset and preview=True.")
    seen = coverage(subject=grant.subject, asset=video) if grant else coverage_of([], video.duration_ms or 0)
    base = signed_base(video, grant_id=grant.pk if grant else None)
    chapters = list(video.chapters.all())
    settings = {
        "grant": grant.pk if grant else None,
        "sessions": reverse("streaming_api:session_open") if grant else None,
        "base": base,
        "durationMs": video.duration_ms or 0,
        "rateCap": float(grant.rate_cap) if grant else None,
        "needed": float(needed),
        "coveredMs": seen.covered_ms,
        "missing": seen.missing,
        "positionMs": seen.position_ms,
        "chapters": [{"startMs": chapter.start_ms, "title": chapter.title} for chapter in chapters],
        "captions": [{"language": caption.language, "label": caption.label, "path": caption.path} for caption in video.captions.all()],
    }
    return {
        "asset": video,
        "grant": grant,
        "settings": settings,
        "coverage": seen,
        "percent": int(seen.fraction * 100),
        "needed_percent": int(needed * 100),
        "missing": [{"start": start, "end": end, "words": f"{clock_words(start)}–{clock_words(end)}"} for start, end in seen.missing] if grant else [],
        "poster": f"{base}{video.poster}" if video.poster else "",
        "ratio": f"{video.width} / {video.height}" if video.width and video.height else "16 / 9",
        "chapters": [{"start": chapter.start_ms, "clock": clock_words(chapter.start_ms), "title": chapter.title} for chapter in chapters],
    }


def clock_words(ms: int) -> str:
    """`1:05:09`, `0:40`."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
