"""A search as files that other programs ask for again and again: RSS, iCalendar, and the points of the map.

None holds the time at which it was made, so the same workshops are the same bytes, and a file that is unchanged is not sent twice.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.defaultfilters import capfirst
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Calendar

from workshops.calendars.files import events_of
from workshops.models import Workshop
from workshops.near.searches import NearSearch, SearchRefused

MOST = 100  # workshops in a feed
MOST_POINTS = 500
ASK_AGAIN = timedelta(hours=6)
TTL_MINUTES = int(ASK_AGAIN.total_seconds() // 60)
_NEVER = datetime(2020, 1, 1, tzinfo=UTC)


def feed(write: Callable[[NearSearch], tuple[str, bytes]]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A view of a file made from the search in the address; a search that cannot be is answered by a sentence."""

    @login_not_required
    @require_safe
    @wraps(write)
    def view(request: HttpRequest) -> HttpResponseBase:
        try:
            search = NearSearch.from_query(request.GET)
            if search.problem:
                raise SearchRefused({"place": [search.problem]})
        except SearchRefused as refusal:
            return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
        kind, body = write(search)
        response = HttpResponse(body, content_type=kind)
        response["ETag"] = etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        patch_cache_control(response, public=True, max_age=300)
        return get_conditional_response(request, etag=etag, response=response) or response

    return view


def _found(search: NearSearch, most: int) -> list[Workshop]:
    return list(search.results().select_related("venue").prefetch_related("blocks")[:most])


def page_address(search: NearSearch) -> str:
    return _address("workshops:workshop_list", search)


def _address(name: str, search: NearSearch) -> str:
    query = search.query()
    return settings.SITE_URL + reverse(name) + (f"?{query}" if query else "")


def _seen(text: str) -> str:
    """`text` without control characters, which XML cannot hold: one that came with pasted words would take the feed from everybody."""
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)


@feed
def near_rss(search: NearSearch) -> tuple[str, bytes]:
    """The workshops of a search as RSS 2.0."""
    rows = _found(search, MOST)
    channel = Rss201rev2Feed(
        title=_seen(f"{capfirst(search.words())} · {settings.SCHOOL_NAME}"),
        link=page_address(search),
        description=_("Workshops of %(school)s that fit your search.") % {"school": settings.SCHOOL_NAME},
        language=settings.LANGUAGE_CODE,
        feed_url=_address("workshops:near_rss", search),
        ttl=TTL_MINUTES,
    )
    for workshop in rows:
        day = " ".join(render_to_string("workshops/_day.html", {"workshop": workshop}).split())
        where = _("Online") if workshop.format == Workshop.Format.ONLINE else f"{workshop.venue.name}, {workshop.venue.town}"
        channel.add_item(
            title=_seen(f"{workshop.title}, {day}"),
            link=settings.SITE_URL + workshop.get_absolute_url(),
            description=_seen(f"{where}. {workshop.summary}"),
            unique_id=settings.SITE_URL + workshop.get_absolute_url(),
            unique_id_is_permalink=True,
            pubdate=workshop.created_at,
            updateddate=workshop.updated_at,
        )
    # Without items the feed would call itself as new as this moment.
    channel.latest_post_date = lambda: max((row.updated_at for row in rows), default=_NEVER)  # type: ignore[method-assign]  # the library asks it so
    return "application/rss+xml; charset=utf-8", channel.writeString("utf-8").encode()


@feed
def near_calendar(search: NearSearch) -> tuple[str, bytes]:
    """The workshops of a search as a calendar to subscribe to (RFC 5545, RFC 7986)."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SCHOOL_NAME}//Workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", search.words())
    calendar.add("x-wr-calname", search.words())
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", f"PT{TTL_MINUTES // 60}H")
    calendar.add("url", page_address(search))
    years = set()
    for workshop in _found(search, MOST):
        for event in events_of(workshop):
            calendar.add_component(event)
            years.add(event.decoded("dtstart").year)
    if years:
        calendar.add_missing_timezones(first_date=date(min(years) - 1, 1, 1), last_date=date(max(years) + 2, 1, 1))
    return "text/calendar; charset=utf-8", calendar.to_ical()


@feed
def near_points(search: NearSearch) -> tuple[str, bytes]:
    """Where the workshops of a search are, as GeoJSON for the map; those held online alone lie nowhere."""
    rows = search.results().exclude(format=Workshop.Format.ONLINE).select_related("venue")[:MOST_POINTS]
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row.venue.lng, row.venue.lat]},
            "properties": {
                "title": row.title,
                "url": row.get_absolute_url(),
                "key": row.slug,
                "lines": [" ".join(render_to_string("workshops/_day.html", {"workshop": row}).split()), f"{row.venue.name}, {row.venue.town}"],
            },
        }
        for row in rows
    ]
    return "application/geo+json", json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
