"""The same facts as the page of a workshop, for machines: schema.org as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.money import as_decimal
from payments.selectors import Offer
from workshops.models import Seat, Workshop
from workshops.schedule.terms import days_of

MODES = {
    Workshop.Format.IN_PERSON: ("OfflineEventAttendanceMode", "onsite"),
    Workshop.Format.HYBRID: ("MixedEventAttendanceMode", "blended"),
    Workshop.Format.ONLINE: ("OnlineEventAttendanceMode", "online"),
}
# Inside a script element these end or begin one.
ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&"}


def event_data(workshop: Workshop, offers: Iterable[Offer] = ()) -> dict[str, Any]:
    """`workshop` (venue and blocks loaded, seats counted) as an event, sold by the `offers` that its page shows."""
    address = f"{settings.SITE_URL}{workshop.get_absolute_url()}"
    attendance, course_mode = MODES[Workshop.Format(workshop.format)]
    days = days_of(workshop.blocks.all(), workshop)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": ["EducationEvent", "CourseInstance"],
        "@id": address,
        "url": address,
        "name": workshop.title,
        "description": workshop.summary,
        "startDate": _at(workshop.starts_at, workshop),
        "endDate": _at(workshop.ends_at, workshop),
        "eventStatus": f"https://schema.org/{'EventCancelled' if workshop.state == Workshop.State.CANCELLED else 'EventScheduled'}",
        "eventAttendanceMode": f"https://schema.org/{attendance}",
        "courseMode": course_mode,
        "location": _location(workshop, address),
        "instructor": {"@type": "Person", "name": workshop.instructor_name},
        "organizer": {"@type": "Organization", "name": settings.SCHOOL_NAME, "url": settings.SITE_URL},
        "isAccessibleForFree": workshop.is_free,
        "maximumAttendeeCapacity": workshop.total_capacity,
        "remainingAttendeeCapacity": workshop.seats_free,
        "offers": [_offer(offer, workshop) for offer in offers],
    }
    if len(days) > 1:
        data["subEvent"] = [
            {"@type": "EducationEvent", "name": workshop.title, "startDate": _at(day.starts_at, workshop), "endDate": _at(day.ends_at, workshop)}
            for day in days
        ]
    if workshop.format == Workshop.Format.HYBRID:
        data["maximumPhysicalAttendeeCapacity"] = workshop.capacity_of(Seat.Place.ROOM)
        data["maximumVirtualAttendeeCapacity"] = workshop.capacity_of(Seat.Place.REMOTE)
    if workshop.prerequisites:
        data["coursePrerequisites"] = workshop.prerequisites
    return {key: value for key, value in data.items() if value not in (None, [])}


def _at(moment: datetime | None, workshop: Workshop) -> str | None:
    """ISO 8601 with the offset of the venue's clock at that moment."""
    return moment.astimezone(workshop.zone).isoformat() if moment else None


def _location(workshop: Workshop, address: str) -> Any:
    venue = workshop.venue
    parts = {
        "streetAddress": venue.street,
        "addressLocality": venue.city,
        "addressRegion": venue.region,
        "postalCode": venue.postal_code,
        "addressCountry": venue.country,
    }
    room = {
        "@type": "Place",
        "name": venue.name,
        "address": {"@type": "PostalAddress", **{key: value for key, value in parts.items() if value}},
        "geo": {"@type": "GeoCoordinates", "latitude": venue.lat, "longitude": venue.lng},
    }
    online = {"@type": "VirtualLocation", "url": address}
    if workshop.format == Workshop.Format.HYBRID:
        return [room, online]
    return online if workshop.format == Workshop.Format.ONLINE else room


def _offer(offer: Offer, workshop: Workshop) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "name": offer.product.title,
        "url": f"{settings.SITE_URL}{offer.url}",
        "price": str(as_decimal(offer.price.amount_cents, offer.price.currency)),
        "priceCurrency": offer.price.currency.upper(),
        "availability": f"https://schema.org/{'InStock' if workshop.seats_free else 'SoldOut'}",
    }


def as_script(data: dict[str, Any]) -> SafeString:
    """The element that holds `data`. It is a block of data, which no content policy takes for a program."""
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308  (translated just above)
