"""Which of the units held count, for what, and how many more are needed: one exact optimisation (decision 0026)."""

from __future__ import annotations

from credits.engine.problem import Allocation, Cap, Distinct, Minimum, Piece, Problem

__all__ = ["Allocation", "Cap", "Distinct", "Minimum", "Piece", "Problem"]
