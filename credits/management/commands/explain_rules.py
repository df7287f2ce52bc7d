"""`manage.py explain_rules us_fl_massage`: a board's rules in sentences, each with its source and date."""

from datetime import date
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from credits.rulebook import BoardRules, RulebookError, known, load
from credits.rulebook.explaining import explain
from credits.rulebook.loading import category_words


class Command(BaseCommand):
    help = "Print a board's rules in plain sentences: those in force where a database is there, else those of the files. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("board", help="The board's code, such as us_fl_massage.")
        parser.add_argument("--on", type=date.fromisoformat, help="Only rows that may hold for a cycle that ends on this date.")
        parser.add_argument("--files", action="store_true", help="What the rule files say, whatever is in force.")

    def handle(self, *args: Any, board: str, on: date | None, files: bool, **options: Any) -> None:
        try:
            rules = load() if files else self._known()
        except RulebookError as error:
            raise CommandError(f"The rule files are not right; `manage.py check_rules` says more.\n{error}") from error
        if board not in rules:
            near = [code for code in rules if board.lower() in code]
            raise CommandError(f"There are no rules of {board}.{' Is it ' + ', '.join(near) + '?' if near else ''}")
        if revision := rules[board].revision:
            self.stdout.write(f"Revision {revision.number}, in force since {revision.in_force_from:%Y-%m-%d %H:%M} UTC.")
        words = {**category_words(), "boards": {code: each.name for code, each in rules.items()}}
        for line in explain(rules[board], words=words, on=on):
            self.stdout.write(line)

    def _known(self) -> dict[str, BoardRules]:
        if not apps.ready:  # started without a site
            return load()
        try:
            return known()
        except DatabaseError as error:
            self.stderr.write(f"The database does not answer ({' '.join(str(error).split())}); these are the rules of the files.")
            return load()
