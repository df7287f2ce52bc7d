"""`manage.py explain_rules us_fl_massage`: a board's rules in sentences, each with its source and date."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from credits.rulebook import RulebookError, load
from credits.rulebook.explaining import explain
from credits.rulebook.loading import category_words


class Command(BaseCommand):
    help = "Print a board's rules in plain sentences. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("board", help="The board's code, such as us_fl_massage.")
        parser.add_argument("--on", type=date.fromisoformat, help="Only rows that may hold for a cycle that ends on this date.")

    def handle(self, *args: Any, board: str, on: date | None, **options: Any) -> None:
        try:
            rules = load()
        except RulebookError as error:
            raise CommandError(f"The rule files are not right; `manage.py check_rules` says more.\n{error}") from error
        if board not in rules:
            near = [code for code in rules if board.lower() in code]
            raise CommandError(f"There are no rules of {board}.{' Is it ' + ', '.join(near) + '?' if near else ''}")
        words = {**category_words(), "boards": {code: each.name for code, each in rules.items()}}
        for line in explain(rules[board], words=words, on=on):
            self.stdout.write(line)
