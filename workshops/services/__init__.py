"""Verbs on workshops: seats, schedule, attendance."""

from workshops.services.attendance import annul_attendance, complete_seat, complete_workshop, mark_block, record_attendance
from workshops.services.flags import flag_paid_attendance, unflag_paid_attendance
from workshops.services.forgetting import forget_attendance
from workshops.services.opening import Opening, check_may_register, may_register
from workshops.services.publishing import BlockInput, cancel_workshop, publish_workshop, save_workshop
from workshops.services.seats import cancel_seat, change_seat, register_learner, tidy_holds

__all__ = [
    "BlockInput",
    "Opening",
    "annul_attendance",
    "cancel_seat",
    "cancel_workshop",
    "change_seat",
    "check_may_register",
    "complete_seat",
    "complete_workshop",
    "flag_paid_attendance",
    "forget_attendance",
    "mark_block",
    "may_register",
    "publish_workshop",
    "record_attendance",
    "register_learner",
    "save_workshop",
    "tidy_holds",
    "unflag_paid_attendance",
]
