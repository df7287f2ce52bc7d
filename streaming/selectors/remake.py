"""Which films another ladder made, what making them anew takes, and how far that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from streaming.models import Remake, RemakeItem, Transcode, VideoAsset
from streaming.pipeline.plan import Plan, plan_for

MEASURED_BY = 20  # how many of the latest transcodes tell how fast the workers are


@dataclass(frozen=True)
class Standing:
    """How far a remake is."""

    made: int
    total: int
    is_over: bool

    @property
    def words(self) -> str:
        return ngettext("%(made)s of %(total)s film made anew", "%(made)s of %(total)s films made anew", self.total) % {"made": self.made, "total": self.total}

    @property
    def percent(self) -> int:
        return 100 * self.made // self.total if self.total else 100


def standing_of(remake: Remake) -> Standing:
    going = Q(state__in=[RemakeItem.State.WAITING, RemakeItem.State.STARTED])
    counts = remake.items.aggregate(total=Count("pk"), left=Count("pk", filter=going))
    return Standing(counts["total"] - counts["left"], counts["total"], is_over=remake.state != Remake.State.RUNNING and not counts["left"])


@dataclass(frozen=True)
class Estimate:
    """What making films anew would take."""

    films: int
    film_ms: int
    work_s: int

    @property
    def film_words(self) -> str:
        return _length(self.film_ms // 1000)

    @property
    def work_words(self) -> str:
        return _length(self.work_s)


def _length(seconds: int) -> str:
    """“40 minutes”, “3.5 hours”."""
    if seconds < 2 * 3600:
        minutes = max(1, round(seconds / 60))
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return _("%(n)s hours") % {"n": formats.number_format(round(seconds / 3600, 1))}


def estimate(assets: Sequence[VideoAsset]) -> Estimate:
    """Judged by how long the latest transcodes took here; a second of work for each second of film while there are none."""
    film_ms = sum(asset.duration_ms or 0 for asset in assets)
    made = Transcode.objects.filter(state=Transcode.State.DONE, started_at__isnull=False, asset__duration_ms__gt=0).order_by("-finished_at")
    latest = list(made.annotate(film_ms=F("asset__duration_ms"))[:MEASURED_BY])
    worked_s = sum((transcode.finished_at - transcode.started_at).total_seconds() for transcode in latest if transcode.finished_at and transcode.started_at)
    pace = worked_s * 1000 / sum(transcode.film_ms for transcode in latest) if latest else 1.0
    return Estimate(len(assets), film_ms, round(film_ms / 1000 * pace))


def outdated(assets: QuerySet[VideoAsset], *, force: bool = False) -> Iterator[VideoAsset]:
    """Those of `assets` whose film another ladder made than today's; with `force` all that can be made anew."""
    plans = Transcode.objects.filter(asset=OuterRef("pk"), release=OuterRef("release")).values("plan")[:1]
    ready = (
        assets.filter(state=VideoAsset.State.READY)
        .exclude(original_key="")
        .filter(replaced_by__isnull=True)
        .annotate(current_plan=Subquery(plans))
        .order_by("pk")
    )
    for asset in ready.iterator():
        if force or _is_outdated(asset.current_plan):
            yield asset


def _is_outdated(data: Any) -> bool:
    if not data:
        return True
    plan = Plan.from_json(data)
    return plan_for(plan.probe).rungs != plan.rungs
