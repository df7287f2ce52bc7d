"""Reads of payments, one module per noun."""

from payments.selectors.access import access_panel, access_through, has_access, people_suspended_from, streams_open_to, subjects_open_to
from payments.selectors.balances import all_rests, balances_of, owed_for, unpaid_of
from payments.selectors.memberships import Membership, late_membership_of, membership_of, membership_payments
from payments.selectors.offers import Offer, affordable_subjects, offers_for
from payments.selectors.paid import LineMoney, money_of
from payments.selectors.references import line_of, paid_lines_of

__all__ = [
    "LineMoney",
    "Membership",
    "Offer",
    "access_panel",
    "access_through",
    "affordable_subjects",
    "all_rests",
    "balances_of",
    "has_access",
    "late_membership_of",
    "line_of",
    "membership_of",
    "membership_payments",
    "money_of",
    "offers_for",
    "owed_for",
    "paid_lines_of",
    "people_suspended_from",
    "streams_open_to",
    "subjects_open_to",
    "unpaid_of",
]
