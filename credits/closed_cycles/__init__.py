"""Closed cycles that a correction, a revocation or a hold reaches: found by the engine, decided by a person."""
