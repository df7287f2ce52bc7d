"""Verbs on workshops: seats and schedule. Those on attendance are in `workshops.roster.services`."""

from workshops.services.flags import flag_paid_attendance, unflag_paid_attendance
from workshops.services.forgetting import forget_attendance
from workshops.services.opening import Opening, check_may_register, may_register
from workshops.services.publishing import BlockInput, publish_workshop, save_workshop
from workshops.services.seats import cancel_seat, change_seat, full_sentence, hand_seat_on, register_learner, tidy_holds

__all__ = [
    "BlockInput",
    "Opening",
    "cancel_seat",
    "change_seat",
    "check_may_register",
    "flag_paid_attendance",
    "forget_attendance",
    "full_sentence",
    "hand_seat_on",
    "may_register",
    "publish_workshop",
    "register_learner",
    "save_workshop",
    "tidy_holds",
    "unflag_paid_attendance",
]
