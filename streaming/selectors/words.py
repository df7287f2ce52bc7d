"""What is said in videos, from the cue table: transcripts, and the moments where words are said."""

from __future__ import annotations

import re
from typing import TypedDict

from django.contrib.postgres.search import SearchHeadline, SearchQuery
from django.core import signing
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from streaming.models import Cue, Grant, VideoAsset

SALT = "streaming.transcript"
MARKS = ("\ue000", "\ue001")  # private characters, which no cue holds: captions are cleaned of them
UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")  # Thai, Lao, Burmese, Khmer, Japanese, Chinese


class Line(TypedDict):
    """One line of a transcript; times are milliseconds of the film."""

    start_ms: int
    end_ms: int
    text: str


def transcript(asset: VideoAsset, language: str = "") -> list[Line]:
    """Everything said in `language` (else in the default one), in order, without markup. Two queries."""
    captions = asset.captions.shown()
    caption = captions.filter(language=language).first() if language else captions.first()
    if caption is None:
        return []
    return [{"start_ms": start, "end_ms": end, "text": text} for start, end, text in caption.cues.order_by("number").values_list("start_ms", "end_ms", "text")]


def transcript_address(asset: VideoAsset, *, grant: Grant | None) -> str:
    """Where a player under `grant`, or a preview, asks for the transcript; `?language=` chooses another than the default."""
    if grant is not None:
        return reverse("streaming_api:grant_transcript", args=[grant.pk])
    return reverse("streaming_api:preview_transcript", args=[signing.dumps(asset.pk, salt=SALT)])


def asset_of_preview(key: str, *, lasts_s: int) -> int | None:
    """The key of the asset whose preview's page was given `key` less than `lasts_s` ago."""
    try:
        pk: int = signing.loads(key, salt=SALT, max_age=lasts_s)
    except signing.BadSignature:
        return None
    return pk


def search_cues(*, text: str, assets: QuerySet[VideoAsset]) -> QuerySet[Cue]:
    """The cues of `assets` in which all words of `text` are said (“quoted” ones together), by film and time.

    Each has its caption and asset loaded and a `headline`, which `pieces_of` takes apart for a page. Languages that are
    written without spaces have no words the index could hold; there the piece of text itself is looked for.
    """
    query = SearchQuery(text, config="simple", search_type="websearch")
    found = Q(words=query)
    if UNSPACED.search(text):
        found |= Q(text__contains=text.strip())
    start, stop = MARKS
    headline = SearchHeadline("text", query, config="simple", start_sel=start, stop_sel=stop, highlight_all=True)
    rows = Cue.objects.filter(found, caption__asset__in=assets).annotate(headline=headline).select_related("caption__asset").defer("caption__vtt", "words")
    return rows.order_by("caption__asset__title", F("caption__asset"), "start_ms", "caption")


def pieces_of(headline: str) -> list[tuple[str, bool]]:
    """A headline as (text, whether it was searched for)."""
    pieces = []
    for part in re.split(f"({MARKS[0]}[^{MARKS[1]}]*{MARKS[1]})", headline):
        if part:
            pieces.append((part.strip("".join(MARKS)), part.startswith(MARKS[0])))
    return pieces
