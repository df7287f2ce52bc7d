"""Reads about people that are not one QuerySet."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import LegalName, User


def people_matching(*, text: str = "", role: str = "") -> QuerySet[User]:
    """People whose address, display name or any legal name contains every word of `text`, roles prefetched."""
    people = User.objects.prefetch_related("role_assignments").order_by("email")
    for word in text.split():
        named = LegalName.objects.filter(Q(given_names__icontains=word) | Q(family_name__icontains=word), user=OuterRef("pk"))
        people = people.filter(Q(email__icontains=word) | Q(display_name__icontains=word) | Exists(named))
    return people.filter(role_assignments__role=role) if role else people
