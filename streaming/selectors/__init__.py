from streaming.selectors.assets import asset_progress
from streaming.selectors.player import player_context
from streaming.selectors.watching import Coverage, coverage, coverage_map, evidence_summary

__all__ = ["Coverage", "asset_progress", "coverage", "coverage_map", "evidence_summary", "player_context"]
