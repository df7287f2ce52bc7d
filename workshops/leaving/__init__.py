"""Giving a seat back: what goes back by the policy, and seats offered to the waiting list."""
