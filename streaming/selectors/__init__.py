from streaming.selectors.assets import asset_progress
from streaming.selectors.current import asset_for, assets_for
from streaming.selectors.player import player_context
from streaming.selectors.watching import Coverage, coverage, coverage_map, evidence_summary
from streaming.selectors.words import search_cues, transcript

__all__ = [
    "Coverage",
    "asset_for",
    "asset_progress",
    "assets_for",
    "coverage",
    "coverage_map",
    "evidence_summary",
    "player_context",
    "search_cues",
    "transcript",
]
