"""Subscriptions, invoices and the customer portal of the stand-in."""

from stripe_standin.billing.from_checkout import check_data, invoice_session, start_subscription

__all__ = ["check_data", "invoice_session", "start_subscription"]
