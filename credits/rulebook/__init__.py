"""The boards' renewal rules as data: read, checked and explained. No database; docs/rules.md says how to change a rule."""

from credits.rulebook.board_rules import BoardRules
from credits.rulebook.loading import RulebookError, known, load

__all__ = ["BoardRules", "RulebookError", "known", "load"]
