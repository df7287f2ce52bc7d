"""The regulator post room: what is reported to whom, with whose consent, in which batch, and what became of each row (decision 0034)."""
