"""What workshops announces to the apps above. Sent inside the transaction, so a failing listener undoes the change."""

from django.dispatch import Signal

# workshop_changed(sender, workshop): it was written anew, announced or called off.
workshop_changed = Signal()

# seat_changed(sender, user, workshop): a person's seat was held, given or given back.
seat_changed = Signal()
