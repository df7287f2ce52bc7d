"""What a person has begun, as their transcript shows it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from courses.models import Attempt
from courses.selectors.catalogue import offer_of
from credits.transcripts.sources import InProgress

MOST = 100


def courses_in_progress(user: Any) -> list[InProgress]:
    """The attempts that are open, the one worked on last first. One query."""
    rows = Attempt.objects.of(user).open().select_related("version__activity").order_by("-updated_at", "-pk")[:MOST]
    return [
        InProgress(attempt.version.title, _("In progress"), attempt.get_absolute_url(), offer_of(attempt.version, key=f"course-attempt:{attempt.pk}"))
        for attempt in rows
    ]
