"""What a workshop is called in addresses."""

from __future__ import annotations

from django.utils.text import slugify

from workshops.models import Workshop

# First words of addresses below /workshops/ and /api/v1/workshops/ that are not workshops.
RESERVED = frozenset(
    {
        "alerts",
        "cancellation-policies",
        "checkin",
        "demand",
        "invitations",
        "pins",
        "places",
        "plans",
        "rosters",
        "seats",
        "series",
        "statements",
        "tickets",
        "transfers",
        "venues",
        "waiting",
        "waivers",
        "wanted",
    }
)


def free_slug(title: str) -> str:
    """A slug made of `title` that no workshop has and no page needs."""
    stem = slugify(title)[:100] or "workshop"
    taken = set(Workshop.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED
    slug, n = stem, 1
    while slug in taken:
        n += 1
        slug = f"{stem}-{n}"
    return slug
