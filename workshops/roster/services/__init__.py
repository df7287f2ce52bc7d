"""Verbs on the roster: the log, the decision, corrections, messages."""

from workshops.roster.services.corrections import answer_correction, ask_for_correction
from workshops.roster.services.deciding import complete_seat, complete_workshop, decide_seat, start_completion
from workshops.roster.services.log import annul_attendance, mark_block, mark_rest, record_attendance
from workshops.roster.services.messages import send_message

__all__ = [
    "annul_attendance",
    "answer_correction",
    "ask_for_correction",
    "complete_seat",
    "complete_workshop",
    "decide_seat",
    "mark_block",
    "mark_rest",
    "record_attendance",
    "send_message",
    "start_completion",
]
