"""What accounts announces to the apps above."""

from django.dispatch import Signal

# legal_name_confirmed(sender, user, legal_name): `legal_name` (a LegalName) is now the one certificates print.
# Sent inside the transaction, so a failing listener undoes the confirmation.
legal_name_confirmed = Signal()
