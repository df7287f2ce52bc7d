"""What has been watched, for pages, completion and dossiers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Sum

from streaming.fields import Stretch
from streaming.models import PlaybackSession, VideoAsset, WatchEvidence


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
