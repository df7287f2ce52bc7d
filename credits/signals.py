"""What the ledger announces to the apps above."""

from django.dispatch import Signal

# detail_removed(sender, dossier): personal detail of `dossier` was removed at the end of retention; whoever handed it over
# removes its own copy. Sent inside the transaction, so a failing listener undoes the removal.
detail_removed = Signal()
