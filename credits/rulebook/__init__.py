"""The boards' renewal rules as data: read, checked and explained. No database; docs/rules.md says how to change a rule."""

from credits.rulebook.board_rules import BoardRules
from credits.rulebook.in_use import known
from credits.rulebook.loading import RulebookError, load

__all__ = ["BoardRules", "RulebookError", "known", "load"]
