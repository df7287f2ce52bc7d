"""Closed cycles that a correction or a revocation reaches: found by the engine, decided by a person."""
