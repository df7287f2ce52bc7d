"""What the ledger announces to the apps above. Sent inside the transaction, so a failing listener undoes the change."""

from django.dispatch import Signal

# detail_removed(sender, dossier): personal detail of `dossier` was removed at the end of retention; whoever handed it over
# removes its own copy.
detail_removed = Signal()

# standing_touched(sender, person_id): something was recorded that may change where a person's licences stand.
standing_touched = Signal()

# rules_touched(sender, board): the rules that a board's licences are held against are others than before; `board` is its code.
rules_touched = Signal()
