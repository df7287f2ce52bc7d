"""What streaming announces. Sent inside the transaction that made it true: a listener that fails undoes both."""

from django.dispatch import Signal

# kwargs: subject, asset_id, covered_ms, duration_ms. Sent by a beat whose credit first leaves no more than 5 % of the
# asset unwatched, and once more by the one that leaves nothing.
evidence_grew = Signal()
