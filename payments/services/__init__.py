"""Verbs of payments, one module per noun."""

from payments.services.access import announce_access, announce_access_at, grant_access, resume_access, revoke_access, suspend_access
from payments.services.prices import ensure_stripe_price, ensure_stripe_promotion, parts_of, split_amount, sync_prices
from payments.services.products import ItemInput, reasons_not_on_sale, save_product, save_promotion_code, set_price, take_price_off

__all__ = [
    "ItemInput",
    "announce_access",
    "announce_access_at",
    "ensure_stripe_price",
    "ensure_stripe_promotion",
    "grant_access",
    "parts_of",
    "reasons_not_on_sale",
    "resume_access",
    "revoke_access",
    "save_product",
    "save_promotion_code",
    "set_price",
    "split_amount",
    "suspend_access",
    "sync_prices",
    "take_price_off",
]
