"""What is missing in somebody's attendance, in words, while it can still be mended. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.formats import time_format
from django.utils.translation import gettext as _

from workshops.roster.completion import BlockFacts, LogLine, Stay, stays


@dataclass(frozen=True)
class Gap:
    """One thing that is missing. `is_now`: it is missing in a block that runs, so somebody can call the person back.

    `code`: not_here, away, late, between, early, no_departure, no_arrival, absent, unsigned or on_paper.
    """

    code: str
    block: int
    sentence: str
    minutes: int
    is_now: bool


def gaps_of(blocks: Iterable[BlockFacts], log: Iterable[LogLine], *, zone: ZoneInfo, now: datetime) -> list[Gap]:
    """In the order of the day. What lies ahead is no gap."""
    lines = list(log)
    return [gap for block in blocks if block.starts_at <= now for gap in _gaps(block, stays(block, lines), lines, zone, now)]


def _gaps(block: BlockFacts, found: list[Stay], lines: list[LogLine], zone: ZoneInfo, now: datetime) -> list[Gap]:
    runs = now < block.ends_at

    def gap(code: str, sentence: str, begin: datetime, end: datetime) -> Gap:
        return Gap(code, block.pk, sentence, max(0, int((end - begin).total_seconds() // 60)), runs)

    def at(moment: datetime) -> str:
        return time_format(moment.astimezone(zone), "g:i a")

    if not found:
        if runs:
            return [gap("not_here", _("nobody signed in; it began at %(time)s") % {"time": at(block.starts_at)}, block.starts_at, now)]
        return [
            gap("absent", _("not there from %(begin)s to %(end)s") % {"begin": at(block.starts_at), "end": at(block.ends_at)}, block.starts_at, block.ends_at)
        ]
    gaps = []
    first, last = found[0], found[-1]
    if first.arrived is None and first.left:
        gaps.append(gap("no_arrival", _("left %(time)s, arrival missing") % {"time": at(first.left)}, block.starts_at, first.left))
    elif first.arrived and first.arrived > block.starts_at:
        gaps.append(
            gap("late", _("came %(time)s, it began at %(begin)s") % {"time": at(first.arrived), "begin": at(block.starts_at)}, block.starts_at, first.arrived)
        )
    for one, following in pairwise(found):
        if one.left and following.arrived and following.arrived > one.left and one.left < block.ends_at:
            words = {"left": at(one.left), "back": at(following.arrived)}
            gaps.append(gap("between", _("left %(left)s, back %(back)s") % words, one.left, min(following.arrived, block.ends_at)))
    if last.left is None and last.arrived:
        if not runs:
            gaps.append(
                gap("no_departure", _("came %(time)s, departure missing") % {"time": at(last.arrived)}, max(last.arrived, block.starts_at), block.ends_at)
            )
    elif last.left and last.left < block.ends_at:
        if runs:
            gaps.append(gap("away", _("left %(time)s, not back yet") % {"time": at(last.left)}, last.left, now))
        else:
            gaps.append(gap("early", _("left %(time)s, it ended at %(end)s") % {"time": at(last.left), "end": at(block.ends_at)}, last.left, block.ends_at))
    return gaps


def signature_gap(block: BlockFacts, *, arrived: datetime, awaits_paper: bool, zone: ZoneInfo, now: datetime) -> Gap:
    """An arrival that a board wants signed is not, or not yet on a sheet that was keyed in. It costs no minutes."""
    runs, words = now < block.ends_at, {"time": time_format(arrived.astimezone(zone), "g:i a")}
    if awaits_paper:
        return Gap("on_paper", block.pk, _("came %(time)s, signs on paper: key the sheet in") % words, 0, runs)
    return Gap("unsigned", block.pk, _("came %(time)s, signature missing") % words, 0, runs)


def is_here(block: BlockFacts, log: Iterable[LogLine]) -> bool:
    """Whether the person has arrived and not left."""
    return any(stay.arrived and not stay.left for stay in stays(block, log))
