"""The standings of many licences at once: decision 0030."""

from credits.batch.standings import BatchStanding, Change, EarlierCycle, compare, standings_of

__all__ = ["BatchStanding", "Change", "EarlierCycle", "compare", "standings_of"]
