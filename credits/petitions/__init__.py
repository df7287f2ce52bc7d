"""Petition packs: everything a body asks of a holder who wants credit for what it has not approved (decision 0037)."""
