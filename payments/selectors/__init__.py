"""Reads of payments, one module per noun."""

from payments.selectors.access import access_panel, has_access, subjects_open_to
from payments.selectors.offers import Offer, offers_for

__all__ = ["Offer", "access_panel", "has_access", "offers_for", "subjects_open_to"]
