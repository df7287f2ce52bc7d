"""Signing in and out at the door: phones that work without network, drawn signatures, and sheets of paper keyed in later."""
