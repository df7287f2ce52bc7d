"""What courses announces to the apps above. Sent inside the transaction, so a failing listener undoes the change."""

from django.dispatch import Signal

# attempt_begun(sender, user, course): a person enrolled, for the first time or once more.
attempt_begun = Signal()

# course_changed(sender, course): another version is current, or who may see it has changed.
course_changed = Signal()
