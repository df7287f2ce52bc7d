"""What payments announces to the apps above. Sent inside the transaction, so a failing listener undoes the change."""

from django.dispatch import Signal

# access_changed(sender, user, subject, open): a grant of `user` for `subject` began, ended, was suspended or revoked;
# `open` is whether the person may open it now. A membership announces the subject payments.subjects.LIBRARY.
access_changed = Signal()

# line_released(sender, user, subject, reference): an order was closed without payment; what was held for it is free.
line_released = Signal()

# line_refunded(sender, user, subject, reference, closes_access, by): money for a line went back; with `closes_access`
# what it gave (a seat) is taken back too. `by` is who asked for it, None when it was nobody here.
line_refunded = Signal()

# dispute_changed(sender, user, subject, is_open, is_lost, reason): the buyer's bank questions the payment for `subject`,
# or has decided. What was earned is flagged and unflagged, never deleted.
dispute_changed = Signal()
