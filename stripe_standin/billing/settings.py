"""What an account may set in Stripe's dashboard about failed payments; here through the control API. Kept in the store."""

from typing import Any

from stripe_standin.store import Store

DEFAULTS: dict[str, Any] = {
    "retry_days": [3, 5, 7],  # days after the failure before, one entry for each further try
    "after_retries": "canceled",  # or unpaid, or past_due: what becomes of the subscription when the last try failed
    "finalize_after_s": 3600,  # how long a renewal's invoice stays a draft
    "portal_cancels_with": "billing_mode",  # Stripe's way: flexible subscriptions get cancel_at, classic ones the flag; or name one of them
}
CHOICES = {"after_retries": ("canceled", "unpaid", "past_due"), "portal_cancels_with": ("billing_mode", "cancel_at", "cancel_at_period_end")}


def read(store: Store) -> dict[str, Any]:
    return {**DEFAULTS, **store.setting("billing", {})}


def change(store: Store, **new: Any) -> dict[str, Any]:
    for name, value in new.items():
        if name not in DEFAULTS:
            raise ValueError(f"No billing setting is called {name}; there are {', '.join(DEFAULTS)}.")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}.")
    store.remember("billing", {**store.setting("billing", {}), **new})
    return read(store)
