"""Reads that are not one QuerySet."""

from courses.selectors.access import is_course_open
from courses.selectors.catalogue import catalogue, course_outline, offer_of, with_hours, with_lengths, with_offers, with_prospects
from courses.selectors.progress import AttemptProgress, dashboard_attempts, policy_of, progress_of, requirements_of, trace_of

__all__ = [
    "AttemptProgress",
    "catalogue",
    "course_outline",
    "dashboard_attempts",
    "is_course_open",
    "offer_of",
    "policy_of",
    "progress_of",
    "requirements_of",
    "trace_of",
    "with_hours",
    "with_lengths",
    "with_offers",
    "with_prospects",
]
