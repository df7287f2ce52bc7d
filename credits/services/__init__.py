"""Verbs of the ledger, one module per noun."""

from credits.services.accreditations import attach_approval_letter, save_accreditation, save_activity, withdraw_accreditation
from credits.services.awards import award_completion, settle_holds_of
from credits.services.boards import load_boards, verify_board
from credits.services.claims import claim_completion
from credits.services.completions import record_completion
from credits.services.flags import flag_completion, lift_flag, unflag_completion
from credits.services.licences import add_licence, change_licence, remove_licence
from credits.services.officers import correct_award, issue_award_by_hand, revoke_award

__all__ = [
    "add_licence",
    "attach_approval_letter",
    "award_completion",
    "change_licence",
    "claim_completion",
    "correct_award",
    "flag_completion",
    "issue_award_by_hand",
    "lift_flag",
    "load_boards",
    "record_completion",
    "remove_licence",
    "revoke_award",
    "save_accreditation",
    "save_activity",
    "settle_holds_of",
    "unflag_completion",
    "verify_board",
    "withdraw_accreditation",
]
