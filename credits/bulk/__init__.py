"""Correcting or revoking many awards at once, with a preview of what becomes of each."""
