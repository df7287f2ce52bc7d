"""Verbs of the ledger, one module per noun."""

from credits.decisions import bare_trace
from credits.services.accreditations import attach_approval_letter, save_accreditation, save_activity, withdraw_accreditation
from credits.services.awards import award_completion, settle_holds_of
from credits.services.boards import load_boards, verify_board
from credits.services.claims import claim_completion
from credits.services.closed_cycles import decide_closed_cycle
from credits.services.completions import record_completion
from credits.services.flags import flag_completion, lift_flag, preview_lift, unflag_completion
from credits.services.held import keep_birth_date, purge_birth_date, remove_credential, save_credential
from credits.services.licence_records import record_duty, record_renewal, record_status, remove_record
from credits.services.licences import add_licence, archive_licence, change_licence, remove_licence, restore_licence
from credits.services.offerings import end_offering, note_offering, review_activity
from credits.services.officers import correct_award, issue_award_by_hand, revoke_award
from credits.services.overrides import override_cycle, withdraw_override
from credits.services.reviews import begin_review, end_review, preview_begin, preview_end
from credits.services.worklist import raise_task, settle_task, settle_task_by_hand

__all__ = [
    "add_licence",
    "archive_licence",
    "attach_approval_letter",
    "award_completion",
    "bare_trace",
    "begin_review",
    "change_licence",
    "claim_completion",
    "correct_award",
    "decide_closed_cycle",
    "end_offering",
    "end_review",
    "flag_completion",
    "issue_award_by_hand",
    "keep_birth_date",
    "lift_flag",
    "load_boards",
    "note_offering",
    "override_cycle",
    "preview_begin",
    "preview_end",
    "preview_lift",
    "purge_birth_date",
    "raise_task",
    "record_completion",
    "record_duty",
    "record_renewal",
    "record_status",
    "remove_credential",
    "remove_licence",
    "remove_record",
    "restore_licence",
    "review_activity",
    "revoke_award",
    "save_accreditation",
    "save_activity",
    "save_credential",
    "settle_holds_of",
    "settle_task",
    "settle_task_by_hand",
    "unflag_completion",
    "verify_board",
    "withdraw_accreditation",
    "withdraw_override",
]
