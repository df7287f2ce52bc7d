"""The cancellation policy of a workshop, as a seat keeps it."""

from __future__ import annotations

from typing import Any

from workshops.models import CancellationPolicy, Workshop


def policy_of(workshop: Workshop) -> CancellationPolicy | None:
    """The workshop's own policy, else the school's; None where the school has none and decides by hand."""
    return workshop.policy or CancellationPolicy.objects.filter(is_default=True).first()


def terms_of(workshop: Workshop) -> dict[str, Any] | None:
    """What a seat taken now keeps of the policy; None for a free workshop and where the school decides by hand."""
    if workshop.is_free:
        return None
    policy = policy_of(workshop)
    return policy.as_terms() if policy else None
