"""What payments announces to the apps above."""

from django.dispatch import Signal

# access_changed(sender, user, subject, open): a grant of `user` for `subject` began, ended or was revoked; `open` is
# whether the person may open it now. Sent inside the transaction, so a failing listener undoes the change.
access_changed = Signal()
